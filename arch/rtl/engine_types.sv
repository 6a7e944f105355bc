// What a command and a record of constants are inside an engine.
package engine_types;
  // Opcode, quant::Activation and quant::Divisor as they stand in a command's words.
  localparam logic [1:0] OP_CONV = 2'd0;
  localparam logic [1:0] OP_CONTEXT = 2'd1;
  localparam logic [1:0] OP_ATTEND = 2'd2;
  localparam logic [1:0] ACT_RELU = 2'd1;
  localparam logic [1:0] ACT_RELU6 = 2'd2;
  localparam logic [1:0] ACT_HARDSWISH = 2'd3;
  localparam logic [2:0] DIVISOR_LOG2_PAPER = 3'd1;

  // Codes of a tensor, 16 bits at most; `accumulator`: 32 bits, which are limited and nothing else.
  typedef struct packed {
    logic accumulator;
    logic signed [16:0] low;
    logic signed [16:0] high;
  } range_t;

  typedef struct packed {
    logic [1:0] op;
    logic depthwise;
    logic [1:0] activation;
    logic has_shortcut;
    logic shortcut_signed;
    logic log2_paper;
    logic signed [8:0] y_min;
    logic signed [8:0] y_max;
    logic raw;  // a context's sums as they are
    range_t results;
    range_t others;  // of the row sum (context) or the divisor (attend)
    range_t quotient;
  } settings_t;

  // Constants of one result lane, arch/rtl/README.md. RECORD_BITS is their sum, as $bits of a type is beyond Yosys 0.23; lint
  // says where it is not.
  localparam int RECORD_BITS = 297;
  typedef struct packed {
    logic signed [47:0] bias;
    logic [16:0] mult;
    logic [5:0] pre;
    logic [5:0] shift;
    logic signed [23:0] zero;
    logic [47:0] six;
    logic [16:0] three;
    logic signed [7:0] act_shift;
    logic [16:0] res_mult;
    logic signed [7:0] res_shift;
    logic signed [23:0] res_zero;
    logic [16:0] quotient_mult;
    logic signed [7:0] quotient_shift;
    logic signed [23:0] quotient_zero;
    logic [16:0] den_mult;
    logic signed [7:0] den_frac;
  } record_t;

  // Cycles from a beat of operands that is taken to the result that it completes: registers of operands, products, each
  // level of the adder tree, the packet's sums, then of the post-processing.
  localparam int FINISH_STAGES = 8;
  localparam int DIVIDE_STAGES = 3;  // more for a quotient
endpackage
