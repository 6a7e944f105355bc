#pragma once
#include <map>

#include "quant/integer_executor.h"

namespace tridex::test {

/// NUMERICS.md word for word, one element at a time, in 64-bit integers: slow, and sharing no code with the
/// executor.
std::map<int, quant::Codes> run_literally(const quant::IntegerGraph& graph, const quant::Codes& input);

int64_t literal_rsh(int64_t x, int k);
int64_t literal_rdiv(int64_t a, int64_t b);

}  // namespace tridex::test
