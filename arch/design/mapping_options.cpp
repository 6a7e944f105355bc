#include "arch/design/mapping_options.h"

#include <iterator>
#include <nlohmann/json.hpp>

namespace tridex::arch {
namespace {

using LoopOrder = MappingOptions::LoopOrder;
using KeepIn = MappingOptions::KeepIn;

constexpr std::pair<const char*, LoopOrder> kLoopOrders[] = {
    {"best", LoopOrder::kBest}, {"weights", LoopOrder::kWeights}, {"inputs", LoopOrder::kInputs}};
constexpr std::pair<const char*, KeepIn> kKeepIns[] = {
    {"best", KeepIn::kBest}, {"room", KeepIn::kRoom}, {"ports", KeepIn::kPorts}};

}  // namespace

MappingOptions read_mapping_options(const Yaml& yaml) {
  using Search = MappingOptions::Search;
  using Objective = MappingOptions::Objective;
  MappingOptions options;
  options.search = yaml.choice<Search>(
      "search", options.search, {{"none", Search::kNone}, {"fast", Search::kFast}, {"full", Search::kFull}});
  options.objective = yaml.choice<Objective>(
      "objective", options.objective,
      {{"latency", Objective::kLatency}, {"traffic", Objective::kTraffic}, {"energy", Objective::kEnergy}});
  options.loop_order = yaml.choice<LoopOrder>("loop_order", options.loop_order,
                                              {std::begin(kLoopOrders), std::end(kLoopOrders)});
  options.keep_in =
      yaml.choice<KeepIn>("keep_in", options.keep_in, {std::begin(kKeepIns), std::end(kKeepIns)});
  options.keep_tensors = yaml.boolean("keep_tensors", options.keep_tensors);
  options.keep_weights = yaml.boolean("keep_weights", options.keep_weights);
  options.fuse_blocks = yaml.boolean("fuse_blocks", options.fuse_blocks);
  options.fuse_kept = yaml.boolean("fuse_kept", options.fuse_kept);
  options.overlap_frames = yaml.boolean("overlap_frames", options.overlap_frames);
  options.weights_ahead = yaml.real("weights_ahead", options.weights_ahead, 0, 1000);
  yaml.finish();
  return options;
}

nlohmann::json to_json(const MappingOptions& options) {
  nlohmann::json json{{"keep_tensors", options.keep_tensors},     {"keep_weights", options.keep_weights},
                      {"fuse_blocks", options.fuse_blocks},       {"fuse_kept", options.fuse_kept},
                      {"overlap_frames", options.overlap_frames}, {"weights_ahead", options.weights_ahead}};
  for (const auto& [name, order] : kLoopOrders) {
    if (order == options.loop_order) {
      json["loop_order"] = name;
    }
  }
  for (const auto& [name, keep_in] : kKeepIns) {
    if (keep_in == options.keep_in) {
      json["keep_in"] = name;
    }
  }
  return json;
}

}  // namespace tridex::arch
