// Two products of signed operands that share one of them: shared * low and shared * high, two clocks after the
// operands.
//
// PACK: both from one multiplication of 27 x 18 bits. `high` lies above the 18 bits that a product of `low` takes and
// `low` goes in without its sign, as two's complement of BITS bits: shared * (high * 2^18 + low + [low < 0] * 2^BITS).
// The lower field is a number of 18 bits with a sign: what is above it is one too small where that sign is set, and the
// field itself has shared * 2^BITS too much where `low` is negative. Exact for every operand of up to 9 bits.
module mul_pair #(
    parameter int PACK = 1,
    parameter int BITS = 9
) (
    input logic clk,
    input logic enable,
    input logic signed [BITS-1:0] shared,
    input logic signed [BITS-1:0] low,
    input logic signed [BITS-1:0] high,
    output logic signed [2*BITS-1:0] low_product,
    output logic signed [2*BITS-1:0] high_product
);
  if (PACK != 0) begin : g_packed
    localparam int FIELD = 18;
    localparam int PACKED = FIELD + BITS;
    logic signed [BITS-1:0] multiplier, corrected;
    logic signed [PACKED-1:0] multiplicand;
    logic signed [PACKED+BITS-1:0] product;
    logic low_negative;
    always_ff @(posedge clk) begin
      if (enable) begin
        multiplier <= shared;
        multiplicand <= {high, {(FIELD - BITS) {1'b0}}, low};
        product <= multiplicand * multiplier;
        corrected <= multiplier;
        low_negative <= multiplicand[BITS-1];
      end
    end
    logic signed [FIELD-BITS-1:0] low_upper;
    assign low_upper = product[FIELD-1:BITS] - ((FIELD - BITS)'(corrected) & {(FIELD - BITS) {low_negative}});
    assign low_product = (2 * BITS)'($signed({low_upper, product[BITS-1:0]}));
    assign high_product = product[FIELD+:2*BITS] + (2 * BITS)'(product[FIELD-1]);
  end else begin : g_single
    logic signed [BITS-1:0] multiplier, low_operand, high_operand;
    always_ff @(posedge clk) begin
      if (enable) begin
        multiplier <= shared;
        low_operand <= low;
        high_operand <= high;
        low_product <= low_operand * multiplier;
        high_product <= high_operand * multiplier;
      end
    end
  end
endmodule
