// One copy of MAT: in each lane the sum over inputs and beats of narrow(input) * wide(lane, input), and the sum of the
// narrow operands beside it. Registers: operands, products, tree of adders; the sums come out unregistered.
module mat_array #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int PACK = 1,
    parameter int BITS = 9
) (
    input logic clk,
    input logic enable,
    input logic at_end,
    input logic first,
    input logic [INPUTS*BITS-1:0] narrow,
    input logic [LANES*INPUTS*BITS-1:0] wide,
    output logic [LANES*INPUTS*2*BITS-1:0] product,  // for R-MAC's depthwise mode
    output logic [LANES*48-1:0] sums,
    output logic [47:0] row_sum
);
  products #(
      .LANES (LANES),
      .INPUTS(INPUTS),
      .PACK  (PACK),
      .BITS  (BITS)
  ) multipliers (
      .clk,
      .enable,
      .narrow,
      .wide,
      .product
  );
  for (genvar l = 0; l < LANES; l = l + 1) begin : g_lane
    accumulator #(
        .TERMS(INPUTS),
        .BITS (2 * BITS)
    ) lane (
        .clk,
        .enable,
        .terms(product[l*INPUTS*2*BITS+:INPUTS*2*BITS]),
        .at_end,
        .first,
        .sum(sums[l*48+:48])
    );
  end
  logic [INPUTS*BITS-1:0] narrow_late;
  delay #(
      .BITS  (INPUTS * BITS),
      .STAGES(2)
  ) align (
      .clk,
      .enable,
      .value  (narrow),
      .delayed(narrow_late)
  );
  accumulator #(
      .TERMS(INPUTS),
      .BITS (BITS)
  ) row (
      .clk,
      .enable,
      .terms(narrow_late),
      .at_end,
      .first,
      .sum(row_sum)
  );
endmodule
