#pragma once
#include <cstdint>
#include <cstdlib>

namespace tridex::test {

/// How many transactions the random tests of the bridges make: TRIDEX_TRANSACTIONS, or 20,000.
inline int transactions() {
  const char* given = std::getenv("TRIDEX_TRANSACTIONS");
  return given != nullptr ? static_cast<int>(std::strtol(given, nullptr, 10)) : 20'000;
}

}  // namespace tridex::test
