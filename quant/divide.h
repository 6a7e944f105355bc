#pragma once
#include <cstdint>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// The exponent that log2_code shifts by: the divisor D (an accumulator) rounded to 2^y at the geometric
/// mean.
int log2_code_exponent(const IntNode& node, int head, int64_t d);

/// The exponent of log2_paper: the divisor's code X rounded to 2^e at 1.5 times a power of two.
int log2_paper_exponent(int64_t x);

/// An entry of the table of 17-bit reciprocals of reciprocal: 2^17 / m for the middle m of the mantissas
/// [1 + index / 2^table_bits, 1 + (index + 1) / 2^table_bits).
int64_t reciprocal_entry(int table_bits, int64_t index);

/// What reciprocal multiplies by and shifts by: 1 / d is about factor * 2^-(17 + exponent), d >= 1.
struct Reciprocal {
  int64_t factor = 0;
  int exponent = 0;
};
Reciprocal reciprocal_of(int64_t d, int table_bits);

/// The real number that a division's dividend is divided by, as the operator sees it: what it makes of the
/// divisor's code, whose quantizer is `den`. Where no rule of the operator keeps it from 0, `eps` (of the
/// float operator) does.
double real_divisor(const IntNode& node, const Quantizer& den, double eps, int head, int64_t code);

}  // namespace tridex::quant
