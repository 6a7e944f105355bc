// The units of an engine side by side, for units_test.cpp.
module units (
    input logic clk,
    input logic enable,
    input logic [2:0][8:0] operands,  // shared, low, high
    output logic [1:0][17:0] packed_products,
    output logic [1:0][17:0] single_products,
    input logic [47:0] sum,
    input logic signed [7:0] amount,
    output logic [17:0] shifted_18,
    output logic [26:0] shifted_27,
    output logic [47:0] shifted_48,
    input logic [12*9-1:0] terms,
    output logic [12:0] tree_sum,
    // A post-processing lane and the divisor's way: fields as in engine_types.
    input engine_types::settings_t settings,
    input engine_types::record_t record,
    input logic [15:0] shortcut,
    input logic signed [8:0] exponent,
    output logic [47:0] result,
    output logic [16:0] quotient,
    input logic [47:0] divisor,
    input logic [16:0] den_mult,
    input logic [7:0] den_frac,
    output logic [8:0] divisor_exponent
);
  logic [16:0] unused_den_mult;
  logic [7:0] unused_den_frac;
  finish_lane lane (
      .clk,
      .enable,
      .settings,
      .sum,
      .record,
      .shortcut,
      .range(settings.results),
      .exponent,
      .den_mult(unused_den_mult),
      .den_frac(unused_den_frac),
      .result,
      .quotient
  );
  log2_divide #(
      .DEPTH(2)
  ) log2 (
      .clk,
      .enable,
      .settings,
      .divisor,
      .den_mult,
      .den_frac,
      .write(1'b1),
      .token(1'b0),
      .exponent(divisor_exponent)
  );
  mul_pair #(
      .PACK(1)
  ) both (
      .clk,
      .enable,
      .shared(operands[0]),
      .low(operands[1]),
      .high(operands[2]),
      .low_product(packed_products[0]),
      .high_product(packed_products[1])
  );
  mul_pair #(
      .PACK(0)
  ) single (
      .clk,
      .enable,
      .shared(operands[0]),
      .low(operands[1]),
      .high(operands[2]),
      .low_product(single_products[0]),
      .high_product(single_products[1])
  );
  round_shift #(
      .IN(48),
      .OUT(18),
      .LEFT(16)
  ) shift_18 (
      .x(sum),
      .amount,
      .y(shifted_18)
  );
  round_shift #(
      .IN(48),
      .OUT(27),
      .LEFT(27)
  ) shift_27 (
      .x(sum),
      .amount,
      .y(shifted_27)
  );
  round_shift #(
      .IN(42),
      .OUT(48),
      .LEFT(30)
  ) shift_48 (
      .x(sum[41:0]),
      .amount,
      .y(shifted_48)
  );
  adder_tree #(
      .TERMS(12),
      .BITS (9)
  ) tree (
      .clk,
      .enable,
      .terms,
      .sum(tree_sum)
  );
endmodule
