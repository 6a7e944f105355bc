#include "explore/sweep/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace tridex::explore {
namespace {

constexpr double kExact = 0x1p53;  // whole numbers up to here are doubles

std::optional<double> parse_number(const std::string& text) {
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  double value = 0;
  const auto [end, code] = std::from_chars(begin, text.data() + text.size(), value);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string shown(const Value& value) {
  return std::holds_alternative<std::string>(value) ? fmt::format("'{}'", text_of(value)) : text_of(value);
}

double checked(double value) {
  if (!std::isfinite(value) || std::abs(value) > kExact) {
    fail("{} is beyond 2^53, where whole numbers are no longer exact", value);
  }
  return value;
}

double quotient(double a, double b) {
  return b == 0 ? (fail("{} / 0", a), 0) : a / b;
}

/// Never negative, as with cycles and addresses.
double remainder(double a, double b) {
  if (b <= 0 || a != std::floor(a) || b != std::floor(b)) {
    fail("{} % {}: expected whole numbers, the second above 0", a, b);
  }
  const double rest = std::fmod(a, b);
  return rest < 0 ? rest + b : rest;
}

double root(double a) {
  return a < 0 ? (fail("sqrt({}): expected 0 or more", a), 0) : std::sqrt(a);
}

double log2_of(double a) {
  return a <= 0 ? (fail("log2({}): expected more than 0", a), 0) : std::log2(a);
}

double unary_function(const std::string& name, double a) {
  if (name == "abs") {
    return std::abs(a);
  }
  if (name == "floor" || name == "ceil") {
    return name == "floor" ? std::floor(a) : std::ceil(a);
  }
  if (name == "round") {
    return std::round(a);
  }
  return name == "log2" ? log2_of(a) : root(a);
}

}  // namespace

Value value_of(const std::string& text) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (const auto number = parse_number(text)) {
    return *number;
  }
  return text;
}

std::string text_of(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth ? "true" : "false";
  }
  if (const auto* number = std::get_if<double>(&value)) {
    const bool whole = *number == std::floor(*number) && std::abs(*number) <= kExact;
    return whole ? fmt::format("{}", static_cast<int64_t>(*number)) : fmt::format("{}", *number);
  }
  return std::get<std::string>(value);
}

/// Both parts of `and`, `or` and `if` are looked at only where they decide.
class Expression::Evaluator {
 public:
  Evaluator(const Expression& expression, const std::vector<Value>& values)
      : expression_(expression), values_(values) {}

  Value value(size_t index) const {
    const Node& node = expression_.nodes_[index];
    switch (node.kind) {
      case Node::Kind::kValue:
        return node.value;
      case Node::Kind::kKey:
        return values_[node.key];
      case Node::Kind::kUnary:
        return node.name == "not" ? Value(!truth(node, 0)) : Value(-number(node, 0));
      case Node::Kind::kBinary:
        return binary(node);
      case Node::Kind::kCall:
        return call(node);
    }
    return {};
  }

 private:
  Value binary(const Node& node) const {
    const std::string& name = node.name;
    if (name == "and") {
      return truth(node, 0) && truth(node, 1);
    }
    if (name == "or") {
      return truth(node, 0) || truth(node, 1);
    }
    if (name == "==" || name == "!=") {
      const Value a = value(node.inputs[0]), b = value(node.inputs[1]);
      if (std::holds_alternative<bool>(a) != std::holds_alternative<bool>(b)) {
        fail("{} {} {}: true and false are neither numbers nor words", shown(a), name, shown(b));
      }
      return (a == b) == (name == "==");
    }
    const double a = number(node, 0), b = number(node, 1);
    if (name == "<" || name == ">") {
      return name == "<" ? a < b : a > b;
    }
    if (name == "<=" || name == ">=") {
      return name == "<=" ? a <= b : a >= b;
    }
    if (name == "+" || name == "-") {
      return checked(name == "+" ? a + b : a - b);
    }
    if (name == "*") {
      return checked(a * b);
    }
    return checked(name == "/" ? quotient(a, b) : remainder(a, b));
  }

  Value call(const Node& node) const {
    if (node.name == "if") {
      return value(node.inputs[truth(node, 0) ? 1 : 2]);
    }
    double result = number(node, 0);
    if (node.name != "min" && node.name != "max") {
      return checked(unary_function(node.name, result));
    }
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      const double other = number(node, i);
      result = node.name == "min" ? std::min(result, other) : std::max(result, other);
    }
    return result;
  }

  double number(const Node& node, size_t input) const { return of_kind<double>(node, input, "a number"); }
  bool truth(const Node& node, size_t input) const { return of_kind<bool>(node, input, "true or false"); }
  template <typename T>
  T of_kind(const Node& node, size_t input, const char* kind) const {
    const Value found = value(node.inputs[input]);
    if (!std::holds_alternative<T>(found)) {
      fail("'{}' takes {}, got {}", node.name, kind, shown(found));
    }
    return std::get<T>(found);
  }

  const Expression& expression_;
  const std::vector<Value>& values_;
};

Value Expression::evaluate(const std::vector<Value>& values) const {
  return Evaluator(*this, values).value(nodes_.size() - 1);
}

}  // namespace tridex::explore
