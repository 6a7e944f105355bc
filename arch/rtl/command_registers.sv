// The command registers behind AXI4-Lite: word w of a command at 4 w, start and status behind (CommandUnit). Two commands
// at most are under way, and the second one waits for the first to be done. Answers are SLVERR to a start beyond, an
// address that is not there, a read of anything but the status, and a write of less than a word.
module command_registers (
    input logic clk,
    input logic rst_n,
    input logic [11:0] s_axil_awaddr,
    input logic s_axil_awvalid,
    output logic s_axil_awready,
    input logic [31:0] s_axil_wdata,
    input logic [3:0] s_axil_wstrb,
    input logic s_axil_wvalid,
    output logic s_axil_wready,
    output logic [1:0] s_axil_bresp,
    output logic s_axil_bvalid,
    input logic s_axil_bready,
    input logic [11:0] s_axil_araddr,
    input logic s_axil_arvalid,
    output logic s_axil_arready,
    output logic [31:0] s_axil_rdata,
    output logic [1:0] s_axil_rresp,
    output logic s_axil_rvalid,
    input logic s_axil_rready,
    input logic done,  // the last result has been taken
    output logic active,
    output engine_types::settings_t settings,
    output logic irq
);
  // Words of Command::fields that an engine needs.
  localparam int WORD_OP = 0;
  localparam int WORD_SHORTCUT_FORMAT = 18;
  localparam int WORD_OUT_FORMAT = 36;
  localparam int WORD_ACTIVATION = 59;
  localparam int WORD_HAS_SHORTCUT = 60;
  localparam int WORD_DEPTHWISE = 61;
  localparam int WORD_DIVISOR = 70;
  localparam int WORD_Y_MIN = 71;
  localparam int WORD_Y_MAX = 72;
  localparam int WORD_KV_FORMAT = 75;
  localparam int WORD_KSUM_FORMAT = 76;
  localparam int WORD_NUM_FORMAT = 77;
  localparam int WORD_DEN_FORMAT = 78;
  localparam int WORD_LAST = 83;
  localparam int WORD_START = 89;
  localparam int WORD_STATUS = 90;
  localparam logic [1:0] OKAY = 2'b00;
  localparam logic [1:0] SLVERR = 2'b10;

  // Writes.
  logic take_write, in_range, start, refused;
  logic [9:0] word;
  assign word = s_axil_awaddr[11:2];
  assign take_write = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
  assign s_axil_awready = take_write;
  assign s_axil_wready = take_write;
  assign in_range = word <= 10'(WORD_START) && s_axil_awaddr[1:0] == 2'b00 && s_axil_wstrb == 4'b1111;
  assign start = take_write && in_range && word == 10'(WORD_START) && s_axil_wdata == 32'd1;

  logic [1:0] op;
  logic depthwise, has_shortcut, shortcut_signed, log2_paper, last;
  logic [1:0] act;
  logic [8:0] y_min, y_max, out_format, kv_format, ksum_format, num_format, den_format;
  always_ff @(posedge clk) begin
    if (take_write && in_range) begin
      case (word)
        10'(WORD_OP): op <= s_axil_wdata[1:0];
        10'(WORD_SHORTCUT_FORMAT): shortcut_signed <= s_axil_wdata[8];
        10'(WORD_OUT_FORMAT): out_format <= s_axil_wdata[8:0];
        10'(WORD_ACTIVATION): act <= s_axil_wdata[1:0];
        10'(WORD_HAS_SHORTCUT): has_shortcut <= s_axil_wdata[0];
        10'(WORD_DEPTHWISE): depthwise <= s_axil_wdata[0];
        10'(WORD_DIVISOR): log2_paper <= s_axil_wdata[2:0] == engine_types::DIVISOR_LOG2_PAPER;
        10'(WORD_Y_MIN): y_min <= s_axil_wdata[8:0];
        10'(WORD_Y_MAX): y_max <= s_axil_wdata[8:0];
        10'(WORD_KV_FORMAT): kv_format <= s_axil_wdata[8:0];
        10'(WORD_KSUM_FORMAT): ksum_format <= s_axil_wdata[8:0];
        10'(WORD_NUM_FORMAT): num_format <= s_axil_wdata[8:0];
        10'(WORD_DEN_FORMAT): den_format <= s_axil_wdata[8:0];
        10'(WORD_LAST): last <= s_axil_wdata[0];
        default: ;
      endcase
    end
  end

  // What a command means for the units: shortcut and activation are a convolution's.
  engine_types::settings_t written, waiting;
  logic conv, context_op;
  assign conv = op == engine_types::OP_CONV;
  assign context_op = op == engine_types::OP_CONTEXT;
  engine_types::range_t results, others, quotient;
  code_range results_range (
      .format(conv ? out_format : context_op ? kv_format : num_format),
      .range (results)
  );
  code_range others_range (
      .format(context_op ? ksum_format : den_format),
      .range (others)
  );
  code_range quotient_range (
      .format(out_format),
      .range (quotient)
  );
  always_comb begin
    written = '0;
    written.op = op;
    written.depthwise = depthwise && conv;
    written.activation = conv ? act : 2'd0;
    written.has_shortcut = has_shortcut && conv;
    written.shortcut_signed = shortcut_signed;
    written.log2_paper = log2_paper;
    written.y_min = y_min;
    written.y_max = y_max;
    written.raw = context_op && !last;
    written.results = results;
    written.others = others;
    written.quotient = quotient;
  end

  // The commands under way.
  logic more;
  assign refused = start && active && more;
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      active <= 1'b0;
      more <= 1'b0;
    end else begin
      if (done) begin
        active <= more || start;
        more <= more && start && !refused;
        settings <= more ? waiting : written;
      end else if (start && !active) begin
        active <= 1'b1;
        settings <= written;
      end else if (start) begin
        more <= 1'b1;
      end
    end
    if (start && !refused) waiting <= written;
    irq <= rst_n && done;
  end

  always_ff @(posedge clk) begin
    if (!rst_n) s_axil_bvalid <= 1'b0;
    else if (take_write) s_axil_bvalid <= 1'b1;
    else if (s_axil_bready) s_axil_bvalid <= 1'b0;
    if (take_write) s_axil_bresp <= !in_range || refused ? SLVERR : OKAY;
  end

  // Reads.
  logic take_read, is_status;
  assign take_read = s_axil_arvalid && (!s_axil_rvalid || s_axil_rready);
  assign s_axil_arready = take_read;
  assign is_status = s_axil_araddr == {10'(WORD_STATUS), 2'b00};
  always_ff @(posedge clk) begin
    if (!rst_n) s_axil_rvalid <= 1'b0;
    else if (take_read) s_axil_rvalid <= 1'b1;
    else if (s_axil_rready) s_axil_rvalid <= 1'b0;
    if (take_read) begin
      s_axil_rdata <= is_status ? 32'(active) + 32'(more) : '0;
      s_axil_rresp <= is_status ? OKAY : SLVERR;
    end
  end
endmodule
