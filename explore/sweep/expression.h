#pragma once
#include <string>
#include <variant>
#include <vector>

namespace tridex::explore {

/// A number (whole ones are exact up to 2^53), a truth value or a word.
using Value = std::variant<double, bool, std::string>;

/// What a value of a YAML file means in an expression: true and false, numbers, and words for the rest.
Value value_of(const std::string& text);
/// The other way round, as a design's key takes it: whole numbers without a point, others in the fewest
/// digits that give the same double.
std::string text_of(const Value& value);

/// An expression over keys: "copies * engines.0.lanes <= 128". Sweeps have them as constraints and derived
/// values; the grammar is in `tridex sweep --help`.
class Expression {
 public:
  /// Error: what is wrong, and at which character.
  static Expression parse(const std::string& text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The keys that it reads, each once.
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  /// `values` are those of keys(). Error: an operator that does not take its operands, a division by zero, a
  /// number beyond 2^53.
  [[nodiscard]] Value evaluate(const std::vector<Value>& values) const;

 private:
  class Parser;
  class Evaluator;
  struct Node {
    enum class Kind { kValue, kKey, kUnary, kBinary, kCall } kind = Kind::kValue;
    Value value;                 ///< kValue
    size_t key = 0;              ///< kKey: index in keys_
    std::string name;            ///< the operator or function
    std::vector<size_t> inputs;  ///< indices in nodes_, all smaller than this node's
  };
  std::string text_;
  std::vector<std::string> keys_;
  std::vector<Node> nodes_;  ///< the last one is the whole
};

}  // namespace tridex::explore
