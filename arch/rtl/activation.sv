// What one multiplication of 27 x 18 bits is shared by, a use a command: t * g of the hardswish, the shortcut's scale,
// and the dividend's (attend). Clocks: `sum` and its constants at stage 0, the activated sum at stage 4.
module activation (
    input logic clk,
    input logic enable,
    input engine_types::settings_t settings,
    // Stage 0: registered.
    input logic signed [47:0] sum,
    input logic signed [24:0] shortcut,  // centred
    // In the stages' own time.
    input logic signed [7:0] act_shift_0,
    input logic [16:0] three_1,
    input logic [16:0] res_mult_1,
    input logic signed [7:0] res_shift_3,
    input logic [47:0] six_3,
    input logic signed [24:0] dividend,  // registered at stage 1 of its way through the multiplier
    input logic [16:0] dividend_mult,
    output logic signed [47:0] activated,
    output logic signed [44:0] product  // of a dividend, registered
);
  logic attend, hardswish;
  assign attend = settings.op == engine_types::OP_ATTEND;
  assign hardswish = settings.activation == engine_types::ACT_HARDSWISH;

  logic signed [17:0] shifted, t, t_1;
  logic half;
  logic signed [24:0] shortcut_1;
  round_shift #(
      .IN(48),
      .OUT(18),
      .LEFT(16)
  ) act_shift (
      .x(sum),
      .amount(act_shift_0),
      .y(shifted),
      .half
  );
  round_saturate #(
      .BITS(18)
  ) act_round (
      .y(shifted),
      .half,
      .rounded(t)
  );

  // g = min(max(t + three, 0), 2 * three)
  logic signed [18:0] moved, g;
  logic signed [18:0] most;
  assign moved = 19'(t_1) + $signed({2'b0, three_1});
  assign most = $signed({1'b0, three_1, 1'b0});
  assign g = moved < 0 ? '0 : moved > most ? most : moved;

  logic signed [47:0] sum_1, sum_2, sum_3;
  logic signed [26:0] multiplicand;
  logic signed [17:0] multiplier;
  always_ff @(posedge clk) begin
    if (enable) begin
      t_1 <= t;
      shortcut_1 <= shortcut;
      multiplicand <= attend ? 27'(dividend) : hardswish ? 27'(g) : 27'(shortcut_1);
      multiplier <= attend ? $signed({1'b0, dividend_mult}) : hardswish ? t_1 : $signed({1'b0, res_mult_1});
      product <= multiplicand * multiplier;
      sum_1 <= sum;
      sum_2 <= sum_1;
      sum_3 <= sum_2;
    end
  end

  logic signed [47:0] scaled_shortcut, with_shortcut;
  logic shortcut_half, unused_carry;
  round_shift #(
      .IN(42),
      .OUT(48),
      .LEFT(30)
  ) res_shift (
      .x(product[41:0]),
      .amount(res_shift_3),
      .y(scaled_shortcut),
      .half(shortcut_half)
  );
  assign {with_shortcut, unused_carry} = {sum_3, shortcut_half} + {scaled_shortcut, shortcut_half};
  always_ff @(posedge clk) begin
    if (enable) begin
      if (settings.has_shortcut) activated <= with_shortcut;
      else begin
        case (settings.activation)
          engine_types::ACT_RELU: activated <= sum_3 < 0 ? '0 : sum_3;
          engine_types::ACT_RELU6: activated <= sum_3 < 0 ? '0 : sum_3 > $signed(six_3) ? $signed(six_3) : sum_3;
          engine_types::ACT_HARDSWISH: activated <= 48'(product);
          default: activated <= sum_3;
        endcase
      end
    end
  end
endmodule
