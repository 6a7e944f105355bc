// Post-processing of one copy: holds a packet's sums, picks those of a group (result_sequence) with their records, and has
// POST_LANES lanes and the divisors for them.
module post_processing #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int POST_LANES = 4,
    parameter int DEPTHWISE = 0,
    parameter int DEPTHWISE_BITS = 24,
    parameter int DIVISOR_DEPTH = 64,
    parameter int GROUP_BITS = 2,
    localparam int DENSE_GROUPS = LANES / POST_LANES,
    localparam int CHANNEL_GROUPS = DEPTHWISE != 0 ? INPUTS / POST_LANES : 1,
    localparam int COUNT = DEPTHWISE != 0 ? LANES * INPUTS : 1
) (
    input logic clk,
    input engine_types::settings_t settings,
    input logic hold_load,
    input logic [LANES*48-1:0] sums,
    input logic [47:0] row_sum,
    input logic [COUNT*DEPTHWISE_BITS-1:0] depthwise_sums,
    // Records.
    input logic write_record,
    input logic [POST_LANES-1:0] write_lane,
    input logic [1:0] write_bank,
    input logic [GROUP_BITS-1:0] write_group,
    input engine_types::record_t record,
    input logic [1:0] read_bank,
    input logic [GROUP_BITS-1:0] record_group,
    // The group.
    input logic [DENSE_GROUPS:0] dense_group,
    input logic [LANES-1:0] pixel,
    input logic [CHANNEL_GROUPS-1:0] channel_group,
    input logic [POST_LANES*16-1:0] shortcut,
    input logic enable,
    input logic range_of_others,
    input logic write_divisor,
    input logic [$clog2(DIVISOR_DEPTH)-1:0] token,
    output logic [POST_LANES*48-1:0] results
);
  logic depthwise, attend;
  assign depthwise = DEPTHWISE != 0 && settings.depthwise;
  assign attend = settings.op == engine_types::OP_ATTEND;
  logic [LANES*48-1:0] held;
  logic [47:0] held_row;
  logic [COUNT*DEPTHWISE_BITS-1:0] held_depthwise;
  always_ff @(posedge clk) begin
    if (hold_load) begin
      held <= sums;
      held_row <= row_sum;
      held_depthwise <= depthwise_sums;
    end
  end

  engine_types::range_t range;
  assign range = range_of_others ? settings.others : settings.results;
  logic signed [8:0] exponent;
  logic [POST_LANES*17-1:0] den_mult;
  logic [POST_LANES*8-1:0] den_frac;
  logic [POST_LANES*48-1:0] finished;
  for (genvar p = 0; p < POST_LANES; p = p + 1) begin : g_lane
    logic [47:0] dense_sum, sum;
    logic [DEPTHWISE_BITS-1:0] depthwise_sum;
    always_comb begin
      dense_sum = dense_group[DENSE_GROUPS] ? held_row : '0;
      for (int g = 0; g < DENSE_GROUPS; g = g + 1) begin
        dense_sum = dense_sum | (held[(g*POST_LANES+p)*48+:48] & {48{dense_group[g]}});
      end
    end
    if (DEPTHWISE != 0) begin : g_depthwise
      always_comb begin
        depthwise_sum = '0;
        for (int l = 0; l < LANES; l = l + 1) begin
          for (int g = 0; g < CHANNEL_GROUPS; g = g + 1) begin
            depthwise_sum = depthwise_sum |
                (held_depthwise[(l*INPUTS+g*POST_LANES+p)*DEPTHWISE_BITS+:DEPTHWISE_BITS] &
                 {DEPTHWISE_BITS{pixel[l] && channel_group[g]}});
          end
        end
      end
    end else begin : g_dense
      assign depthwise_sum = '0;
    end
    assign sum = depthwise ? 48'($signed(depthwise_sum)) : dense_sum;

    logic [engine_types::RECORD_BITS-1:0] records[2**(GROUP_BITS+2)];
    always_ff @(posedge clk) if (write_record && write_lane[p]) records[{write_bank, write_group}] <= record;

    logic signed [16:0] quotient;
    logic signed [47:0] result;
    finish_lane lane (
        .clk,
        .enable,
        .settings,
        .sum,
        .record(records[{read_bank, record_group}]),
        .shortcut(shortcut[p*16+:16]),
        .range,
        .exponent,
        .den_mult(den_mult[p*17+:17]),
        .den_frac(den_frac[p*8+:8]),
        .result,
        .quotient
    );
    assign finished[p*48+:48] = result;
    assign results[p*48+:48] = attend ? 48'(quotient) : result;
  end

  // Divisors are lane 0's results.
  log2_divide #(
      .DEPTH(DIVISOR_DEPTH)
  ) divisors (
      .clk,
      .enable,
      .settings,
      .divisor(finished[47:0]),
      .den_mult(den_mult[16:0]),
      .den_frac(den_frac[7:0]),
      .write(write_divisor),
      .token,
      .exponent
  );
endmodule
