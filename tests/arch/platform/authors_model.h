#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/graph.h"

namespace tridex::test {

/// What the cycle model of Trio-ViT's authors gets wrong or leaves out, a switch each: off as published
/// ([HIST] latency_v2.py as told by spec trio-vit 3.2), on as the network and the paper's machine have it.
/// C channels of a block, d channels of a head, N tokens.
struct Corrections {
  bool grouped_pointwise_width = false;  ///< the aggregation's grouped 1x1 has 3C outputs, not C
  bool projection_shape = false;         ///< 2C -> C, not C -> 2C
  /// V's column of ones goes through the multipliers as column d + 1 of K^T V. The paper's machine has adders
  /// beside R-MAC for these sums instead: row_sums. One of the two at most.
  bool ones_column = false;
  bool row_sums = false;   ///< sums of K over tokens, by those adders: multiply-accumulates without cycles
  bool divisors = false;   ///< Q . Ksum, ceil(d / 8) cycles a token and head
  bool residuals = false;  ///< additions at the engines' outputs: no multiply-accumulates, no cycles
  bool head = false;       ///< the classifier's convolution and linear layers
  /// No slip, a choice: the eight pixels of R-MAC's lanes are consecutive ones of the map. In the authors'
  /// model they are of one row, so that a row of 14 takes 16.
  bool pixels_across_rows = false;

  /// The paper's machine and the whole network.
  static Corrections machine() {
    return {.grouped_pointwise_width = true,
            .projection_shape = true,
            .ones_column = false,
            .row_sums = true,
            .divisors = true,
            .residuals = true,
            .head = true,
            .pixels_across_rows = false};
  }
};

/// What is scheduled as a whole: a convolution, a depthwise one with the 1x1 behind it, the products of an
/// attention branch.
struct AuthorsLayer {
  int node = 0;  ///< of the graph: the convolution, the 1x1 of a pair, the division of a branch
  std::string kind;
  int64_t cycles = 0;     ///< of one copy (L = 1): MAT 8 x 8 beside R-MAC 8 x 8
  int64_t macs = 0;       ///< multiply-accumulates that it counts
  int64_t additions = 0;  ///< of residuals, where they are counted
};

/// Layers of an EfficientViT of the B series in the graph's order, at any resolution. Ideal memory, no
/// latency. Errors (std::invalid_argument): a node that the model has no form for; ones_column and row_sums.
std::vector<AuthorsLayer> authors_model(const models::Graph& graph, const Corrections& corrections);

int64_t total_cycles(const std::vector<AuthorsLayer>& layers);
int64_t total_macs(const std::vector<AuthorsLayer>& layers);

}  // namespace tridex::test
