// A register slice of one valid/ready channel.
//   STYLE 0: two entries, READY comes from a register and is high before VALID
//   STYLE 1: one entry, READY depends on the other side's READY in the same cycle
//   STYLE 2: as 1, and READY is high only after VALID
module axi4_channel_slice #(
  parameter int BITS  = 8,
  parameter int STYLE = 0
) (
  input  logic            aclk,
  input  logic            aresetn,
  input  logic            s_valid,
  output logic            s_ready,
  input  logic [BITS-1:0] s_data,
  output logic            m_valid,
  input  logic            m_ready,
  output logic [BITS-1:0] m_data
);
  if (STYLE == 0) begin : g_registered
    logic            spare_valid;
    logic [BITS-1:0] spare;
    logic            s_ready_q;
    assign s_ready = s_ready_q;
    always_ff @(posedge aclk) begin
      if (!aresetn) begin
        m_valid     <= 1'b0;
        spare_valid <= 1'b0;
        s_ready_q   <= 1'b0;
      end else begin
        if (!m_valid || m_ready) begin
          m_valid     <= spare_valid || (s_valid && s_ready_q);
          m_data      <= spare_valid ? spare : s_data;
          spare_valid <= 1'b0;
          s_ready_q   <= 1'b1;
        end else if (s_valid && s_ready_q) begin
          spare       <= s_data;
          spare_valid <= 1'b1;
          s_ready_q   <= 1'b0;
        end else begin
          s_ready_q   <= !spare_valid;
        end
      end
    end
  end else begin : g_combinational
    assign s_ready = aresetn && (!m_valid || m_ready) && (STYLE == 1 || s_valid);
    always_ff @(posedge aclk) begin
      if (!aresetn) begin
        m_valid <= 1'b0;
      end else if (!m_valid || m_ready) begin
        m_valid <= s_valid && s_ready;
        m_data  <= s_data;
      end
    end
  end
endmodule
