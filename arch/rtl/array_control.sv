// Takes beats of operands into the array and follows them to the packets' sums. The array stands still (enable = 0)
// while a packet's sums are there and those of the one before have not gone through the post-processing.
module array_control #(
    parameter int USER_BITS = 12,
    parameter int TREE_STAGES = 1
) (
    input logic clk,
    input logic rst_n,
    input logic active,  // a command is under way
    input logic done,    // its last result is taken
    input logic narrow_valid,
    input logic narrow_last,
    input logic [USER_BITS-1:0] narrow_user,
    input logic wide_valid,
    output logic take,  // a beat of both
    output logic enable,
    // Products of a beat, and its sums behind the adder tree.
    output logic at_products,
    output logic first_product,
    output logic at_end,
    output logic first_end,
    input logic hold_ready,
    output logic hold_load,  // the sums of a packet
    output logic [USER_BITS-1:0] hold_user
);
  localparam int STAGES = 2 + TREE_STAGES;
  logic fed, in_packet;
  logic [STAGES-1:0] valid, first, last;
  assign take = narrow_valid && wide_valid && active && !fed && enable;
  assign enable = !(valid[STAGES-1] && last[STAGES-1] && !hold_ready);
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      fed <= 1'b0;
      in_packet <= 1'b0;
      valid <= '0;
    end else begin
      if (take) in_packet <= !narrow_last;
      if (done) fed <= 1'b0;
      else if (take && narrow_last && narrow_user[0]) fed <= 1'b1;
      if (enable) valid <= {valid[STAGES-2:0], take};
    end
    if (enable) begin
      first <= {first[STAGES-2:0], !in_packet};
      last <= {last[STAGES-2:0], narrow_last};
    end
  end
  assign at_products = valid[1];
  assign first_product = first[1];
  assign at_end = valid[STAGES-1];
  assign first_end = first[STAGES-1];
  assign hold_load = enable && valid[STAGES-1] && last[STAGES-1];
  delay #(
      .BITS  (USER_BITS),
      .STAGES(STAGES)
  ) user (
      .clk,
      .enable,
      .value  (narrow_user),
      .delayed(hold_user)
  );
endmodule
