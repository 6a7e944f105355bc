// Upper case names, an active-high reset, and pins that belong to no interface. Passes a stream on, inverted.
module upper #(
    parameter int BITS = 128
) (
    input logic CLOCK,
    input logic RST,
    input logic [69:0] TEST_MASK,
    output logic [39:0] BEATS,
    input logic [BITS-1:0] IN_TDATA,
    input logic [BITS/8-1:0] IN_TKEEP,
    input logic IN_TLAST,
    input logic IN_TVALID,
    output logic IN_TREADY,
    output logic [BITS-1:0] OUT_TDATA,
    output logic [BITS/8-1:0] OUT_TKEEP,
    output logic OUT_TLAST,
    output logic OUT_TVALID,
    input logic OUT_TREADY
);
  assign IN_TREADY = OUT_TREADY && !RST;
  assign OUT_TVALID = IN_TVALID && !RST;
  assign OUT_TDATA = ~IN_TDATA ^ BITS'(TEST_MASK);
  assign OUT_TKEEP = IN_TKEEP;
  assign OUT_TLAST = IN_TLAST;
  always_ff @(posedge CLOCK) BEATS <= RST ? 0 : BEATS + 40'(IN_TVALID && IN_TREADY);
endmodule
