#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/graph.h"

namespace tridex::models {

/// Dimensions that a tensor of a file may have at most.
inline constexpr size_t kMaxDims = 8;

/// A float tensor in C order.
struct Tensor {
  std::vector<int64_t> dims;
  std::vector<float> data;
};

/// Parameter name (Graph::parameters) -> values.
using Weights = std::map<std::string, Tensor>;

/// True of the integer that PyTorch keeps beside each batch norm (num_batches_tracked): readers pass over it.
bool is_batch_counter(const std::string& parameter);

/// Reads a safetensors file (F32, F16, BF16, F64 -> float). Every offset and size in the header is checked.
Weights read_safetensors(const std::filesystem::path& file);

/// The number of classes of a checkpoint (rows of the last layer), to build the graph with. `file` is for the
/// message. Error: no last layer of a built-in network.
int classes_of(const Weights& checkpoint, const std::string& file = "checkpoint");

/// The parameters of `graph` out of a checkpoint in MIT, timm or this project's names (spec: README "names").
/// Names and shapes must match one to one (num_batches_tracked is ignored), all values must be finite; one
/// Error lists everything that is missing, left over, of the wrong shape or not a number.
Weights match_weights(const Graph& graph, const Weights& checkpoint, const std::string& file);

/// Seeded random parameters (He-scaled weights, norms near 1), for runs that need bytes but no meaning. The
/// same on every platform.
Weights random_weights(const Graph& graph, uint64_t seed);

}  // namespace tridex::models
