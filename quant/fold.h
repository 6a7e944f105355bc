#pragma once
#include "models/graph.h"
#include "models/weights.h"

namespace tridex::quant {

/// The network without its batch norms: each is folded into the convolution before it, which takes the norm's
/// name (the name of the value that it now makes) and a bias. A norm that does not follow a convolution of
/// its own is an Error.
models::Graph fold_batch_norms(const models::Graph& graph);

/// The parameters of fold_batch_norms(graph):
/// w' = w g / sqrt(var + eps),  b' = beta + (b - mean) g / sqrt(var + eps)   per output channel.
models::Weights fold_batch_norms(const models::Graph& graph, const models::Weights& weights);

}  // namespace tridex::quant
