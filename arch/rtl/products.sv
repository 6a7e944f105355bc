// The multipliers of one copy: product (lane, input) = narrow(input) * wide(lane, input). Lanes 2k and 2k + 1 share a
// DSP.
module products #(
    parameter int LANES = 8,
    parameter int INPUTS = 8,
    parameter int PACK = 1,
    parameter int BITS = 9
) (
    input logic clk,
    input logic enable,
    input logic [INPUTS*BITS-1:0] narrow,
    input logic [LANES*INPUTS*BITS-1:0] wide,
    output logic [LANES*INPUTS*2*BITS-1:0] product
);
  for (genvar l = 0; l < LANES; l = l + 2) begin : g_lane
    for (genvar i = 0; i < INPUTS; i = i + 1) begin : g_input
      mul_pair #(
          .PACK(PACK),
          .BITS(BITS)
      ) pair (
          .clk,
          .enable,
          .shared(narrow[i*BITS+:BITS]),
          .low(wide[(l*INPUTS+i)*BITS+:BITS]),
          .high(wide[((l+1)*INPUTS+i)*BITS+:BITS]),
          .low_product(product[(l*INPUTS+i)*2*BITS+:2*BITS]),
          .high_product(product[((l+1)*INPUTS+i)*2*BITS+:2*BITS])
      );
    end
  end
endmodule
