// Differences of the 32-bit words of a packet, the first word as it is: AXI4-Stream in and out, without registers.
module delta (
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
  logic [31:0] last;
  assign s_axis_tready = !m_axis_tvalid || m_axis_tready;
  always_ff @(posedge clk) begin
    if (s_axis_tready) begin
      m_axis_tvalid <= s_axis_tvalid;
      m_axis_tdata <= s_axis_tdata - last;
      m_axis_tlast <= s_axis_tlast;
      if (s_axis_tvalid) last <= s_axis_tlast ? 0 : s_axis_tdata;
    end
    if (!rst_n) begin
      m_axis_tvalid <= 0;
      last <= 0;
    end
  end
endmodule
