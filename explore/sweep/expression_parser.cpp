#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/names.h"
#include "explore/sweep/expression.h"

namespace tridex::explore {
namespace {

constexpr double kLargestNumber = 0x1p53;  // whole numbers up to here are doubles
// Parsing and evaluating are recursive: in parentheses, and in operators, of which there is at most one a
// character.
constexpr int kMostDepth = 64;
constexpr size_t kMostCharacters = 4096;

constexpr size_t kAnyNumber = 0;
/// Functions and how many values they take.
const std::map<std::string, size_t>& functions() {
  static const std::map<std::string, size_t> functions{{"abs", 1},          {"ceil", 1},  {"floor", 1},
                                                       {"if", 3},           {"log2", 1},  {"max", kAnyNumber},
                                                       {"min", kAnyNumber}, {"round", 1}, {"sqrt", 1}};
  return functions;
}

bool begins_key(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool in_key(char c) {
  return begins_key(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
}

}  // namespace

/// Recursive descent, an operator level a function; weakest first.
class Expression::Parser {
 public:
  explicit Parser(Expression& expression) : out_(expression), text_(expression.text_) {}

  void parse() {
    if (text_.size() > kMostCharacters) {
      fail("an expression has at most {} characters, this one {}", kMostCharacters, text_.size());
    }
    disjunction();
    if (skip(); at_ < text_.size()) {
      fail_here("expected an operator or the end");
    }
  }

 private:
  size_t disjunction() {
    if (++depth_ > kMostDepth) {
      fail_here(fmt::format("more than {} parentheses inside each other", kMostDepth));
    }
    size_t left = conjunction();
    while (take_word("or")) {
      left = binary("or", left, conjunction());
    }
    --depth_;
    return left;
  }

  size_t conjunction() {
    size_t left = negation();
    while (take_word("and")) {
      left = binary("and", left, negation());
    }
    return left;
  }

  size_t negation() {
    int count = 0;
    while (take_word("not")) {
      ++count;
    }
    size_t inner = comparison();
    for (; count > 0; --count) {
      inner = unary("not", inner);
    }
    return inner;
  }

  size_t comparison() {
    const size_t left = sum();
    const auto name = take_one({"<=", ">=", "==", "!=", "<", ">"});
    return name.empty() ? left : binary(name, left, sum());
  }

  size_t sum() {
    size_t left = product();
    for (std::string name; !(name = take_one({"+", "-"})).empty();) {
      left = binary(name, left, product());
    }
    return left;
  }

  size_t product() {
    size_t left = sign();
    for (std::string name; !(name = take_one({"*", "/", "%"})).empty();) {
      left = binary(name, left, sign());
    }
    return left;
  }

  size_t sign() {
    int minuses = 0;
    while (!take_one({"-"}).empty()) {
      ++minuses;
    }
    const size_t inner = atom();
    return minuses % 2 == 1 ? unary("-", inner) : inner;
  }

  size_t atom() {
    skip();
    if (!take_one({"("}).empty()) {
      const size_t inner = disjunction();
      expect(")");
      return inner;
    }
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '\'' || c == '"') {
      return word(c);
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') {
      return number();
    }
    if (begins_key(c)) {
      return name();
    }
    fail_here("expected a number, a key, a 'word' or a parenthesis");
  }

  size_t word(char quote) {
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string::npos) {
      fail_here("this quotation mark is not closed");
    }
    const std::string content = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return add({Node::Kind::kValue, content, 0, {}, {}});
  }

  size_t number() {
    double value = 0;
    const auto [end, code] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (code != std::errc() || std::abs(value) > kLargestNumber) {
      fail_here("expected a number up to 2^53");
    }
    at_ = static_cast<size_t>(end - text_.data());
    return add({Node::Kind::kValue, value, 0, {}, {}});
  }

  /// A key, true, false, or a function's name. What a key has in brackets (recipe.weight_bits[stem.*]) is
  /// taken as it stands, up to its closing bracket.
  size_t name() {
    const size_t begin = at_;
    while (at_ < text_.size() && in_key(text_[at_])) {
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '[') {
      int open = 0;
      do {
        if (at_ == text_.size()) {
          at_ = begin;
          fail_here("a bracket of this key is not closed");
        }
        open += (text_[at_] == '[') - (text_[at_] == ']');
        ++at_;
      } while (open > 0);
    }
    const std::string key = text_.substr(begin, at_ - begin);
    if (!take_one({"("}).empty()) {
      return call(key, begin);
    }
    if (key == "true" || key == "false") {
      return add({Node::Kind::kValue, key == "true", 0, {}, {}});
    }
    const auto found = std::find(out_.keys_.begin(), out_.keys_.end(), key);
    const auto index = static_cast<size_t>(found - out_.keys_.begin());
    if (found == out_.keys_.end()) {
      out_.keys_.push_back(key);
    }
    return add({Node::Kind::kKey, {}, index, {}, {}});
  }

  size_t call(const std::string& function, size_t begin) {
    Node node{Node::Kind::kCall, {}, 0, function, {}};
    do {
      node.inputs.push_back(disjunction());
    } while (!take_one({","}).empty());
    expect(")");
    const size_t count = node.inputs.size();
    const auto arity = functions().find(function);
    if (arity == functions().end()) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : functions()) {
        names.push_back(name);
      }
      at_ = begin;
      fail_here(fmt::format("no function '{}' (there are: {})", function, join(names)));
    }
    if (arity->second != kAnyNumber && count != arity->second) {
      at_ = begin;
      fail_here(fmt::format("'{}' takes {} value(s), got {}", function, arity->second, count));
    }
    return add(std::move(node));
  }

  size_t unary(const std::string& name, size_t a) { return add({Node::Kind::kUnary, {}, 0, name, {a}}); }
  size_t binary(const std::string& name, size_t a, size_t b) {
    return add({Node::Kind::kBinary, {}, 0, name, {a, b}});
  }
  size_t add(Node node) {
    out_.nodes_.push_back(std::move(node));
    return out_.nodes_.size() - 1;
  }

  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }
  std::string take_one(const std::vector<std::string>& names) {
    skip();
    for (const auto& name : names) {
      if (text_.compare(at_, name.size(), name) == 0) {
        at_ += name.size();
        return name;
      }
    }
    return "";
  }
  bool take_word(const std::string& word) {
    skip();
    const size_t end = at_ + word.size();
    const bool found =
        text_.compare(at_, word.size(), word) == 0 && (end >= text_.size() || !in_key(text_[end]));
    at_ = found ? end : at_;
    return found;
  }
  void expect(const std::string& name) {
    if (take_one({name}).empty()) {
      fail_here("expected '" + name + "'");
    }
  }
  [[noreturn]] void fail_here(const std::string& message) const {
    fail("'{}', character {}: {}", text_, at_ + 1, message);
  }

  Expression& out_;
  const std::string& text_;
  size_t at_ = 0;
  int depth_ = 0;
};

Expression Expression::parse(const std::string& text) {
  Expression result;
  result.text_ = text;
  Parser(result).parse();
  return result;
}

}  // namespace tridex::explore
