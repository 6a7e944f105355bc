// `value`, STAGES enabled clocks later.
module delay #(
    parameter int BITS = 1,
    parameter int STAGES = 1
) (
    input logic clk,
    input logic enable,
    input logic [BITS-1:0] value,
    output logic [BITS-1:0] delayed
);
  if (STAGES == 0) begin : g_none
    wire unused_clock = &{1'b0, clk, enable};
    assign delayed = value;
  end else begin : g_line
    logic [STAGES*BITS-1:0] line;
    if (STAGES == 1) begin : g_one
      always_ff @(posedge clk) if (enable) line <= value;
    end else begin : g_more
      always_ff @(posedge clk) if (enable) line <= {line[(STAGES-1)*BITS-1:0], value};
    end
    assign delayed = line[(STAGES-1)*BITS+:BITS];
  end
endmodule
