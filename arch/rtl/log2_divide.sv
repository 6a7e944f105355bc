// The divisor of a token as a shift (NUMERICS.md 3, Divide: log2_code, log2_paper), and the buffer that keeps it for
// the token's dividends. Three clocks from the requantized divisor to the buffer, in step with the dividends' way to
// their shift.
module log2_divide #(
    parameter int DEPTH = 64
) (
    input logic clk,
    input logic enable,
    input engine_types::settings_t settings,
    input logic signed [47:0] divisor,  // requantized: 32 bits
    input logic [16:0] den_mult,
    input logic signed [7:0] den_frac,  // of the divisor whose code is written now
    input logic write,
    input logic [$clog2(DEPTH)-1:0] token,  // that is written or read now
    output logic signed [8:0] exponent
);
  // 32 x 17 bits are two multiplications.
  logic [31:0] upper_product;
  logic [32:0] lower_product;
  logic [30:0] value, value_late;
  logic positive, positive_late;
  logic [47:0] scaled;
  always_ff @(posedge clk) begin
    if (enable) begin
      upper_product <= 32'(divisor[30:16]) * 32'(den_mult);
      lower_product <= 33'(divisor[15:0]) * 33'(den_mult);
      value <= divisor[30:0];
      positive <= !divisor[47];
      scaled <= {upper_product, 16'b0} + 48'(lower_product);
      value_late <= value;
      positive_late <= positive;
    end
  end

  // The leading one and the 17 bits from it on: moved to the top by 32, 16, ... places where there are as many zeros.
  logic [47:0] searched, aligned;
  logic [5:0] leading;
  assign searched = settings.log2_paper ? 48'(value_late) : scaled;
  always_comb begin
    aligned = searched;
    leading = 6'd47;
    for (int k = 5; k >= 0; k = k - 1) begin
      if (aligned >> (48 - (1 << k)) == '0) begin
        aligned = aligned << (1 << k);
        leading = leading - 6'(1 << k);
      end
    end
  end

  localparam logic [16:0] ROOT_TWO = 17'd92681;  // floor(sqrt(2) * 2^16)
  logic signed [9:0] code, limited;
  always_comb begin
    code = 10'(leading) - 10'(den_frac) + 10'(aligned[47:31] > ROOT_TWO);
    if (code < 10'(settings.y_min) || !positive_late || searched == '0) limited = 10'(settings.y_min);
    else if (code > 10'(settings.y_max)) limited = 10'(settings.y_max);
    else limited = code;
    if (settings.log2_paper) begin
      limited = positive_late && searched > 48'd1 ? 10'(leading) + 10'(aligned[46]) : '0;
    end
  end

  logic [8:0] exponents[DEPTH];
  always_ff @(posedge clk) if (enable && write) exponents[token] <= limited[8:0];
  assign exponent = $signed(exponents[token]);
endmodule
