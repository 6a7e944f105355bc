#include "models/network_schema.h"

#include <algorithm>
#include <string_view>

namespace tridex::models {

namespace {

constexpr size_t kMostLettersOfName = 200;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

const std::vector<OpSchema>& op_schemas() {
  static const std::vector<OpSchema> schemas = {
      {Op::kConv, 1, 1, {"channels", "kernel", "stride", "groups", "padding", "bias", "role", "tensors"}},
      {Op::kBatchNorm, 1, 1, {"eps", "tensors"}},
      {Op::kHardswish, 1, 1, {}},
      {Op::kRelu, 1, 1, {}},
      {Op::kRelu6, 1, 1, {}},
      {Op::kAdd, 2, kMostInputs, {}},
      {Op::kGlobalAvgPool, 1, 1, {}},
      {Op::kLayerNorm, 1, 1, {"eps", "tensors"}},
      {Op::kHeadSlice, 1, 1, {"heads", "part"}},
      {Op::kMatMulTokens, 2, 2, {"heads"}},
      {Op::kTokenSum, 1, 1, {"heads"}},
      {Op::kMatMulHeads, 2, 2, {"heads"}},
      {Op::kDivide, 2, 2, {"heads", "eps"}},
      {Op::kConcat, 1, kMostInputs, {}},
      {Op::kResize, 1, 1, {"factor"}},
  };
  return schemas;
}

const std::vector<std::string>& common_keys() {
  static const std::vector<std::string> keys = {"name", "op", "inputs", "shape", "region", "block"};
  return keys;
}

std::vector<std::pair<std::string, Region>> region_words() {
  std::vector<std::pair<std::string, Region>> words;
  for (int i = 0; i <= static_cast<int>(Region::kHead); ++i) {
    words.emplace_back(region_name(static_cast<Region>(i)), static_cast<Region>(i));
  }
  return words;
}

std::vector<std::pair<std::string, Role>> role_words() {
  std::vector<std::pair<std::string, Role>> words;
  for (int i = 0; i <= static_cast<int>(Role::kHead); ++i) {
    words.emplace_back(role_name(static_cast<Role>(i)), static_cast<Role>(i));
  }
  return words;
}

std::string name_defect(const std::string& name, bool network) {
  if (name.empty()) {
    return "a name must not be empty";
  }
  if (name.size() > kMostLettersOfName) {
    return "a name has at most " + std::to_string(kMostLettersOfName) + " letters";
  }
  if (name == "null" || name == "Null" || name == "NULL") {
    return "YAML reads '" + name + "' as nothing";
  }
  const std::string_view others = network ? "_.-" : "_./-";
  const bool good = std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
  if (!good || !(is_letter_or_digit(name[0]) || name[0] == '_')) {
    return "a name has letters, digits and " + std::string(others) +
           ", and begins with a letter, a digit or _";
  }
  return "";
}

}  // namespace tridex::models
