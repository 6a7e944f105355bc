#pragma once
#include <string>
#include <vector>

#include "arch/platform/run.h"
#include "models/builder.h"
#include "quant/integer_executor.h"
#include "quant/quantize.h"

namespace tridex::test {

/// A network with its integer reference's codes of every node for one image.
struct Prepared {
  quant::IntegerGraph graph;
  quant::Codes input;
  std::vector<quant::Codes> reference;
};

inline Prepared prepare(quant::IntegerGraph graph, quant::Codes input) {
  Prepared prepared{std::move(graph), std::move(input), {}};
  prepared.reference.resize(prepared.graph.nodes.size());
  const quant::IntegerExecutor executor(prepared.graph);
  static_cast<void>(executor.run(prepared.input, [&](int id, const quant::Codes& codes) {
    prepared.reference[static_cast<size_t>(id)] = codes;
  }));
  return prepared;
}

/// Random weights and a random image, from the seed alone.
inline Prepared prepare_random(const models::Graph& graph, const quant::Recipe& recipe = {},
                               uint64_t seed = 7) {
  quant::IntegerGraph integer = quant::quantize_random(graph, recipe, seed);
  quant::Codes input{graph.node(graph.input).shape, {}};
  auto state = static_cast<uint32_t>(seed);
  for (int64_t i = 0; i < input.shape.elements(); ++i) {
    state = state * 1664525 + 1013904223;
    input.data.push_back(static_cast<int32_t>(state >> 24));
  }
  return prepare(std::move(integer), std::move(input));
}

inline Prepared prepare_random(const std::string& network, const quant::Recipe& recipe = {},
                               uint64_t seed = 7) {
  return prepare_random(models::build_network(network), recipe, seed);
}

inline arch::RunOptions functional(const Prepared& prepared) {
  arch::RunOptions options;
  options.fidelity = arch::Fidelity::kFunctional;
  options.frames = 1;
  options.input = &prepared.input;
  options.reference = &prepared.reference;
  options.check_program = true;
  return options;
}

}  // namespace tridex::test
