#pragma once
#include <string>
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// What a machine must be able to do to run a network, from the graph alone. A name is that of the first node
/// with the largest need.
struct Requirements {
  struct Width {
    int bits = 0;
    std::string node;  ///< empty: there is none
  };
  Width weights;                     ///< of convolutions, as the signed numbers that are multiplied
  Width operands;                    ///< tensors that engines multiply
  Width tensors;                     ///< codes in memory (accumulators that a division reads are not stored)
  Width residual;                    ///< the residual stream
  bool per_channel_requant = false;  ///< more than one multiplier a tensor
  bool requant_multiplier = false;   ///< an engine cannot requantize by shifts alone (NUMERICS.md 2)
  std::vector<Divisor> divisors;
  int table_bits = 0;  ///< of the reciprocals
  int casts = 0;       ///< copies of a wide tensor for the engines
  int summands = 0;    ///< of the longest addition
  bool pooling = false, resizing = false, layer_norm = false;
};

Requirements requirements_of(const IntegerGraph& graph);

/// One line a need, in words.
std::vector<std::string> in_words(const Requirements& needs);

const char* divisor_name(Divisor divisor);

/// Whether more than one multiplier or shift requantizes the tensor. Without weights: what the operator has.
bool requantizes_per_channel(const IntegerGraph& graph, const IntNode& node);
/// Whether an engine that requantizes this node (a convolution or a matrix product) needs a multiplier for
/// it.
bool needs_requant_multiplier(const IntegerGraph& graph, const IntNode& node);

}  // namespace tridex::quant
