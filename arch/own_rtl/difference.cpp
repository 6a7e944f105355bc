#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "arch/own_rtl/run.h"

namespace tridex::arch {
namespace {

std::string value_text(const std::vector<uint8_t>& bytes, size_t at, const Element& element) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, static_cast<size_t>(element.bytes));
  if (!element.is_signed) {
    return fmt::format("{}", value);
  }
  const int unused = 64 - 8 * element.bytes;
  return fmt::format("{}", static_cast<int64_t>(value << unused) >> unused);
}

}  // namespace

std::string element_difference(const std::vector<uint8_t>& found, const std::vector<uint8_t>& expected,
                               const Element& element, uint64_t address) {
  const auto bytes = static_cast<size_t>(element.bytes);
  const size_t common = std::min(found.size(), expected.size()) / bytes;
  size_t first = common, different = 0;
  for (size_t i = 0; i < common; ++i) {
    if (std::memcmp(found.data() + i * bytes, expected.data() + i * bytes, bytes) != 0) {
      first = std::min(first, i);
      ++different;
    }
  }
  std::string text;
  if (different > 0) {
    text = fmt::format("element {} at {:#x} is {}, expected {}; {} of {} elements differ", first,
                       address + first * bytes, value_text(found, first * bytes, element),
                       value_text(expected, first * bytes, element), different, expected.size() / bytes);
  }
  if (found.size() != expected.size()) {
    text += fmt::format("{}{} bytes, expected {}", text.empty() ? "" : "; ", found.size(), expected.size());
  }
  return text;
}

}  // namespace tridex::arch
