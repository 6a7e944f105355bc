#include "quant/network_json.h"

#include <limits>
#include <string_view>

#include "base/error.h"

namespace tridex::quant {

using nlohmann::json;

namespace {

template <typename T>
struct Word {
  T value;
  const char* name;
};

constexpr Word<Activation> kActivations[] = {{Activation::kNone, "none"},
                                             {Activation::kRelu, "relu"},
                                             {Activation::kRelu6, "relu6"},
                                             {Activation::kHardswish, "hardswish"}};
constexpr Word<Divisor> kDivisors[] = {{Divisor::kLog2Code, "log2_code"},
                                       {Divisor::kLog2Paper, "log2_paper"},
                                       {Divisor::kUniform, "uniform"},
                                       {Divisor::kExact, "exact"},
                                       {Divisor::kReciprocal, "reciprocal"}};

template <typename T, size_t kCount>
const char* name_of(const Word<T> (&words)[kCount], T value) {
  for (const auto& word : words) {
    if (word.value == value) {
      return word.name;
    }
  }
  return "";
}

/// One map of the file, with its place in every error.
class Reader {
 public:
  Reader(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object()) {
      fail("{}: expected a map", where_);
    }
  }
  [[nodiscard]] const json& at(const char* key) const {
    const auto found = value_.find(key);
    if (found == value_.end()) {
      fail("{}: '{}' is missing", where_, key);
    }
    return *found;
  }
  [[nodiscard]] bool has(const char* key) const { return value_.contains(key); }
  [[nodiscard]] Reader map(const char* key) const { return {at(key), where_ + "." + key}; }
  [[nodiscard]] std::string text(const char* key) const {
    if (!at(key).is_string()) {
      fail("{}: '{}' must be a text", where_, key);
    }
    return at(key).get<std::string>();
  }
  [[nodiscard]] bool boolean(const char* key) const {
    if (!at(key).is_boolean()) {
      fail("{}: '{}' must be true or false", where_, key);
    }
    return at(key).get<bool>();
  }
  [[nodiscard]] int64_t integer(const json& number, const char* key) const {
    if (!number.is_number_integer() ||
        (number.is_number_unsigned() &&
         number.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})) {
      fail("{}: '{}' must be an integer", where_, key);
    }
    return number.get<int64_t>();
  }
  [[nodiscard]] int64_t integer(const char* key) const { return integer(at(key), key); }
  [[nodiscard]] int small(const char* key) const { return narrow(integer(key), key); }
  [[nodiscard]] std::vector<int> smalls(const char* key) const {
    if (!at(key).is_array()) {
      fail("{}: '{}' must be a list", where_, key);
    }
    std::vector<int> result;
    for (const json& item : at(key)) {
      result.push_back(narrow(integer(item, key), key));
    }
    return result;
  }
  [[nodiscard]] std::vector<double> reals(const char* key) const {
    if (!at(key).is_array()) {
      fail("{}: '{}' must be a list", where_, key);
    }
    std::vector<double> result;
    for (const json& item : at(key)) {
      if (!item.is_number()) {
        fail("{}: '{}' must be a list of numbers", where_, key);
      }
      result.push_back(item.get<double>());
    }
    return result;
  }
  template <typename T, size_t kCount>
  [[nodiscard]] T word(const char* key, const Word<T> (&words)[kCount]) const {
    const std::string name = text(key);
    for (const auto& word : words) {
      if (name == word.name) {
        return word.value;
      }
    }
    fail("{}: '{}' is '{}', which is not known", where_, key, name);
  }
  /// An enumerator by what `name_of` calls it.
  template <typename T, typename Name>
  [[nodiscard]] T enumerator(const char* key, T last, const Name& name_of) const {
    const std::string name = text(key);
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (name == name_of(static_cast<T>(i))) {
        return static_cast<T>(i);
      }
    }
    fail("{}: '{}' is '{}', which is not known", where_, key, name);
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  [[nodiscard]] int narrow(int64_t value, const char* key) const {
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
      fail("{}: '{}' has {}, which is too large", where_, key, value);
    }
    return static_cast<int>(value);
  }
  const json& value_;
  std::string where_;
};

