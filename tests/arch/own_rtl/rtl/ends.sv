// Passes words on, and wants the simulation to end at some of them, as often as they come.
module ends (
    input logic clk,
    input logic rst_n,
    input logic [31:0] s_axis_tdata,
    input logic s_axis_tlast,
    input logic s_axis_tvalid,
    output logic s_axis_tready,
    output logic [31:0] m_axis_tdata,
    output logic m_axis_tlast,
    output logic m_axis_tvalid,
    input logic m_axis_tready
);
  assign s_axis_tready = m_axis_tready && rst_n;
  assign m_axis_tvalid = s_axis_tvalid && rst_n;
  assign m_axis_tdata = s_axis_tdata;
  assign m_axis_tlast = s_axis_tlast;
  always_ff @(posedge clk) begin
    if (s_axis_tvalid && s_axis_tready && s_axis_tdata == 32'd666) $finish;
    if (s_axis_tvalid && s_axis_tready && s_axis_tdata == 32'd777) $stop;
  end
endmodule
