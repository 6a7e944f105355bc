#pragma once
#include <array>
#include <cstddef>

namespace tridex::arch {

/// A row of a checker's list of rules: its name in messages, and the section of the specification.
template <class Rule>
struct RuleText {
  Rule rule;
  const char* name;
  const char* clause;
};

/// Whether there is a row for each rule, in the order of the enumeration.
template <class Rule, size_t n>
constexpr bool in_order(const std::array<RuleText<Rule>, n>& rows) {
  for (size_t i = 0; i < n; ++i) {
    if (rows[i].rule != static_cast<Rule>(i)) {
      return false;
    }
  }
  return n == static_cast<size_t>(Rule::kCount);
}

}  // namespace tridex::arch
