#include "arch/own_rtl/sparse_memory.h"

#include <algorithm>

namespace tridex::arch {

void SparseMemory::write(uint64_t address, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const uint64_t at = address % kPageBytes;
    const size_t count = std::min<size_t>(bytes.size(), kPageBytes - at);
    std::copy_n(bytes.begin(), count, pages_[address / kPageBytes].begin() + static_cast<std::ptrdiff_t>(at));
    address += count;
    bytes = bytes.subspan(count);
  }
}

void SparseMemory::read(uint64_t address, std::span<uint8_t> bytes) const {
  while (!bytes.empty()) {
    const uint64_t at = address % kPageBytes;
    const size_t count = std::min<size_t>(bytes.size(), kPageBytes - at);
    if (const auto page = pages_.find(address / kPageBytes); page != pages_.end()) {
      std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>(at), count, bytes.begin());
    } else {
      std::fill_n(bytes.begin(), count, uint8_t{0});
    }
    address += count;
    bytes = bytes.subspan(count);
  }
}

}  // namespace tridex::arch
