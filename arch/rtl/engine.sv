// An engine: arch/rtl/README.md. DEPTHWISE: with R-MAC's second mode.
module engine #(
    `include "engine_parameters.svh"
    parameter int POST_LANES = 4,
    parameter int DEPTHWISE = 0
) (
    `include "engine_ports.svh"
);
  localparam int BITS = OPERAND_BITS;
  localparam int DEPTHWISE_BITS = 24;
  localparam int TREE_STAGES = INPUTS <= 8 ? 1 : INPUTS <= 64 ? 2 : 3;
  localparam int DENSE_GROUPS = LANES / POST_LANES;
  localparam int CHANNEL_GROUPS = DEPTHWISE != 0 ? INPUTS / POST_LANES : 1;
  localparam int RECORD_GROUPS = DENSE_GROUPS + 1 > CHANNEL_GROUPS ? DENSE_GROUPS + 1 : CHANNEL_GROUPS;
  localparam int GROUP_BITS = $clog2(RECORD_GROUPS);
  localparam int USER_BITS = 4 + COPIES * LANES;
  localparam int COUNT = DEPTHWISE != 0 ? LANES * INPUTS : 1;

  logic active, done;
  engine_types::settings_t settings;
  command_registers registers (.*);

  logic take, array_enable, at_products, first_product, at_end, first_end;
  logic hold_ready, hold_load;
  logic [USER_BITS-1:0] hold_user;
  array_control #(
      .USER_BITS(USER_BITS),
      .TREE_STAGES(TREE_STAGES)
  ) feed (
      .clk,
      .rst_n,
      .active,
      .done,
      .narrow_valid(s_axis_narrow_tvalid),
      .narrow_last(s_axis_narrow_tlast),
      .narrow_user(s_axis_narrow_tuser),
      .wide_valid(s_axis_wide_tvalid),
      .take,
      .enable(array_enable),
      .at_products,
      .first_product,
      .at_end,
      .first_end,
      .hold_ready,
      .hold_load,
      .hold_user
  );
  assign s_axis_narrow_tready = take;
  assign s_axis_wide_tready = take;

  logic set_ready, new_set, take_set;
  logic [1:0] read_bank, write_bank;
  engine_types::record_t record;
  logic [COPIES-1:0] write_copy;
  logic [POST_LANES-1:0] write_lane;
  logic [GROUP_BITS-1:0] write_group, record_group;
  record_loader #(
      .COPIES(COPIES),
      .POST_LANES(POST_LANES),
      .GROUPS(RECORD_GROUPS)
  ) records (
      .*
  );

  logic issue, post_enable, range_of_others, write_divisor;
  logic [DENSE_GROUPS:0] dense_group;
  logic [LANES-1:0] pixel;
  logic [CHANNEL_GROUPS-1:0] channel_group;
  logic [$clog2(DIVISOR_DEPTH)-1:0] token;
  logic [COPIES*POST_LANES-1:0] keep;
  result_sequence #(
      .LANES(LANES),
      .INPUTS(INPUTS),
      .COPIES(COPIES),
      .POST_LANES(POST_LANES),
      .DEPTHWISE(DEPTHWISE),
      .DIVISOR_DEPTH(DIVISOR_DEPTH),
      .GROUP_BITS(GROUP_BITS)
  ) sequence_of_results (
      .clk,
      .rst_n,
      .settings,
      .hold_load,
      .hold_user,
      .hold_ready,
      .set_ready,
      .new_set,
      .take_set,
      .shortcut_valid(s_axis_shortcut_tvalid),
      .issue,
      .dense_group,
      .pixel,
      .channel_group,
      .record_group,
      .enable(post_enable),
      .range_of_others,
      .write_divisor,
      .token,
      .results_ready(m_axis_results_tready),
      .results_valid(m_axis_results_tvalid),
      .results_last(m_axis_results_tlast),
      .results_keep(keep)
  );
  assign s_axis_shortcut_tready = issue && settings.has_shortcut;
  assign done = m_axis_results_tvalid && m_axis_results_tready && m_axis_results_tlast;

  for (genvar c = 0; c < COPIES; c = c + 1) begin : g_copy
    // Operands without the copies of their sign.
    logic [INPUTS*BITS-1:0] narrow;
    logic [LANES*INPUTS*BITS-1:0] wide;
    always_comb begin
      for (int i = 0; i < INPUTS; i = i + 1) narrow[i*BITS+:BITS] = s_axis_narrow_tdata[(c*INPUTS+i)*16+:BITS];
      for (int i = 0; i < LANES * INPUTS; i = i + 1) begin
        wide[i*BITS+:BITS] = s_axis_wide_tdata[(c*LANES*INPUTS+i)*16+:BITS];
      end
    end

    logic [LANES*48-1:0] sums;
    logic [47:0] row_sum;
    logic [COUNT*DEPTHWISE_BITS-1:0] depthwise_sums;
    if (DEPTHWISE != 0) begin : g_rmac
      rmac_array #(
          .LANES(LANES),
          .INPUTS(INPUTS),
          .PACK(PACK),
          .BITS(BITS),
          .TREE_STAGES(TREE_STAGES),
          .DEPTHWISE_BITS(DEPTHWISE_BITS)
      ) array (
          .clk,
          .enable(array_enable),
          .at_products,
          .first_product,
          .at_end,
          .first(first_end),
          .narrow,
          .wide,
          .sums,
          .row_sum,
          .depthwise_sums
      );
    end else begin : g_mat
      logic [LANES*INPUTS*2*BITS-1:0] unused_product;
      mat_array #(
          .LANES (LANES),
          .INPUTS(INPUTS),
          .PACK  (PACK),
          .BITS  (BITS)
      ) array (
          .clk,
          .enable(array_enable),
          .at_end,
          .first(first_end),
          .narrow,
          .wide,
          .product(unused_product),
          .sums,
          .row_sum
      );
      assign depthwise_sums = '0;
    end

    logic [POST_LANES*48-1:0] results;
    post_processing #(
        .LANES(LANES),
        .INPUTS(INPUTS),
        .POST_LANES(POST_LANES),
        .DEPTHWISE(DEPTHWISE),
        .DEPTHWISE_BITS(DEPTHWISE_BITS),
        .DIVISOR_DEPTH(DIVISOR_DEPTH),
        .GROUP_BITS(GROUP_BITS)
    ) post (
        .clk,
        .settings,
        .hold_load,
        .sums,
        .row_sum,
        .depthwise_sums,
        .write_record(write_copy[c]),
        .write_lane,
        .write_bank,
        .write_group,
        .record,
        .read_bank,
        .record_group,
        .dense_group,
        .pixel,
        .channel_group,
        .shortcut(s_axis_shortcut_tdata[c*POST_LANES*16+:POST_LANES*16]),
        .enable(post_enable),
        .range_of_others,
        .write_divisor,
        .token,
        .results
    );
    for (genvar p = 0; p < POST_LANES; p = p + 1) begin : g_slot
      assign m_axis_results_tdata[(c*POST_LANES+p)*64+:64] = 64'($signed(results[p*48+:48]));
      assign m_axis_results_tkeep[(c*POST_LANES+p)*8+:8] = {8{keep[c*POST_LANES+p]}};
    end
  end
endmodule
