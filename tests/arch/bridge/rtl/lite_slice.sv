// An AXI4-Lite interface passed on, each channel through a lite_channel.
module lite_slice #(
  parameter int DATA_BITS    = 32,
  parameter int ADDRESS_BITS = 16,
  parameter int STYLE        = 0
) (
  input  logic                      clk,
  input  logic                      rst_n,
  input  logic [ADDRESS_BITS-1:0]   s_axil_awaddr,
  input  logic [2:0]                s_axil_awprot,
  input  logic                      s_axil_awvalid,
  output logic                      s_axil_awready,
  input  logic [DATA_BITS-1:0]      s_axil_wdata,
  input  logic [DATA_BITS/8-1:0]    s_axil_wstrb,
  input  logic                      s_axil_wvalid,
  output logic                      s_axil_wready,
  output logic [1:0]                s_axil_bresp,
  output logic                      s_axil_bvalid,
  input  logic                      s_axil_bready,
  input  logic [ADDRESS_BITS-1:0]   s_axil_araddr,
  input  logic [2:0]                s_axil_arprot,
  input  logic                      s_axil_arvalid,
  output logic                      s_axil_arready,
  output logic [DATA_BITS-1:0]      s_axil_rdata,
  output logic [1:0]                s_axil_rresp,
  output logic                      s_axil_rvalid,
  input  logic                      s_axil_rready,
  output logic [ADDRESS_BITS-1:0]   m_axil_awaddr,
  output logic [2:0]                m_axil_awprot,
  output logic                      m_axil_awvalid,
  input  logic                      m_axil_awready,
  output logic [DATA_BITS-1:0]      m_axil_wdata,
  output logic [DATA_BITS/8-1:0]    m_axil_wstrb,
  output logic                      m_axil_wvalid,
  input  logic                      m_axil_wready,
  input  logic [1:0]                m_axil_bresp,
  input  logic                      m_axil_bvalid,
  output logic                      m_axil_bready,
  output logic [ADDRESS_BITS-1:0]   m_axil_araddr,
  output logic [2:0]                m_axil_arprot,
  output logic                      m_axil_arvalid,
  input  logic                      m_axil_arready,
  input  logic [DATA_BITS-1:0]      m_axil_rdata,
  input  logic [1:0]                m_axil_rresp,
  input  logic                      m_axil_rvalid,
  output logic                      m_axil_rready
);
  lite_channel #(.BITS(ADDRESS_BITS + 3), .STYLE(STYLE)) aw (
    .clk, .rst_n,
    .s_valid(s_axil_awvalid), .s_ready(s_axil_awready), .s_data({s_axil_awaddr, s_axil_awprot}),
    .m_valid(m_axil_awvalid), .m_ready(m_axil_awready), .m_data({m_axil_awaddr, m_axil_awprot}));
  lite_channel #(.BITS(DATA_BITS + DATA_BITS / 8), .STYLE(STYLE)) w (
    .clk, .rst_n,
    .s_valid(s_axil_wvalid), .s_ready(s_axil_wready), .s_data({s_axil_wdata, s_axil_wstrb}),
    .m_valid(m_axil_wvalid), .m_ready(m_axil_wready), .m_data({m_axil_wdata, m_axil_wstrb}));
  lite_channel #(.BITS(2), .STYLE(STYLE)) b (
    .clk, .rst_n,
    .s_valid(m_axil_bvalid), .s_ready(m_axil_bready), .s_data(m_axil_bresp),
    .m_valid(s_axil_bvalid), .m_ready(s_axil_bready), .m_data(s_axil_bresp));
  lite_channel #(.BITS(ADDRESS_BITS + 3), .STYLE(STYLE)) ar (
    .clk, .rst_n,
    .s_valid(s_axil_arvalid), .s_ready(s_axil_arready), .s_data({s_axil_araddr, s_axil_arprot}),
    .m_valid(m_axil_arvalid), .m_ready(m_axil_arready), .m_data({m_axil_araddr, m_axil_arprot}));
  lite_channel #(.BITS(DATA_BITS + 2), .STYLE(STYLE)) r (
    .clk, .rst_n,
    .s_valid(m_axil_rvalid), .s_ready(m_axil_rready), .s_data({m_axil_rdata, m_axil_rresp}),
    .m_valid(s_axil_rvalid), .m_ready(s_axil_rready), .m_data({s_axil_rdata, s_axil_rresp}));
endmodule
