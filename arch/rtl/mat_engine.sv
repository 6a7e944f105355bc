// MAT as a top: arch/rtl/README.md.
module mat_engine #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int COPIES = 1,
    parameter int POST_LANES = 4,
    parameter int PACK = 1,
    parameter int OPERAND_BITS = 9,
    parameter int DIVISOR_DEPTH = 64
) (
    input logic clk,
    input logic rst_n,
    output logic irq,
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
    input logic [COPIES*INPUTS*16-1:0] s_axis_narrow_tdata,
    input logic [4+COPIES*LANES-1:0] s_axis_narrow_tuser,
    input logic s_axis_narrow_tlast,
    input logic s_axis_narrow_tvalid,
    output logic s_axis_narrow_tready,
    input logic [COPIES*LANES*INPUTS*16-1:0] s_axis_wide_tdata,
    input logic s_axis_wide_tvalid,
    output logic s_axis_wide_tready,
    input logic [511:0] s_axis_records_tdata,
    input logic s_axis_records_tlast,
    input logic s_axis_records_tvalid,
    output logic s_axis_records_tready,
    input logic [COPIES*POST_LANES*16-1:0] s_axis_shortcut_tdata,
    input logic s_axis_shortcut_tvalid,
    output logic s_axis_shortcut_tready,
    output logic [COPIES*POST_LANES*64-1:0] m_axis_results_tdata,
    output logic [COPIES*POST_LANES*8-1:0] m_axis_results_tkeep,
    output logic m_axis_results_tlast,
    output logic m_axis_results_tvalid,
    input logic m_axis_results_tready
);
  engine #(
      .LANES(LANES),
      .INPUTS(INPUTS),
      .COPIES(COPIES),
      .POST_LANES(POST_LANES),
      .PACK(PACK),
      .OPERAND_BITS(OPERAND_BITS),
      .DIVISOR_DEPTH(DIVISOR_DEPTH),
      .DEPTHWISE(0)
  ) engine (
      .*
  );
endmodule
