// rsh of quant/NUMERICS.md 2, limited to OUT bits: x / 2^amount, rounded half up; x * 2^-amount where amount is negative.
// Exact for amounts of at least -LEFT (LEFT = OUT: for all, as what is shifted further is beyond the limit).
module round_shift #(
    parameter int IN = 48,
    parameter int OUT = 27,
    parameter int LEFT = 0,
    parameter int AMOUNT = 8
) (
    input logic signed [IN-1:0] x,
    input logic signed [AMOUNT-1:0] amount,
    output logic signed [OUT-1:0] y
);
  // A bit below the point for the rounding; beyond IN places nothing is left of x but its sign, which rounds to 0.
  localparam int WIDE = IN + LEFT + 1;
  localparam int MOST = IN + LEFT;
  localparam int PLACES = $clog2(MOST + 1);
  localparam int SUM = (AMOUNT > PLACES ? AMOUNT : PLACES) + 2;
  logic signed [SUM-1:0] right;
  logic [PLACES-1:0] places;
  logic signed [WIDE-1:0] shifted;
  assign right = SUM'(amount) + SUM'(LEFT);
  assign places = right < 0 ? '0 : right > SUM'(MOST) ? PLACES'(MOST) : right[PLACES-1:0];
  assign shifted = $signed({x, {(LEFT + 1) {1'b0}}}) >>> places;

  // Limit before the rounding, which can leave OUT bits by one.
  logic fits;
  logic signed [OUT+1:0] rounded;
  assign fits = shifted[WIDE-1:OUT] == {(WIDE - OUT) {shifted[WIDE-1]}};
  assign rounded = $signed({shifted[OUT], shifted[OUT:0]}) + (OUT + 2)'(1);
  always_comb begin
    if (fits && rounded[OUT+1] == rounded[OUT]) y = rounded[OUT:1];
    else y = {shifted[WIDE-1], {(OUT - 1) {!shifted[WIDE-1]}}};
  end
endmodule
