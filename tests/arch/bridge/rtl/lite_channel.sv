// One entry of a valid/ready channel.
//   STYLE 0: READY from a register, high while it is empty: every other cycle at most
//   STYLE 1: READY also in the cycle in which the entry leaves (combinational from m_ready)
//   STYLE 2: READY for a single cycle, after VALID has been seen
module lite_channel #(
  parameter int BITS  = 8,
  parameter int STYLE = 0
) (
  input  logic            clk,
  input  logic            rst_n,
  input  logic            s_valid,
  output logic            s_ready,
  input  logic [BITS-1:0] s_data,
  output logic            m_valid,
  input  logic            m_ready,
  output logic [BITS-1:0] m_data
);
  logic seen;
  always_comb begin
    case (STYLE)
      0:       s_ready = seen;
      1:       s_ready = !m_valid || m_ready;
      default: s_ready = seen && !m_valid;
    endcase
  end
  wire take = s_valid && s_ready;
  wire leaves = m_valid && m_ready;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      m_valid <= 1'b0;
      seen    <= 1'b0;
    end else begin
      m_valid <= take || (m_valid && !leaves);
      if (take) m_data <= s_data;
      // STYLE 0: empty after this edge. STYLE 2: asked for and not taken yet.
      seen <= (STYLE == 0) ? !(take || (m_valid && !leaves)) : s_valid && !take;
    end
  end
endmodule
