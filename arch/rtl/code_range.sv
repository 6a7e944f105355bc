// Smallest and largest code of TileRef::format: bits, and 256 for a sign.
module code_range (
    input  logic [8:0] format,
    output engine_types::range_t range
);
  // Codes without a sign have a bit more above 0.
  logic [4:0] magnitude;
  logic signed [16:0] power;
  assign magnitude = format[4:0] - 5'(format[8]);
  assign power = 17'sd1 <<< magnitude;
  always_comb begin
    range.accumulator = format[5];
    range.low = format[8] ? -power : 17'sd0;
    range.high = power - 17'sd1;
  end
endmodule
