// rsh of quant/NUMERICS.md 2, limited to OUT bits: x / 2^amount, rounded half up; x * 2^-amount where amount is negative.
// Exact for amounts of at least -LEFT (LEFT = OUT: for all, as what is shifted further is beyond the limit).
//
// Multiplexers from coarse to fine, each as wide as the ones behind it need: a flag notes what is lost above.
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
  // To the right by `places`, with a bit below the point for the rounding; beyond IN places nothing is left of x but its
  // sign, which rounds to 0.
  localparam int WIDE = IN + LEFT + 1;
  localparam int MOST = IN + LEFT;
  localparam int PLACES = $clog2(MOST + 1);
  localparam int SUM = (AMOUNT > PLACES ? AMOUNT : PLACES) + 2;
  logic signed [SUM-1:0] right;
  logic [PLACES-1:0] places;
  assign right = SUM'(amount) + SUM'(LEFT);
  assign places = right < 0 ? '0 : right > SUM'(MOST) ? PLACES'(MOST) : right[PLACES-1:0];

  localparam int FINE_BITS = OUT + 1;
  localparam int MIDDLE_BITS = FINE_BITS + 3;
  localparam int COARSE_BITS = FINE_BITS + 15;
  localparam int ALL = WIDE > COARSE_BITS ? WIDE : COARSE_BITS;
  logic sign, coarse_lost, middle_lost, fine_lost;
  logic signed [ALL-1:0] all;
  logic signed [COARSE_BITS-1:0] coarse;
  logic signed [MIDDLE_BITS-1:0] middle;
  logic signed [FINE_BITS-1:0] fine;
  assign sign = x[IN-1];
  assign all = ALL'($signed({x, {(LEFT + 1) {1'b0}}}));
  always_comb begin
    coarse = '0;
    coarse_lost = 1'b0;
    for (int i = 0; i <= MOST / 16; i = i + 1) begin
      if (places[PLACES-1:4] == (PLACES - 4)'(i)) begin
        coarse = COARSE_BITS'(all >>> (16 * i));
        coarse_lost = |((all ^ {ALL{sign}}) >> (16 * i + COARSE_BITS - 1));
      end
    end
    middle = '0;
    middle_lost = 1'b0;
    for (int i = 0; i < 4; i = i + 1) begin
      if (places[3:2] == 2'(i)) begin
        middle = MIDDLE_BITS'(coarse >>> (4 * i));
        middle_lost = |((coarse ^ {COARSE_BITS{sign}}) >> (4 * i + MIDDLE_BITS - 1));
      end
    end
    fine = '0;
    fine_lost = 1'b0;
    for (int i = 0; i < 4; i = i + 1) begin
      if (places[1:0] == 2'(i)) begin
        fine = FINE_BITS'(middle >>> i);
        fine_lost = |((middle ^ {MIDDLE_BITS{sign}}) >> (i + FINE_BITS - 1));
      end
    end
  end

  // The rounding can leave OUT bits by one.
  logic signed [OUT+1:0] rounded;
  assign rounded = (OUT + 2)'(fine) + (OUT + 2)'(1);
  always_comb begin
    if (coarse_lost || middle_lost || fine_lost || rounded[OUT+1] != rounded[OUT]) y = {sign, {(OUT - 1) {!sign}}};
    else y = rounded[OUT:1];
  end
endmodule
