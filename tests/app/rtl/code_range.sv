// In the place of arch/rtl/code_range.sv, with a planted fault: the largest code is one too small. Results that are limited
// there are wrong by one, all others right.
module code_range (
    input  logic [8:0] format,
    output engine_types::range_t range
);
  logic [4:0] magnitude;
  logic signed [16:0] power;
  assign magnitude = format[4:0] - 5'(format[8]);
  assign power = 17'sd1 <<< magnitude;
  always_comb begin
    range.accumulator = format[5];
    range.low = format[8] ? -power : 17'sd0;
    range.high = power - 17'sd2;
  end
endmodule
