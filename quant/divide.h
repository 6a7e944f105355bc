#pragma once
#include <cstdint>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// The exponent that log2_code shifts by: the divisor D (an accumulator) rounded to 2^y at the geometric
/// mean.
int log2_code_exponent(const IntNode& node, int head, int64_t d);

/// The exponent of log2_paper: the divisor's code X rounded to 2^e at 1.5 times a power of two.
int log2_paper_exponent(int64_t x);

}  // namespace tridex::quant
