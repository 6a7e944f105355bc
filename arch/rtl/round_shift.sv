// rsh of quant/NUMERICS.md 2, limited to OUT bits, as its floor and the bit that rounds it: x / 2^amount = y + half,
// rounded half up; x * 2^-amount where amount is negative. Who uses it adds `half`, with a carry that costs nothing,
// and minds that this can leave OUT bits by one. Exact for amounts of at least -LEFT (LEFT = OUT: for all, as what is
// shifted further is beyond the limit).
module round_shift #(
    parameter int IN = 48,
    parameter int OUT = 27,
    parameter int LEFT = 0,
    parameter int AMOUNT = 8
) (
    input logic signed [IN-1:0] x,
    input logic signed [AMOUNT-1:0] amount,
    output logic signed [OUT-1:0] y,
    output logic half
);
  // To the right by `places`, with a bit below the point; beyond IN places nothing is left of x but its sign, which
  // rounds to 0.
  localparam int MOST = IN + LEFT;
  localparam int PLACES = $clog2(MOST + 1);
  localparam int SUM = (AMOUNT > PLACES ? AMOUNT : PLACES) + 2;
  logic signed [SUM-1:0] right;
  logic [PLACES-1:0] places;
  assign right = SUM'(amount) + SUM'(LEFT);
  assign places = right < 0 ? '0 : right > SUM'(MOST) ? PLACES'(MOST) : right[PLACES-1:0];

  // Stages from coarse to fine. What one of 2^k places leaves has 2^k - 1 bits more than needed in the end; where it
  // does not shift, 2^k bits above are lost, which must be copies of the sign.
  localparam int NEEDED = OUT + 1;
  logic sign;
  logic [PLACES-1:0] lost;
  assign sign = x[IN-1];
  for (genvar k = PLACES; k >= 0; k = k - 1) begin : g_stage
    localparam int KEPT = NEEDED + (1 << k) - 1;
    logic [KEPT-1:0] kept;
    if (k == PLACES) begin : g_all
      assign kept = KEPT'($signed({x, {(LEFT + 1) {1'b0}}}));
    end else begin : g_shift
      assign kept = places[k] ? g_stage[k+1].kept[(1<<k)+:KEPT] : g_stage[k+1].kept[KEPT-1:0];
      assign lost[k] = !places[k] && g_stage[k+1].kept[KEPT-1+:(1<<k)+1] != {((1 << k) + 1) {sign}};
    end
  end

  always_comb begin
    y = g_stage[0].kept[OUT:1];
    half = g_stage[0].kept[0];
    if (lost != '0) begin
      y = {sign, {(OUT - 1) {!sign}}};
      half = 1'b0;
    end
  end
endmodule
