#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>

namespace tridex::arch {

/// Bytes by address; what nobody has written is 0.
class SparseMemory {
 public:
  void write(uint64_t address, std::span<const uint8_t> bytes);
  void read(uint64_t address, std::span<uint8_t> bytes) const;

 private:
  static constexpr uint64_t kPageBytes = 4096;
  std::unordered_map<uint64_t, std::array<uint8_t, kPageBytes>> pages_;
};

}  // namespace tridex::arch
