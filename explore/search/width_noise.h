#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "explore/sensitivity.h"
#include "quant/integer_graph.h"
#include "quant/lowering.h"

namespace tridex::explore {

/// Noise that widths make in the logits, as the sum of what each layer makes alone.
class WidthNoise {
 public:
  /// Of networks that differ in widths alone. `steps`: one of them, and for each of its widths that may
  /// change one with each value that it may have. Lowered, without values.
  explicit WidthNoise(const std::vector<quant::Lowered>& steps);

  /// The widths that differ among them, which are to be measured. Of weights the codes that a machine
  /// multiplies, IntNode::weight_bits.
  [[nodiscard]] const std::vector<int>& bits() const { return bits_; }
  [[nodiscard]] bool only_weights() const { return only_weights_; }
  /// All layers (of only_weights(): convolutions) at bits().
  void measured(const std::vector<SensitivityLine>& lines);

  /// Sum over layers of the noise of their weights and of their outputs, of those that have a width of
  /// bits(): the others have the same one in all networks. None where a layer has neither, or
  /// there were no steps.
  [[nodiscard]] std::optional<double> of(const quant::IntegerGraph& network) const;

 private:
  struct Widths {
    int weights, output;
  };
  std::map<std::string, Widths> reference_;
  std::vector<int> bits_;
  bool only_weights_ = true;
  std::set<std::string> layers_;  ///< measured
  std::map<std::pair<std::string, int>, SensitivityLine> noises_;
};

}  // namespace tridex::explore
