#include "explore/report/packed.h"

#include <bit>
#include <stdexcept>

namespace tridex::explore {

std::string base64(std::span<const uint8_t> bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

void PackedNumbers::add(std::optional<int64_t> value) {
  if (value && *value < 0) {
    throw std::logic_error("PackedNumbers: negative");
  }
  uint64_t rest = value ? static_cast<uint64_t>(*value) + 1 : 0;
  for (; rest >= 128; rest >>= 7) {
    bytes_.push_back(static_cast<uint8_t>(rest | 128));
  }
  bytes_.push_back(static_cast<uint8_t>(rest));
}

std::string packed_doubles(std::span<const double> values) {
  std::vector<uint8_t> bytes;
  bytes.reserve(values.size() * 8);
  for (const double value : values) {
    const auto bits = std::bit_cast<uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) {
      bytes.push_back(static_cast<uint8_t>(bits >> shift));
    }
  }
  return base64(bytes);
}

}  // namespace tridex::explore
