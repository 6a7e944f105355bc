// The order of results: what is held of a packet goes to the post-processing lanes a group of POST_LANES a clock, and groups
// without a result in any copy are skipped. Also the flags that a group carries down the lanes.
module result_sequence #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int COPIES = 1,
    parameter int POST_LANES = 4,
    parameter int DEPTHWISE = 0,
    parameter int DIVISOR_DEPTH = 64,
    parameter int GROUP_BITS = 2,
    localparam int DENSE_GROUPS = LANES / POST_LANES,
    localparam int CHANNEL_GROUPS = DEPTHWISE != 0 ? INPUTS / POST_LANES : 1,
    localparam int TOKEN_BITS = $clog2(DIVISOR_DEPTH),
    localparam int SLOTS = COPIES * POST_LANES,
    localparam int USER_BITS = 4 + COPIES * LANES
) (
    input logic clk,
    input logic rst_n,
    input engine_types::settings_t settings,
    // From the array.
    input logic hold_load,
    input logic [USER_BITS-1:0] hold_user,
    output logic hold_ready,
    // What the lanes are given now, if `issue`.
    input logic set_ready,
    output logic new_set,
    output logic take_set,
    input logic shortcut_valid,
    output logic issue,
    output logic [DENSE_GROUPS:0] dense_group,       // one-hot; the last one is the row sum
    output logic [LANES-1:0] pixel,                  // depthwise: one-hot
    output logic [CHANNEL_GROUPS-1:0] channel_group,  // depthwise: one-hot
    output logic [GROUP_BITS-1:0] record_group,
    // Down the lanes.
    output logic enable,
    output logic range_of_others,  // at the requantization's last stage
    output logic write_divisor,     // at a quotient's last stage
    output logic [TOKEN_BITS-1:0] token,
    // Results.
    input logic results_ready,
    output logic results_valid,
    output logic results_last,
    output logic [SLOTS-1:0] results_keep
);
  localparam int FINISH = engine_types::FINISH_STAGES;
  localparam int STAGES = FINISH + engine_types::DIVIDE_STAGES;
  logic attend, depthwise;
  assign attend = settings.op == engine_types::OP_ATTEND;
  assign depthwise = DEPTHWISE != 0 && settings.depthwise;

  // The packet that is held.
  logic valid, final_packet, divisor;
  logic [COPIES*LANES-1:0] made;
  logic [DENSE_GROUPS:0] dense_todo, dense_asked;
  logic [LANES-1:0] pixel_todo, pixel_asked;
  logic [TOKEN_BITS-1:0] held_token;
  always_comb begin
    dense_asked = '0;
    pixel_asked = '0;
    for (int c = 0; c < COPIES; c = c + 1) begin
      for (int l = 0; l < LANES; l = l + 1) begin
        if (hold_user[4+c*LANES+l]) begin
          dense_asked[l/POST_LANES] = 1'b1;
          pixel_asked[l] = 1'b1;
        end
      end
    end
    dense_asked[DENSE_GROUPS] = hold_user[3];
    if (hold_user[2]) dense_asked = (DENSE_GROUPS + 1)'(1);
  end

  // The next group: the lowest bit that is set.
  logic packet_ends, any;
  logic [DENSE_GROUPS:0] dense_rest;
  logic [LANES-1:0] pixel_rest;
  assign dense_group = dense_todo & (~dense_todo + 1'b1);
  assign dense_rest = dense_todo & ~dense_group;
  assign pixel = pixel_todo & (~pixel_todo + 1'b1);
  assign pixel_rest = channel_group[CHANNEL_GROUPS-1] ? pixel_todo & ~pixel : pixel_todo;
  assign any = depthwise ? pixel_todo != '0 : dense_todo != '0;
  assign packet_ends = depthwise ? pixel_rest == '0 : dense_rest == '0;
  assign issue = valid && any && enable && (!new_set || set_ready) && (!settings.has_shortcut || shortcut_valid);
  assign take_set = issue && new_set;
  assign hold_ready = !valid || !any || (issue && packet_ends);
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      valid <= 1'b0;
    end else if (hold_ready) begin
      valid <= hold_load;
    end
    if (hold_load) begin
      final_packet <= hold_user[0];
      new_set <= hold_user[1];
      divisor <= hold_user[2];
      made <= hold_user[4+:COPIES*LANES];
      dense_todo <= dense_asked;
      pixel_todo <= pixel_asked;
      channel_group <= CHANNEL_GROUPS'(1);
      held_token <= hold_user[1] ? '0 : held_token + 1'b1;
    end else if (issue) begin
      new_set <= 1'b0;
      dense_todo <= dense_rest;
      pixel_todo <= pixel_rest;
      channel_group <= (channel_group << 1) | (channel_group >> (CHANNEL_GROUPS - 1));
    end
  end
  always_comb begin
    record_group = '0;
    if (depthwise) begin
      for (int g = 0; g < CHANNEL_GROUPS; g = g + 1) if (channel_group[g]) record_group = GROUP_BITS'(g);
    end else begin
      for (int g = 0; g <= DENSE_GROUPS; g = g + 1) if (dense_group[g]) record_group = GROUP_BITS'(g);
    end
  end

  // Slots of the group that have a result. A row sum is made by each copy that has another result.
  logic [SLOTS-1:0] keep;
  always_comb begin
    keep = '0;
    for (int c = 0; c < COPIES; c = c + 1) begin
      for (int l = 0; l < LANES; l = l + 1) begin
        if (made[c*LANES+l]) begin
          if (depthwise) begin
            if (pixel[l]) for (int p = 0; p < POST_LANES; p = p + 1) keep[c*POST_LANES+p] = 1'b1;
          end else begin
            if (dense_group[l/POST_LANES]) keep[c*POST_LANES+(l%POST_LANES)] = 1'b1;
            if (dense_group[DENSE_GROUPS]) keep[c*POST_LANES] = 1'b1;
          end
        end
      end
    end
  end

  // Flags beside the lanes' stages: bit k belongs to what is registered at stage k.
  logic [STAGES-1:0] on_its_way, divisors, ends;
  logic [FINISH-2:0] others;
  logic [SLOTS-1:0] keep_finished, keep_divided;
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      on_its_way <= '0;
      divisors   <= '0;
    end else if (enable) begin
      on_its_way <= {on_its_way[STAGES-2:0], issue && !divisor};
      on_its_way[FINISH] <= on_its_way[FINISH-1] && attend;  // others have left
      divisors <= {divisors[STAGES-2:0], issue && divisor};
    end
    if (enable) begin
      ends <= {ends[STAGES-2:0], final_packet && packet_ends};
      others <= {others[FINISH-3:0], divisor || dense_group[DENSE_GROUPS]};
    end
  end
  delay #(
      .BITS  (SLOTS),
      .STAGES(FINISH)
  ) finish (
      .clk,
      .enable,
      .value  (keep),
      .delayed(keep_finished)
  );
  delay #(
      .BITS  (SLOTS),
      .STAGES(engine_types::DIVIDE_STAGES)
  ) divide (
      .clk,
      .enable,
      .value  (keep_finished),
      .delayed(keep_divided)
  );
  delay #(
      .BITS  (TOKEN_BITS),
      .STAGES(STAGES - 1)
  ) tokens (
      .clk,
      .enable,
      .value  (held_token),
      .delayed(token)
  );
  assign range_of_others = others[FINISH-2];
  assign write_divisor = divisors[STAGES-2];
  assign results_valid = attend ? on_its_way[STAGES-1] : on_its_way[FINISH-1];
  assign results_last = attend ? ends[STAGES-1] : ends[FINISH-1];
  assign results_keep = attend ? keep_divided : keep_finished;
  assign enable = !results_valid || results_ready;
endmodule
