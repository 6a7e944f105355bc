// One post-processing lane: a sum and its record go in, engine_types::FINISH_STAGES clocks later the result is there; DIVIDE_STAGES
// more for a quotient. `enable` moves all stages. A constant of the record waits in a line of registers for its stage.
module finish_lane (
    input logic clk,
    input logic enable,
    input engine_types::settings_t settings,
    input logic signed [47:0] sum,
    input engine_types::record_t record,
    input logic [15:0] shortcut,
    input engine_types::range_t range,  // of the result that is at the requantization's last stage
    input logic signed [8:0] exponent,  // of the quotient that is at its last stage
    output logic [16:0] den_mult,  // the record's, at stages 7 and 9
    output logic signed [7:0] den_frac,
    output logic signed [47:0] result,
    output logic signed [16:0] quotient
);
  // Stage 0: bias and the shortcut's zero point.
  logic signed [47:0] biased;
  logic signed [24:0] centred;
  logic shortcut_sign;
  assign shortcut_sign = settings.shortcut_signed && shortcut[15];
  always_ff @(posedge clk) begin
    if (enable) begin
      biased <= sum + $signed(record.bias);
      centred <= 25'($signed({shortcut_sign, shortcut})) - 25'($signed(record.res_zero));
    end
  end

  // Constants: STAGES clocks later.
  logic signed [7:0] act_shift, res_shift, quotient_shift;
  logic [16:0] three, res_mult, mult, quotient_mult;
  logic [47:0] six;
  logic [5:0] pre, shift;
  logic signed [23:0] zero, zero_late, quotient_zero;
  // verilog_format: off
  delay #(.BITS(8), .STAGES(1)) d_act_shift (.clk, .enable, .value(record.act_shift), .delayed(act_shift));
  delay #(.BITS(17), .STAGES(2)) d_three (.clk, .enable, .value(record.three), .delayed(three));
  delay #(.BITS(17), .STAGES(2)) d_res_mult (.clk, .enable, .value(record.res_mult), .delayed(res_mult));
  delay #(.BITS(8), .STAGES(4)) d_res_shift (.clk, .enable, .value(record.res_shift), .delayed(res_shift));
  delay #(.BITS(48), .STAGES(4)) d_six (.clk, .enable, .value(record.six), .delayed(six));
  delay #(.BITS(6), .STAGES(5)) d_pre (.clk, .enable, .value(record.pre), .delayed(pre));
  delay #(.BITS(17), .STAGES(6)) d_mult (.clk, .enable, .value(record.mult), .delayed(mult));
  delay #(.BITS(6), .STAGES(7)) d_shift (.clk, .enable, .value(record.shift), .delayed(shift));
  delay #(.BITS(24), .STAGES(7)) d_zero (.clk, .enable, .value(record.zero), .delayed(zero));
  delay #(.BITS(24), .STAGES(1)) d_zero_late (.clk, .enable, .value(zero), .delayed(zero_late));
  delay #(.BITS(17), .STAGES(8)) d_quotient_mult (.clk, .enable, .value(record.quotient_mult), .delayed(quotient_mult));
  delay #(.BITS(8), .STAGES(10)) d_quotient_shift (.clk, .enable, .value(record.quotient_shift), .delayed(quotient_shift));
  delay #(.BITS(24), .STAGES(10)) d_quotient_zero (.clk, .enable, .value(record.quotient_zero), .delayed(quotient_zero));
  delay #(.BITS(17), .STAGES(8)) d_den_mult (.clk, .enable, .value(record.den_mult), .delayed(den_mult));
  delay #(.BITS(8), .STAGES(10)) d_den_frac (.clk, .enable, .value(record.den_frac), .delayed(den_frac));
  // verilog_format: on

  // Stages 1 to 4, and 8 and 9 of a quotient. Behind the requantization, a code less its zero point is the dividend.
  logic signed [47:0] activated;
  logic signed [24:0] dividend;
  logic signed [44:0] product;
  assign dividend = 25'($signed(result[16:0])) - 25'(zero_late);
  activation activate (
      .clk,
      .enable,
      .settings,
      .sum(biased),
      .shortcut(centred),
      .act_shift_0(act_shift),
      .three_1(three),
      .res_mult_1(res_mult),
      .res_shift_3(res_shift),
      .six_3(six),
      .dividend,
      .dividend_mult(quotient_mult),
      .activated,
      .product
  );
  // Stages 5 to 7.
  requantize requant (
      .clk,
      .enable,
      .range,
      .raw(settings.raw),
      .sum(activated),
      .pre_0(pre),
      .mult_1(mult),
      .shift_2(shift),
      .zero_2(zero),
      .result
  );
  // Stage 10.
  logic signed [16:0] code;
  code_of_product #(
      .IN(42),
      .LEFT(26),
      .AMOUNT(10)
  ) divide (
      .product(product[41:0]),
      .amount(10'(quotient_shift) + 10'(exponent)),
      .zero(quotient_zero),
      .low($signed(settings.quotient.low)),
      .high($signed(settings.quotient.high)),
      .code
  );
  always_ff @(posedge clk) if (enable) quotient <= code;
endmodule
