// Ports that are nearly right. It does nothing.
module misnamed (
    input logic clk,
    input logic rst_n,
    input logic scan_enable,
    input logic [11:0] s_axil_awaddr,
    input logic s_axil_awvld,
    output logic s_axil_awready,
    input logic [31:0] s_axil_wdata,
    input logic [7:0] s_axil_wstrb,
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
    input logic s_axil_rready
);
  assign {s_axil_awready, s_axil_wready, s_axil_bresp, s_axil_bvalid} = '0;
  assign {s_axil_arready, s_axil_rdata, s_axil_rresp, s_axil_rvalid} = '0;
endmodule
