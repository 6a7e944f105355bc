#include "quant/fold.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace tridex::quant {

using models::Graph;
using models::Node;
using models::Op;
using models::Weights;

namespace {

/// conv[id]: the convolution that batch norm `id` is folded into; -1 for every other node.
std::vector<int> folded_convs(const Graph& graph) {
  const auto consumers = graph.consumers();
  std::vector<int> conv(graph.nodes.size(), -1);
  for (const Node& n : graph.nodes) {
    if (n.op != Op::kBatchNorm) {
      continue;
    }
    const int from = n.inputs.at(0);
    if (graph.node(from).op != Op::kConv || consumers[static_cast<size_t>(from)].size() != 1 ||
        graph.output == from) {
      fail("{}: a batch norm can only be folded into a convolution that nothing else reads", n.name);
    }
    conv[static_cast<size_t>(n.id)] = from;
  }
  return conv;
}

const std::vector<float>& values(const Weights& weights, const std::string& name) {
  const auto found = weights.find(name);
  if (found == weights.end()) {
    fail("the weights have no '{}'", name);
  }
  return found->second.data;
}

}  // namespace

Graph fold_batch_norms(const Graph& graph) {
  const std::vector<int> conv = folded_convs(graph);
  std::vector<const Node*> norm_of(graph.nodes.size(), nullptr);
  for (const Node& n : graph.nodes) {
    if (conv[static_cast<size_t>(n.id)] >= 0) {
      norm_of[static_cast<size_t>(conv[static_cast<size_t>(n.id)])] = &n;
    }
  }
  Graph folded;
  folded.name = graph.name;
  std::vector<int> moved(graph.nodes.size(), -1);
  for (const Node& n : graph.nodes) {
    const auto id = static_cast<size_t>(n.id);
    if (conv[id] >= 0) {
      moved[id] = moved[static_cast<size_t>(conv[id])];
      continue;
    }
    Node copy = n;
    copy.id = static_cast<int>(folded.nodes.size());
    for (int& from : copy.inputs) {
      from = moved[static_cast<size_t>(from)];
    }
    if (norm_of[id] != nullptr) {
      copy.name = norm_of[id]->name;
      copy.conv.bias = true;
    }
    moved[id] = copy.id;
    folded.nodes.push_back(std::move(copy));
  }
  folded.input = moved[static_cast<size_t>(graph.input)];
  folded.output = moved[static_cast<size_t>(graph.output)];
  return folded;
}

Weights fold_batch_norms(const Graph& graph, const Weights& weights) {
  Weights folded;
  const std::vector<int> conv = folded_convs(graph);
  std::vector<bool> has_norm(graph.nodes.size(), false);
  for (const int id : conv) {
    if (id >= 0) {
      has_norm[static_cast<size_t>(id)] = true;
    }
  }
  for (const Node& n : graph.nodes) {
    if (n.op != Op::kBatchNorm) {
      for (const auto& parameter : graph.parameters(n.id)) {
        if (!has_norm[static_cast<size_t>(n.id)]) {
          values(weights, parameter.name);
          folded[parameter.name] = weights.at(parameter.name);
        }
      }
      continue;
    }
    const Node& c = graph.node(conv[static_cast<size_t>(n.id)]);
    const auto& gain = values(weights, n.name + ".weight");
    const auto& beta = values(weights, n.name + ".bias");
    const auto& mean = values(weights, n.name + ".running_mean");
    const auto& var = values(weights, n.name + ".running_var");
    values(weights, c.name + ".weight");
    models::Tensor weight = weights.at(c.name + ".weight");
    models::Tensor bias{{n.shape.c}, std::vector<float>(static_cast<size_t>(n.shape.c))};
    const size_t taps = weight.data.size() / static_cast<size_t>(n.shape.c);
    for (size_t o = 0; o < bias.data.size(); ++o) {
      const double factor = double{gain[o]} / std::sqrt(double{var[o]} + n.eps);
      for (size_t k = 0; k < taps; ++k) {
        weight.data[o * taps + k] = static_cast<float>(weight.data[o * taps + k] * factor);
      }
      const double b = c.conv.bias ? double{values(weights, c.name + ".bias")[o]} : 0.0;
      bias.data[o] = static_cast<float>(beta[o] + (b - mean[o]) * factor);
    }
    folded[n.name + ".weight"] = std::move(weight);
    folded[n.name + ".bias"] = std::move(bias);
  }
  return folded;
}

}  // namespace tridex::quant
