// y + half of a round_shift, limited to its bits.
module round_saturate #(
    parameter int BITS = 27
) (
    input logic signed [BITS-1:0] y,
    input logic half,
    output logic signed [BITS-1:0] rounded
);
  localparam logic signed [BITS-1:0] MOST = {1'b0, {(BITS - 1) {1'b1}}};
  assign rounded = y == MOST ? MOST : y + BITS'(half);
endmodule
