// Sum over a packet of the sums of TERMS terms. `sum` includes the term that is at the accumulator now.
module accumulator #(
    parameter int TERMS = 8,
    parameter int BITS = 18,
    parameter int SUM_BITS = 48
) (
    input logic clk,
    input logic enable,
    input logic [TERMS*BITS-1:0] terms,
    input logic at_end,  // the terms' sum has come through the adder tree
    input logic first,   // and is the first of a packet
    output logic signed [SUM_BITS-1:0] sum
);
  logic signed [BITS+$clog2(TERMS)-1:0] term;
  logic signed [SUM_BITS-1:0] kept;
  adder_tree #(
      .TERMS(TERMS),
      .BITS (BITS)
  ) tree (
      .clk,
      .enable,
      .terms,
      .sum(term)
  );
  assign sum = (first ? '0 : kept) + SUM_BITS'(term);
  always_ff @(posedge clk) if (enable && at_end) kept <= sum;
endmodule
