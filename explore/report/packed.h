#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tridex::explore {

/// RFC 4648, section 4, with padding.
std::string base64(std::span<const uint8_t> bytes);

/// Whole numbers in few bytes: each is value + 1, or 0 for none, seven bits a byte, the least first, with the
/// highest bit set in all bytes but the last. The page's scripts read it (explore/report/page/data.js).
class PackedNumbers {
 public:
  void add(std::optional<int64_t> value);  ///< std::logic_error: negative
  [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] std::string text() const { return base64(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

/// Doubles as they are, little endian; NaN for none.
std::string packed_doubles(std::span<const double> values);

}  // namespace tridex::explore
