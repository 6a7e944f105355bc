// requant of NUMERICS.md 2: limit to 27 bits behind the pre-shift, one multiplication of 27 x 18 bits, shift, zero point,
// limits of the codes. Three clocks. An accumulator's format (32 bits) and `raw` pass the multiplier by.
module requantize (
    input logic clk,
    input logic enable,
    input engine_types::range_t range,  // at the third stage
    input logic raw,
    input logic signed [47:0] sum,
    // In the stages' own time.
    input logic [5:0] pre_0,
    input logic [16:0] mult_1,
    input logic [5:0] shift_2,
    input logic signed [23:0] zero_2,
    output logic signed [47:0] result
);
  logic signed [26:0] limited, multiplicand;
  round_shift #(
      .IN(48),
      .OUT(27),
      .AMOUNT(7)
  ) pre_shift (
      .x(sum),
      .amount($signed({1'b0, pre_0})),
      .y(limited)
  );
  logic signed [47:0] sum_1, sum_2;
  logic signed [43:0] product;
  always_ff @(posedge clk) begin
    if (enable) begin
      multiplicand <= limited;
      product <= multiplicand * $signed({1'b0, mult_1});
      sum_1 <= sum;
      sum_2 <= sum_1;
    end
  end

  logic signed [16:0] code;
  code_of_product scale (
      .product,
      .amount($signed({1'b0, shift_2})),
      .zero(zero_2),
      .low($signed(range.low)),
      .high($signed(range.high)),
      .code
  );
  logic fits;
  assign fits = sum_2[47:31] == {17{sum_2[47]}};
  always_ff @(posedge clk) begin
    if (enable) begin
      if (raw) result <= sum_2;
      else if (range.accumulator) result <= fits ? sum_2 : 48'($signed({sum_2[47], {31{!sum_2[47]}}}));
      else result <= 48'(code);
    end
  end
endmodule
