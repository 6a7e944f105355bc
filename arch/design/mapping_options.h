#pragma once
#include <nlohmann/json_fwd.hpp>

#include "base/yaml.h"

namespace tridex::arch {

/// How programs are made for a design (`mapping:` of its YAML).
struct MappingOptions {
  /// none: one program, by rules. fast: the best of a few by an estimate. full: of many, those of machines
  /// with half of a resource among them.
  enum class Search { kNone, kFast, kFull } search = Search::kFast;
  /// What the best one has least of. Latency: the time until the last frame is done.
  enum class Objective { kLatency, kTraffic, kEnergy } objective = Objective::kLatency;
  /// Of a convolution whose weights need several blocks and whose input is streamed: what is the outer loop
  /// (arch/mapping/conv_loops.h). best: what reads least, compared by the objective with the weights
  /// outside (arch/mapping/search.h).
  enum class LoopOrder { kBest, kWeights, kInputs } loop_order = LoopOrder::kBest;
  /// Which of the two buffers of activations a tensor stays in, where it finds room in both. room: the one
  /// that has more left for tiles. ports: the one whose ports are taken less by what stays. best: what the
  /// objective likes better.
  enum class KeepIn { kBest, kRoom, kPorts } keep_in = KeepIn::kBest;
  bool keep_tensors = true;    ///< tensors may stay on the chip from layer to layer
  bool keep_weights = true;    ///< weights that all fit their buffer are read once, not in every frame
  bool fuse_blocks = true;     ///< what does not stay is made and read in windows of rows where it fits
  bool fuse_kept = false;      ///< and so are blocks whose tensors could stay, which overlaps their layers
  bool overlap_frames = true;  ///< last layers that wait for weights may run beside the next frame
  /// Weights are fetched ahead of the engines by at most so much of the time that filling their buffer takes.
  double weights_ahead = 1;
};

/// Errors: file:line: key.
MappingOptions read_mapping_options(const Yaml& yaml);
/// What a search may choose, by the keys of the YAML.
nlohmann::json to_json(const MappingOptions& options);

}  // namespace tridex::arch
