// The last step of requantization and division: clamp(rsh(product, amount) + zero).
module code_of_product #(
    parameter int IN = 44,
    parameter int LEFT = 0,
    parameter int AMOUNT = 7
) (
    input logic signed [IN-1:0] product,
    input logic signed [AMOUNT-1:0] amount,
    input logic signed [23:0] zero,
    input logic signed [16:0] low,
    input logic signed [16:0] high,
    output logic signed [16:0] code
);
  // What does not fit 26 bits is beyond every code, whatever the zero point.
  localparam int LIMIT = 26;
  logic signed [LIMIT-1:0] scaled;
  logic half, unused_carry;
  logic signed [LIMIT:0] moved;
  round_shift #(
      .IN(IN),
      .OUT(LIMIT),
      .LEFT(LEFT),
      .AMOUNT(AMOUNT)
  ) shifter (
      .x(product),
      .amount,
      .y(scaled),
      .half
  );
  assign {moved, unused_carry} = {(LIMIT + 1)'(scaled), half} + {(LIMIT + 1)'(zero), half};
  always_comb begin
    if (moved < (LIMIT + 1)'(low)) code = low;
    else if (moved > (LIMIT + 1)'(high)) code = high;
    else code = moved[16:0];
  end
endmodule
