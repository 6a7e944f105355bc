// Parameters of the engines and of their tops that have the same defaults in all: README.md. One more follows.
parameter int LANES = 8,
parameter int INPUTS = 8,
parameter int COPIES = 1,
parameter int PACK = 1,
parameter int OPERAND_BITS = 9,
parameter int DIVISOR_DEPTH = 64,
