// Called as what high-level synthesis writes is. Register 0: write 1 starts; reads as bit 0 done, bits 2:1 the response.
// Register 16: an address, to which bytes 1, 2 and 6 of one beat are written.
module hls (
    input logic ap_clk,
    input logic ap_rst_n,
    output logic interrupt,
    input logic [5:0] s_axi_control_AWADDR,
    input logic s_axi_control_AWVALID,
    output logic s_axi_control_AWREADY,
    input logic [31:0] s_axi_control_WDATA,
    input logic [3:0] s_axi_control_WSTRB,
    input logic s_axi_control_WVALID,
    output logic s_axi_control_WREADY,
    output logic [1:0] s_axi_control_BRESP,
    output logic s_axi_control_BVALID,
    input logic s_axi_control_BREADY,
    input logic [5:0] s_axi_control_ARADDR,
    input logic s_axi_control_ARVALID,
    output logic s_axi_control_ARREADY,
    output logic [31:0] s_axi_control_RDATA,
    output logic [1:0] s_axi_control_RRESP,
    output logic s_axi_control_RVALID,
    input logic s_axi_control_RREADY,
    output logic [0:0] m_axi_gmem_AWID,
    output logic [63:0] m_axi_gmem_AWADDR,
    output logic [7:0] m_axi_gmem_AWLEN,
    output logic [2:0] m_axi_gmem_AWSIZE,
    output logic [1:0] m_axi_gmem_AWBURST,
    output logic [1:0] m_axi_gmem_AWLOCK,
    output logic [3:0] m_axi_gmem_AWCACHE,
    output logic m_axi_gmem_AWVALID,
    input logic m_axi_gmem_AWREADY,
    output logic [63:0] m_axi_gmem_WDATA,
    output logic [7:0] m_axi_gmem_WSTRB,
    output logic m_axi_gmem_WLAST,
    output logic m_axi_gmem_WVALID,
    input logic m_axi_gmem_WREADY,
    input logic [0:0] m_axi_gmem_BID,
    input logic [1:0] m_axi_gmem_BRESP,
    input logic [0:0] m_axi_gmem_BUSER,
    input logic m_axi_gmem_BVALID,
    output logic m_axi_gmem_BREADY
);
  logic [31:0] address;
  logic [1:0] response;
  logic done, take_write;
  assign interrupt = done;
  assign take_write = s_axi_control_AWVALID && s_axi_control_WVALID && !s_axi_control_BVALID;
  assign s_axi_control_AWREADY = take_write;
  assign s_axi_control_WREADY = take_write;
  assign s_axi_control_BRESP = 0;
  assign s_axi_control_RRESP = 0;
  assign s_axi_control_ARREADY = !s_axi_control_RVALID;
  assign m_axi_gmem_AWID = 0;
  assign m_axi_gmem_AWADDR = 64'(address);
  assign m_axi_gmem_AWLEN = 0;
  assign m_axi_gmem_AWSIZE = 3;
  assign m_axi_gmem_AWBURST = 1;
  assign m_axi_gmem_AWLOCK = 0;
  assign m_axi_gmem_AWCACHE = 3;
  assign m_axi_gmem_WDATA = 64'ha7a6a5a4a3a2a1a0;
  assign m_axi_gmem_WSTRB = 8'b01000110;
  assign m_axi_gmem_WLAST = 1;
  assign m_axi_gmem_BREADY = 1;

  always_ff @(posedge ap_clk) begin
    if (take_write) s_axi_control_BVALID <= 1;
    else if (s_axi_control_BREADY) s_axi_control_BVALID <= 0;
    if (s_axi_control_ARVALID && s_axi_control_ARREADY) begin
      s_axi_control_RVALID <= 1;
      s_axi_control_RDATA <= 32'({response, done});
    end else if (s_axi_control_RREADY) s_axi_control_RVALID <= 0;
    if (m_axi_gmem_AWREADY) m_axi_gmem_AWVALID <= 0;
    if (m_axi_gmem_WREADY) m_axi_gmem_WVALID <= 0;
    if (m_axi_gmem_BVALID) begin
      done <= 1;
      response <= m_axi_gmem_BRESP;
    end
    if (take_write && s_axi_control_WSTRB == 4'hf) begin
      if (s_axi_control_AWADDR == 16) address <= s_axi_control_WDATA;
      if (s_axi_control_AWADDR == 0) begin
        m_axi_gmem_AWVALID <= 1;
        m_axi_gmem_WVALID <= 1;
      end
    end
    if (!ap_rst_n) begin
      s_axi_control_BVALID <= 0;
      s_axi_control_RVALID <= 0;
      m_axi_gmem_AWVALID <= 0;
      m_axi_gmem_WVALID <= 0;
      done <= 0;
    end
  end
endmodule
