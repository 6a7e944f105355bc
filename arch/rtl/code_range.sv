// Smallest and largest code of a format; `accumulator`: 32 bits, which are limited and nothing else. Codes have 16 bits at most.
module code_range (
    input  engine_types::format_t format,
    output logic accumulator,
    output logic signed [16:0] low,
    output logic signed [16:0] high
);
  assign accumulator = format.bits[5];
  always_comb begin
    low = format.is_signed ? -(17'sd1 <<< (format.bits[4:0] - 5'd1)) : 17'sd0;
    high = (17'sd1 <<< (format.is_signed ? format.bits[4:0] - 5'd1 : format.bits[4:0])) - 17'sd1;
  end
endmodule
