#pragma once
#include <string>
#include <utility>
#include <vector>

#include "models/graph.h"

namespace tridex::models {

/// What the reader and the writer of network files agree on.

constexpr int kNetworkVersion = 1;
constexpr int kMostInputs = 256;  ///< of a node

/// The keys of an operator's mapping beside those that every node has (common_keys).
struct OpSchema {
  Op op = Op::kInput;
  size_t fewest_inputs = 1, most_inputs = 1;
  std::vector<std::string> keys;
};

/// All operators that a file may name: every one but the input, which has a key of its own.
const std::vector<OpSchema>& op_schemas();
/// name, op, inputs, shape, region, block.
const std::vector<std::string>& common_keys();

std::vector<std::pair<std::string, Region>> region_words();
std::vector<std::pair<std::string, Role>> role_words();

/// Names go into file names, tables and stores. What is wrong with one, or "": letters, digits and _ . / - (a
/// network's name has no /), the first a letter or digit or _, at most 200, and not "null", which YAML reads
/// as nothing.
std::string name_defect(const std::string& name, bool network = false);

}  // namespace tridex::models
