// A FIFO of 2**LOG_DEPTH beats of AXI4-Stream. Its output is the oldest beat itself: no cycle between.
module stream_fifo #(
  parameter int DATA_BITS = 32,
  parameter int ID_BITS   = 4,
  parameter int USER_BITS = 1,
  parameter int LOG_DEPTH = 2
) (
  input  logic                   clk,
  input  logic                   rst_n,
  input  logic                   s_axis_tvalid,
  output logic                   s_axis_tready,
  input  logic [DATA_BITS-1:0]   s_axis_tdata,
  input  logic [DATA_BITS/8-1:0] s_axis_tkeep,
  input  logic                   s_axis_tlast,
  input  logic [ID_BITS-1:0]     s_axis_tid,
  input  logic [USER_BITS-1:0]   s_axis_tuser,
  output logic                   m_axis_tvalid,
  input  logic                   m_axis_tready,
  output logic [DATA_BITS-1:0]   m_axis_tdata,
  output logic [DATA_BITS/8-1:0] m_axis_tkeep,
  output logic                   m_axis_tlast,
  output logic [ID_BITS-1:0]     m_axis_tid,
  output logic [USER_BITS-1:0]   m_axis_tuser
);
  localparam int BITS = DATA_BITS + DATA_BITS / 8 + 1 + ID_BITS + USER_BITS;

  logic [BITS-1:0]    beats [2**LOG_DEPTH];
  logic [LOG_DEPTH:0] taken, left;

  wire full = taken - left == (LOG_DEPTH + 1)'(2**LOG_DEPTH);
  assign s_axis_tready = !full && rst_n;
  assign m_axis_tvalid = taken != left;
  assign {m_axis_tdata, m_axis_tkeep, m_axis_tlast, m_axis_tid, m_axis_tuser} = beats[left[LOG_DEPTH-1:0]];

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      taken <= '0;
      left  <= '0;
    end else begin
      if (s_axis_tvalid && s_axis_tready) begin
        beats[taken[LOG_DEPTH-1:0]] <= {s_axis_tdata, s_axis_tkeep, s_axis_tlast, s_axis_tid, s_axis_tuser};
        taken <= taken + 1'b1;
      end
      if (m_axis_tvalid && m_axis_tready) left <= left + 1'b1;
    end
  end
endmodule
