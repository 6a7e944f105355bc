#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tridex::explore {

/// One of two results that are compared.
struct DiffSide {
  std::string name;                           ///< as the user called it
  std::optional<std::string> design;          ///< its YAML, where it is known
  std::map<std::string, std::string> others;  ///< what else it depends on: "recipe" -> "w4a8"
  nlohmann::json result;                      ///< RunResult as JSON, with its layers
};

/// A key that the two do not have alike; nothing where a side leaves it out.
struct KeyDifference {
  std::string key;
  std::optional<std::string> a, b;
};

struct CyclePair {
  int64_t a = 0, b = 0;
  [[nodiscard]] int64_t difference() const { return b - a; }
};

/// Cycles of both sides and what they went to. On each side the causes add up to the cycles exactly.
struct CycleItem {
  std::string name;
  CyclePair cycles;
  std::map<std::string, CyclePair> causes;
};

struct Diff {
  std::vector<KeyDifference> keys;    ///< of the designs (dotted), then what else differs, in parentheses
  std::vector<std::string> warnings;  ///< why the two are hard to compare, a sentence each
  CycleItem frame;                    ///< the first frame alone
  /// In the order of the network; add up to `frame`, cause by cause. A layer's cycles are those by which it
  /// ends later than all layers before it: layers overlap, so these, not their own lengths, are the frame's
  /// time. What passed before the layer began is "before_start"; the rest is divided as its engines' cycles
  /// from its start to its end were (busy, and its stalls' parts), in whole cycles. "(outside of the layers)"
  /// comes last: what a bound's memory or engine takes beyond them.
  std::vector<CycleItem> layers;
  /// By name; the cycles of all frames, of which the module's busy cycles and stalls are the parts. Empty
  /// where one side is a bound.
  std::vector<CycleItem> modules;
};

/// Error: a result without layers, named by its side.
Diff diff(const DiffSide& a, const DiffSide& b);
nlohmann::json to_json(const Diff& diff);

/// Scalars of two YAML texts by dotted key; a list of scalars is one value. `a` and `b` name them in errors.
std::vector<KeyDifference> yaml_difference(const std::string& a_text, const std::string& b_text,
                                           const std::string& a = "A", const std::string& b = "B");

/// Whole shares of `total` in the ratio of the parts, which are not negative, adding up to it (largest
/// remainders first, ties by name). Empty where all parts are 0.
std::map<std::string, int64_t> apportion(int64_t total, const std::map<std::string, int64_t>& parts);

}  // namespace tridex::explore
