// z[i] = saturate(((factor * x[i]) >>> shift) + y[i]) over vectors of 16-bit integers in memory: an accelerator that is
// none of Tridex's, to show how one is cosimulated (docs/own-rtl.md).
//
// Registers (32 bits): 0x00 write 1: start; read: bit 0 done, bit 1 busy. 0x04 x, 0x08 y, 0x0c z: addresses, multiples
// of 128. 0x10 blocks of 64 elements. 0x14 factor, 0x18 shift. irq is high from the last answer to the next start.
// x and y are read a burst of a block each, up to four blocks ahead of what is written.
module scale_add #(
    parameter int BUG = 0  // planted: 1 saturates on one side only, 2 says WLAST a beat early
) (
    input logic aclk,
    input logic aresetn,
    output logic irq,

    input logic [5:0] s_axil_awaddr,
    input logic s_axil_awvalid,
    output logic s_axil_awready,
    input logic [31:0] s_axil_wdata,
    input logic [3:0] s_axil_wstrb,
    input logic s_axil_wvalid,
    output logic s_axil_wready,
    output logic [1:0] s_axil_bresp,
    output logic s_axil_bvalid,
    input logic s_axil_bready,
    input logic [5:0] s_axil_araddr,
    input logic s_axil_arvalid,
    output logic s_axil_arready,
    output logic [31:0] s_axil_rdata,
    output logic [1:0] s_axil_rresp,
    output logic s_axil_rvalid,
    input logic s_axil_rready,

    output logic [39:0] m_axi_araddr,
    output logic [7:0] m_axi_arlen,
    output logic [2:0] m_axi_arsize,
    output logic [1:0] m_axi_arburst,
    output logic m_axi_arvalid,
    input logic m_axi_arready,
    input logic [63:0] m_axi_rdata,
    input logic [1:0] m_axi_rresp,
    input logic m_axi_rlast,
    input logic m_axi_rvalid,
    output logic m_axi_rready,
    output logic [39:0] m_axi_awaddr,
    output logic [7:0] m_axi_awlen,
    output logic [2:0] m_axi_awsize,
    output logic [1:0] m_axi_awburst,
    output logic m_axi_awvalid,
    input logic m_axi_awready,
    output logic [63:0] m_axi_wdata,
    output logic [7:0] m_axi_wstrb,
    output logic m_axi_wlast,
    output logic m_axi_wvalid,
    input logic m_axi_wready,
    input logic [1:0] m_axi_bresp,
    input logic m_axi_bvalid,
    output logic m_axi_bready
);
  localparam int BEATS = 16;  // of a burst: a block
  localparam int BLOCKS = 4;  // buffered
  localparam int LANES = 4;
  localparam logic [1:0] INCR = 2'b01;

  // Registers. A word that is not there reads as 0 and takes no write.
  logic [31:0] x_base, y_base, z_base, blocks;
  logic signed [15:0] factor;
  logic [3:0] shift;
  logic take_write, start, busy, done;
  assign take_write = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
  assign s_axil_awready = take_write;
  assign s_axil_wready = take_write;
  assign s_axil_bresp = 2'b00;
  assign s_axil_rresp = 2'b00;
  assign start = take_write && s_axil_awaddr[5:2] == 4'd0 && s_axil_wstrb[0] && s_axil_wdata[0] && !busy;
  assign s_axil_arready = !s_axil_rvalid || s_axil_rready;
  assign irq = done;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      s_axil_bvalid <= 0;
      s_axil_rvalid <= 0;
    end else begin
      if (s_axil_bready) s_axil_bvalid <= 0;
      if (take_write) s_axil_bvalid <= 1;
      if (s_axil_rready) s_axil_rvalid <= 0;
      if (s_axil_arvalid && s_axil_arready) s_axil_rvalid <= 1;
    end
    if (take_write && s_axil_wstrb == 4'b1111) begin
      case (s_axil_awaddr[5:2])
        4'd1: x_base <= s_axil_wdata;
        4'd2: y_base <= s_axil_wdata;
        4'd3: z_base <= s_axil_wdata;
        4'd4: blocks <= s_axil_wdata;
        4'd5: factor <= s_axil_wdata[15:0];
        4'd6: shift <= s_axil_wdata[3:0];
        default: ;
      endcase
    end
    if (s_axil_arvalid && s_axil_arready) begin
      case (s_axil_araddr[5:2])
        4'd0: s_axil_rdata <= {30'b0, busy, done};
        4'd1: s_axil_rdata <= x_base;
        4'd2: s_axil_rdata <= y_base;
        4'd3: s_axil_rdata <= z_base;
        4'd4: s_axil_rdata <= blocks;
        4'd5: s_axil_rdata <= 32'(factor);
        4'd6: s_axil_rdata <= 32'(shift);
        default: s_axil_rdata <= 0;
      endcase
    end
  end

  // Addresses of reads: x and y of a block one after the other.
  logic [31:0] asked, loaded, sent, answered;  // blocks since the start
  logic ask_y;
  assign m_axi_arvalid = busy && asked != blocks && asked - sent < 32'(BLOCKS);
  assign m_axi_araddr = (ask_y ? 40'(y_base) : 40'(x_base)) + 40'({asked, 7'b0});
  assign m_axi_arlen = 8'(BEATS - 1);
  assign m_axi_arsize = 3'd3;
  assign m_axi_arburst = INCR;

  // Data: reads come in the order of their addresses. x waits for y, and what is computed waits to be written.
  logic [63:0] x_words[BLOCKS*BEATS], z_words[BLOCKS*BEATS];
  logic [3:0] load_beat, send_beat;
  logic load_y;
  logic [5:0] load_at, send_at;
  assign load_at = {loaded[1:0], load_beat};
  assign send_at = {sent[1:0], send_beat};
  assign m_axi_rready = 1'b1;  // room was there when it was asked for

  function automatic logic signed [15:0] lane(logic signed [15:0] x, logic signed [15:0] y);
    logic signed [33:0] sum;
    sum = ((34'(factor) * 34'(x)) >>> shift) + 34'(y);
    if (sum > 34'sd32767) return 16'sd32767;
    if (BUG != 1 && sum < -34'sd32768) return -16'sd32768;
    return sum[15:0];
  endfunction

  logic [63:0] z_word;
  always_comb begin
    for (int i = 0; i < LANES; i++) begin
      z_word[16*i+:16] = lane(x_words[load_at][16*i+:16], m_axi_rdata[16*i+:16]);
    end
  end

  // Writes: the address of a block when all of it is there, then its data.
  logic addressed;
  assign m_axi_awvalid = busy && sent != loaded && !addressed;
  assign m_axi_awaddr = 40'(z_base) + 40'({sent, 7'b0});
  assign m_axi_awlen = 8'(BEATS - 1);
  assign m_axi_awsize = 3'd3;
  assign m_axi_awburst = INCR;
  assign m_axi_wvalid = addressed;
  assign m_axi_wdata = z_words[send_at];
  assign m_axi_wstrb = 8'hff;
  assign m_axi_wlast = send_beat == 4'(BUG == 2 ? BEATS - 2 : BEATS - 1);
  assign m_axi_bready = 1'b1;

  always_ff @(posedge aclk) begin
    if (m_axi_arvalid && m_axi_arready) begin
      ask_y <= !ask_y;
      if (ask_y) asked <= asked + 1;
    end
    if (m_axi_rvalid) begin
      load_beat <= load_beat + 1;
      if (load_y) z_words[load_at] <= z_word;
      else x_words[load_at] <= m_axi_rdata;
      if (m_axi_rlast) begin
        load_y <= !load_y;
        if (load_y) loaded <= loaded + 1;
      end
    end
    if (m_axi_awvalid && m_axi_awready) addressed <= 1;
    if (m_axi_wvalid && m_axi_wready) begin
      send_beat <= send_beat + 1;
      if (m_axi_wlast) begin
        addressed <= 0;
        sent <= sent + 1;
      end
    end
    if (m_axi_bvalid) answered <= answered + 1;
    if (busy && answered == blocks) begin
      busy <= 0;
      done <= 1;
    end
    if (start) begin
      busy <= 1;
      done <= 0;
    end
    if (!aresetn || start) begin
      asked <= 0;
      loaded <= 0;
      sent <= 0;
      answered <= 0;
      ask_y <= 0;
      load_y <= 0;
      load_beat <= 0;
      send_beat <= 0;
      addressed <= 0;
    end
    if (!aresetn) begin
      busy <= 0;
      done <= 0;
    end
  end
endmodule
