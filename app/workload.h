#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "quant/integer_executor.h"
#include "quant/integer_graph.h"

namespace tridex::app {

/// What a machine is given to run, as `run` and `cosim` take it from the command line.
struct Workload {
  std::string model, net, recipe = "default", data;
  int64_t image = -1;  ///< -1: not said
  uint64_t seed = 1;

  void add(CLI::App* command);
  /// `values`: with weights, seeded random ones for a model; else shapes do.
  [[nodiscard]] quant::IntegerGraph network(bool values) const;
  /// An image of --data, or else seeded random codes.
  [[nodiscard]] quant::Codes input(const quant::IntegerGraph& graph) const;
};

/// The integer reference's codes of every node.
std::vector<quant::Codes> reference_of(const quant::IntegerGraph& graph, const quant::Codes& input);

}  // namespace tridex::app
