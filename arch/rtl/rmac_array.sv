// One copy of R-MAC: MAT's sums down the lanes (dense mode), and in depthwise mode a sum over the beats in each
// multiplier. These come out registered, in step with the lanes' sums. 24 bits hold 127 products of 9-bit operands (an
// 11 x 11 kernel).
module rmac_array #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int PACK = 1,
    parameter int BITS = 9,
    parameter int TREE_STAGES = 1,
    parameter int DEPTHWISE_BITS = 24
) (
    input logic clk,
    input logic enable,
    input logic at_products,  // a beat's products are there
    input logic first_product,
    input logic at_end,
    input logic first,
    input logic [INPUTS*BITS-1:0] narrow,
    input logic [LANES*INPUTS*BITS-1:0] wide,
    output logic [LANES*48-1:0] sums,
    output logic [47:0] row_sum,
    output logic [LANES*INPUTS*DEPTHWISE_BITS-1:0] depthwise_sums
);
  localparam int COUNT = LANES * INPUTS;
  logic [COUNT*2*BITS-1:0] product;
  mat_array #(
      .LANES (LANES),
      .INPUTS(INPUTS),
      .PACK  (PACK),
      .BITS  (BITS)
  ) dense (
      .clk,
      .enable,
      .at_end,
      .first,
      .narrow,
      .wide,
      .product,
      .sums,
      .row_sum
  );
  logic [COUNT*DEPTHWISE_BITS-1:0] kept;
  for (genvar m = 0; m < COUNT; m = m + 1) begin : g_multiplier
    logic signed [DEPTHWISE_BITS-1:0] sum;
    assign sum = (first_product ? '0 : $signed(kept[m*DEPTHWISE_BITS+:DEPTHWISE_BITS])) +
                 DEPTHWISE_BITS'($signed(product[m*2*BITS+:2*BITS]));
    always_ff @(posedge clk) begin
      if (enable && at_products) kept[m*DEPTHWISE_BITS+:DEPTHWISE_BITS] <= sum;
    end
  end
  delay #(
      .BITS  (COUNT * DEPTHWISE_BITS),
      .STAGES(TREE_STAGES - 1)
  ) align (
      .clk,
      .enable,
      .value  (kept),
      .delayed(depthwise_sums)
  );
endmodule
