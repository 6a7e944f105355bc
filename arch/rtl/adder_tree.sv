// Sum of TERMS signed terms of BITS bits each, with a register behind every eight terms (adder_tree_stages of them).
module adder_tree #(
    parameter int TERMS = 8,
    parameter int BITS = 18,
    localparam int SUM_BITS = BITS + $clog2(TERMS)
) (
    input logic clk,
    input logic enable,
    input logic [TERMS*BITS-1:0] terms,
    output logic signed [SUM_BITS-1:0] sum
);
  localparam int RADIX = 8;
  localparam int PARTS = (TERMS + RADIX - 1) / RADIX;
  localparam int PART_BITS = BITS + $clog2(TERMS < RADIX ? TERMS : RADIX);
  logic [PARTS*PART_BITS-1:0] parts;
  for (genvar p = 0; p < PARTS; p = p + 1) begin : g_part
    logic signed [PART_BITS-1:0] part;
    always_comb begin
      part = '0;
      for (int i = p * RADIX; i < TERMS && i < (p + 1) * RADIX; i = i + 1) begin
        part = part + PART_BITS'($signed(terms[i*BITS+:BITS]));
      end
    end
    always_ff @(posedge clk) if (enable) parts[p*PART_BITS+:PART_BITS] <= part;
  end
  if (PARTS == 1) begin : g_sum
    assign sum = SUM_BITS'($signed(parts));
  end else begin : g_next
    logic signed [PART_BITS+$clog2(PARTS)-1:0] next_sum;
    adder_tree #(
        .TERMS(PARTS),
        .BITS (PART_BITS)
    ) next (
        .clk,
        .enable,
        .terms(parts),
        .sum(next_sum)
    );
    assign sum = SUM_BITS'(next_sum);
  end
endmodule
