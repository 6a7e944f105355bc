// Registers behind AXI4-Lite. Below BYTES, those from BROKEN on answer SLVERR; behind them is DECERR. One write and
// one read at a time; AWREADY and WREADY depend on both VALIDs in the same cycle.
module lite_registers #(
  parameter int DATA_BITS    = 32,
  parameter int ADDRESS_BITS = 16,
  parameter int BYTES        = 2048,
  parameter int BROKEN       = 1792
) (
  input  logic                    clk,
  input  logic                    rst_n,
  input  logic [ADDRESS_BITS-1:0] s_axil_awaddr,
  input  logic                    s_axil_awvalid,
  output logic                    s_axil_awready,
  input  logic [DATA_BITS-1:0]    s_axil_wdata,
  input  logic [DATA_BITS/8-1:0]  s_axil_wstrb,
  input  logic                    s_axil_wvalid,
  output logic                    s_axil_wready,
  output logic [1:0]              s_axil_bresp,
  output logic                    s_axil_bvalid,
  input  logic                    s_axil_bready,
  input  logic [ADDRESS_BITS-1:0] s_axil_araddr,
  input  logic                    s_axil_arvalid,
  output logic                    s_axil_arready,
  output logic [DATA_BITS-1:0]    s_axil_rdata,
  output logic [1:0]              s_axil_rresp,
  output logic                    s_axil_rvalid,
  input  logic                    s_axil_rready
);
  localparam int LANES = DATA_BITS / 8;
  localparam int WORDS = BYTES / LANES;
  localparam int LOW   = $clog2(LANES);

  logic [DATA_BITS-1:0] words [WORDS];
  initial for (int i = 0; i < WORDS; ++i) words[i] = '0;

  function automatic logic [1:0] response(input logic [ADDRESS_BITS-1:0] address);
    return address >= ADDRESS_BITS'(BYTES) ? 2'b11 : address >= ADDRESS_BITS'(BROKEN) ? 2'b10 : 2'b00;
  endfunction

  wire write = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
  wire read  = s_axil_arvalid && s_axil_arready;
  assign s_axil_awready = write;
  assign s_axil_wready  = write;
  assign s_axil_arready = !s_axil_rvalid || s_axil_rready;

  wire [$clog2(WORDS)-1:0] write_word = s_axil_awaddr[LOW +: $clog2(WORDS)];
  wire [$clog2(WORDS)-1:0] read_word  = s_axil_araddr[LOW +: $clog2(WORDS)];

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      s_axil_bvalid <= 1'b0;
      s_axil_rvalid <= 1'b0;
      s_axil_bresp  <= 2'b00;
      s_axil_rresp  <= 2'b00;
      s_axil_rdata  <= '0;
    end else begin
      if (s_axil_bready) s_axil_bvalid <= 1'b0;
      if (write) begin
        s_axil_bvalid <= 1'b1;
        s_axil_bresp  <= response(s_axil_awaddr);
        for (int i = 0; i < LANES; ++i)
          if (s_axil_wstrb[i] && response(s_axil_awaddr) == 2'b00)
            words[write_word][8*i +: 8] <= s_axil_wdata[8*i +: 8];
      end
      if (s_axil_rready) s_axil_rvalid <= 1'b0;
      if (read) begin
        s_axil_rvalid <= 1'b1;
        s_axil_rresp  <= response(s_axil_araddr);
        s_axil_rdata  <= words[read_word];
      end
    end
  end
endmodule
