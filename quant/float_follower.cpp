#include "quant/float_follower.h"

#include <algorithm>
#include <map>

#include "base/parallel.h"

namespace tridex::quant {

FloatFollower::FloatFollower(const Lowered& lowered, models::Weights weights,
                             const std::vector<models::Activation>& images, unsigned threads)
    : lowered_(lowered),
      weights_(std::move(weights)),
      threads_(threads),
      images_(images.size()),
      values_(lowered.folded.nodes.size()),
      last_reader_(lowered.folded.nodes.size(), -1) {
  for (const IntNode& node : lowered.graph.nodes) {
    for (const int from : node.inputs) {
      int& last = last_reader_[static_cast<size_t>(unit(from).value)];
      last = std::max(last, node.id);
    }
  }
  values_[static_cast<size_t>(unit(lowered.graph.input).value)] = images;
}

/// The value of a float node: kept, or computed from what is kept (head slices and ReLUs that are views, the
/// inside of a unit).
models::Activation FloatFollower::compute(int node, size_t image) const {
  const Tensors& kept = values_[static_cast<size_t>(node)];
  if (!kept.empty()) {
    return kept[image];
  }
  std::vector<models::Activation> made;
  std::vector<const models::Activation*> inputs;
  const auto& from = lowered_.folded.node(node).inputs;
  made.reserve(from.size());
  for (const int id : from) {
    const Tensors& there = values_[static_cast<size_t>(id)];
    if (there.empty()) {
      made.push_back(compute(id, image));
      inputs.push_back(&made.back());
    } else {
      inputs.push_back(&there[image]);
    }
  }
  return models::run_node(lowered_.folded, weights_, node, inputs);
}

std::vector<int> FloatFollower::way(int from, int end) const {
  const int first = unit(from).value;
  const int last = unit(end).value;
  std::vector<char> needed(lowered_.folded.nodes.size(), 0);
  needed[static_cast<size_t>(last)] = 1;
  bool reached = false;
  for (int id = last; id > 0; --id) {
    if (needed[static_cast<size_t>(id)] == 0 || id == first ||
        (id != last && !values_[static_cast<size_t>(id)].empty() && id < first)) {
      continue;
    }
    for (const int input : lowered_.folded.node(id).inputs) {
      reached = reached || input == first;
      needed[static_cast<size_t>(input)] = 1;
    }
  }
  std::vector<int> result;
  for (int id = 0; id <= last && reached; ++id) {
    if (needed[static_cast<size_t>(id)] != 0 && id != first && values_[static_cast<size_t>(id)].empty()) {
      result.push_back(id);
    }
  }
  return result;
}

models::Activation FloatFollower::run(const std::vector<int>& way, int from, int end,
                                      const models::Activation& replaced, size_t image) const {
  std::map<int, models::Activation> made;
  std::vector<const models::Activation*> inputs;
  for (const int id : way) {
    inputs.clear();
    for (const int input : lowered_.folded.node(id).inputs) {
      const auto found = made.find(input);
      inputs.push_back(input == unit(from).value ? &replaced
                       : found != made.end()     ? &found->second
                                                 : &values_[static_cast<size_t>(input)][image]);
    }
    made[id] = models::run_node(lowered_.folded, weights_, id, inputs);
  }
  return std::move(made.at(unit(end).value));
}

void FloatFollower::advance(int id) {
  Tensors& to = values_[static_cast<size_t>(unit(id).value)];
  if (!to.empty()) {
    return;  // the input, or a tensor that two IntNodes hold
  }
  Tensors results(images_);
  parallel_for(results.size(), threads_,
               [&](size_t image) { results[image] = compute(unit(id).value, image); });
  to = std::move(results);
}

void FloatFollower::release(int id) {
  for (size_t node = 0; node < values_.size(); ++node) {
    if (last_reader_[node] <= id) {
      values_[node] = {};
    }
  }
}

const models::Activation& FloatFollower::tensor(int id, size_t image) const {
  return values_[static_cast<size_t>(unit(id).value)][image];
}

models::Activation FloatFollower::linear(int id, size_t image) const {
  return compute(unit(id).linear, image);
}

}  // namespace tridex::quant
