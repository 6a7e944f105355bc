// Sets of records in four banks that go round: one is read, and up to three are filled meanwhile and wait to be taken. (Four
// banks take no more memory than two: LUTs hold 32 words.) Says what is written where in the memories of copies and lanes.
module record_loader #(
    parameter int COPIES = 1,
    parameter int POST_LANES = 4,
    parameter int GROUPS = 3,  // of POST_LANES slots
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input logic clk,
    input logic rst_n,
    input logic [511:0] s_axis_records_tdata,
    input logic s_axis_records_tlast,
    input logic s_axis_records_tvalid,
    output logic s_axis_records_tready,
    output logic set_ready,
    output logic [1:0] read_bank,
    output logic [1:0] write_bank,
    input logic new_set,  // what is read now is of the next set
    input logic take_set,
    output engine_types::record_t record,
    output logic [COPIES-1:0] write_copy,
    output logic [POST_LANES-1:0] write_lane,
    output logic [GROUP_BITS-1:0] write_group
);
  localparam logic [7:0] EVERY = 8'd255;
  logic [7:0] copy, slot;
  assign copy = s_axis_records_tdata[7:0];
  assign slot = s_axis_records_tdata[15:8];
  always_comb begin
    record.bias = s_axis_records_tdata[8*2+:48];
    record.mult = s_axis_records_tdata[8*8+:17];
    record.pre = s_axis_records_tdata[8*11+:6];
    record.shift = s_axis_records_tdata[8*12+:6];
    record.zero = s_axis_records_tdata[8*13+:24];
    record.six = s_axis_records_tdata[8*16+:48];
    record.three = s_axis_records_tdata[8*22+:17];
    record.act_shift = s_axis_records_tdata[8*25+:8];
    record.res_mult = s_axis_records_tdata[8*26+:17];
    record.res_shift = s_axis_records_tdata[8*29+:8];
    record.res_zero = s_axis_records_tdata[8*30+:24];
    record.quotient_mult = s_axis_records_tdata[8*33+:17];
    record.quotient_shift = s_axis_records_tdata[8*36+:8];
    record.quotient_zero = s_axis_records_tdata[8*37+:24];
    record.den_mult = s_axis_records_tdata[8*40+:17];
    record.den_frac = s_axis_records_tdata[8*43+:8];
  end

  // A record for every slot is written a group a clock.
  logic every, room, write, last_group, complete;
  logic [1:0] bank, filled;
  logic [GROUP_BITS-1:0] group;
  assign every = slot == EVERY;
  assign write = s_axis_records_tvalid && room;
  assign last_group = !every || group == GROUP_BITS'(GROUPS - 1);
  assign s_axis_records_tready = room && last_group;
  assign complete = write && last_group && s_axis_records_tlast;
  assign room = filled != 2'd3;
  assign set_ready = filled != 2'd0;
  assign read_bank = bank + 2'(new_set);
  assign write_bank = bank + filled + 2'd1;
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      filled <= '0;
      bank   <= '0;
      group  <= '0;
    end else begin
      if (write) group <= last_group ? '0 : group + 1'b1;
      if (take_set) bank <= bank + 2'd1;
      filled <= filled + 2'(complete) - 2'(take_set);
    end
  end
  always_comb begin
    for (int c = 0; c < COPIES; c = c + 1) write_copy[c] = write && (copy == EVERY || copy == 8'(c));
    write_lane = '0;
    write_group = group;
    for (int g = 0; g < GROUPS; g = g + 1) begin
      for (int p = 0; p < POST_LANES; p = p + 1) begin
        if (!every && slot == 8'(g * POST_LANES + p)) begin
          write_lane[p] = 1'b1;
          write_group = GROUP_BITS'(g);
        end
      end
    end
    if (every) write_lane = '1;
  end
endmodule
