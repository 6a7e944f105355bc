#include "explore/sweep/launcher.h"

#include <charconv>

#include "base/error.h"

namespace tridex::explore {

bool Shard::has(const std::string& hash) const {
  uint64_t value = 0;
  std::from_chars(hash.data(), hash.data() + 15, value, 16);
  return value % static_cast<uint64_t>(n) == static_cast<uint64_t>(k - 1);
}

Shard shard_by_name(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.k);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, shard.n);
    if (second.ec == std::errc() && second.ptr == end && shard.k >= 1 && shard.k <= shard.n) {
      return shard;
    }
  }
  fail("shard '{}': expected k/n with 1 <= k <= n, for example 2/8", text);
}

}  // namespace tridex::explore
