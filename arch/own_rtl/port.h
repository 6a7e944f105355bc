#pragma once
#include <cstddef>
#include <string_view>

namespace tridex::arch {

/// A port of a top module, as CMake's tridex_add_rtl() finds it in what Verilator writes.
struct Port {
  enum class Direction { kIn, kOut, kBoth };
  std::string_view name;
  Direction direction = Direction::kIn;
  int bits = 1;  ///< 0: an array of unpacked elements
};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// Upper and lower case alike: VHDL and many vendors' cores have upper case names.
constexpr bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}
/// What stands before `suffix` in `name`, at least one character; empty where `name` does not end with it.
constexpr std::string_view before_suffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && same_name(name.substr(name.size() - suffix.size()), suffix)
             ? name.substr(0, name.size() - suffix.size())
             : std::string_view{};
}

}  // namespace tridex::arch
