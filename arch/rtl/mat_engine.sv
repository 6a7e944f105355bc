// MAT as a top: README.md.
module mat_engine #(
    `include "engine_parameters.svh"
    parameter int POST_LANES = 4
) (
    `include "engine_ports.svh"
);
  engine #(
      .LANES(LANES),
      .INPUTS(INPUTS),
      .COPIES(COPIES),
      .POST_LANES(POST_LANES),
      .PACK(PACK),
      .OPERAND_BITS(OPERAND_BITS),
      .DIVISOR_DEPTH(DIVISOR_DEPTH),
      .DEPTHWISE(0)
  ) engine (
      .*
  );
endmodule
