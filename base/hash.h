#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tridex {

/// 128-bit content hash (XXH3), 32 hex digits; the same on every machine.
std::string content_hash(std::span<const uint8_t> bytes);
std::string content_hash(std::string_view text);

}  // namespace tridex
