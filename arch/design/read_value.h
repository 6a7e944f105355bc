#pragma once
#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <string>

#include "base/yaml.h"

namespace tridex::arch {

/// A child that is a whole number between low and high; `otherwise` where it is absent.
inline int read_integer(const Yaml& yaml, const std::string& key, int otherwise, int64_t low, int64_t high) {
  return static_cast<int>(yaml.integer(key, otherwise, low, high));
}

/// The same, and a power of two.
inline int read_power_of_two(const Yaml& yaml, const std::string& key, int otherwise, int64_t low,
                             int64_t high) {
  const int value = read_integer(yaml, key, otherwise, low, high);
  if (!std::has_single_bit(static_cast<unsigned>(value))) {
    yaml.at(key).fail(fmt::format("{} is not a power of two", value));
  }
  return value;
}

}  // namespace tridex::arch