json to_json(const IntNode& n) {
  json operands = json::array();
  for (const Operand& o : n.operands) {
    operands.push_back({{"part", o.part}, {"relu", o.relu}});
  }
  const ConvAttributes& c = n.conv;
  return {{"name", n.name},
          {"op", int_op_name(n.op)},
          {"inputs", n.inputs},
          {"shape", {n.shape.c, n.shape.h, n.shape.w}},
          {"bits", n.out.bits},
          {"signed", n.out.is_signed},
          {"activation", name_of(kActivations, n.activation)},
          {"region", region_name(n.region)},
          {"block", n.block},
          {"role", role_name(n.role)},
          {"macs", n.macs},
          {"conv",
           {{"kernel", {c.kernel_h, c.kernel_w}},
            {"stride", c.stride},
            {"groups", c.groups},
            {"pad", {c.pad_top, c.pad_left, c.pad_bottom, c.pad_right}},
            {"bias", c.bias}}},
          {"weight_bits", n.weight_bits},
          {"has_shortcut", n.has_shortcut},
          {"heads", n.heads},
          {"operands", operands},
          {"divisor", name_of(kDivisors, n.divisor)},
          {"y_min", n.y_min},
          {"y_max", n.y_max},
          {"min_code", n.min_code},
          {"table_bits", n.table_bits},
          {"epsilon", n.epsilon},
          {"factor", n.factor}};
}

std::vector<int> fixed(const Reader& from, const char* key, size_t count) {
  std::vector<int> values = from.smalls(key);
  if (values.size() != count) {
    fail("{}: '{}' must have {} numbers", from.where(), key, count);
  }
  return values;
}

IntNode node_from_json(const json& value, int id) {
  const Reader from(value, fmt::format("node {}", id));
  IntNode n;
  n.id = id;
  n.name = from.text("name");
  n.op = from.enumerator("op", IntOp::kResize, int_op_name);
  n.inputs = from.smalls("inputs");
  const auto shape = fixed(from, "shape", 3);
  n.shape = {shape[0], shape[1], shape[2]};
  n.out.bits = from.small("bits");
  n.out.is_signed = from.boolean("signed");
  n.activation = from.word("activation", kActivations);
  n.region = from.enumerator("region", Region::kHead, models::region_name);
  n.block = from.text("block");
  n.role = from.enumerator("role", Role::kHead, models::role_name);
  n.macs = from.integer("macs");
  const Reader conv = from.map("conv");
  const auto kernel = fixed(conv, "kernel", 2);
  const auto pad = fixed(conv, "pad", 4);
  n.conv = {kernel[0], kernel[1], conv.small("stride"), conv.small("groups"), pad[0], pad[1],
            pad[2],    pad[3],    conv.boolean("bias")};
  n.weight_bits = from.small("weight_bits");
  n.has_shortcut = from.boolean("has_shortcut");
  n.heads = from.small("heads");
  if (!from.at("operands").is_array()) {
    fail("{}: 'operands' must be a list", from.where());
  }
  for (const json& operand : from.at("operands")) {
    const Reader view(operand, from.where() + ".operands");
    n.operands.push_back({view.small("part"), view.boolean("relu")});
  }
  n.divisor = from.word("divisor", kDivisors);
  n.y_min = from.small("y_min");
  n.y_max = from.small("y_max");
  n.min_code = from.small("min_code");
  n.table_bits = from.has("table_bits") ? from.small("table_bits") : n.table_bits;  // files before it
  n.epsilon = from.integer("epsilon");
  n.factor = from.small("factor");
  return n;
}

}  // namespace

json network_to_json(const IntegerGraph& graph) {
  json nodes = json::array();
  for (const IntNode& n : graph.nodes) {
    nodes.push_back(to_json(n));
  }
  return {{"model", graph.model},
          {"recipe", graph.recipe},
          {"recipe_text", graph.recipe_text},
          {"input", graph.input},
          {"output", graph.output},
          {"input_mean", graph.input_mean},
          {"input_std", graph.input_std},
          {"nodes", nodes},
          {"has_weights", graph.has_weights},
          {"power_of_two_scales", graph.power_of_two_scales}};
}

IntegerGraph network_from_json(const json& value) {
  const Reader from(value, "network");
  IntegerGraph graph;
  graph.model = from.text("model");
  graph.recipe = from.text("recipe");
  graph.recipe_text = from.text("recipe_text");
  graph.input = from.small("input");
  graph.output = from.small("output");
  graph.input_mean = from.reals("input_mean");
  graph.input_std = from.reals("input_std");
  graph.has_weights = from.boolean("has_weights");
  graph.power_of_two_scales = from.has("power_of_two_scales") && from.boolean("power_of_two_scales");
  if (!from.at("nodes").is_array()) {
    fail("network: 'nodes' must be a list");
  }
  for (const json& node : from.at("nodes")) {
    graph.nodes.push_back(node_from_json(node, static_cast<int>(graph.nodes.size())));
  }
  return graph;
}

}  // namespace tridex::quant
