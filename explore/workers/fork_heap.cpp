#include "explore/workers/fork_heap.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <limits>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)  // mallinfo2
#define TRIDEX_GLIBC_HEAP
#endif
#endif

namespace tridex::explore {
namespace {

#ifdef TRIDEX_GLIBC_HEAP

constexpr size_t kLargePage = size_t{2} << 20;
/// A child that runs a timed point of EfficientViT-B1 touches about 2 MB (counted by its page faults). What
/// it does not touch costs nothing.
constexpr size_t kRoom = 4 * kLargePage;

std::uintptr_t address_of(const void* block) {
  return reinterpret_cast<std::uintptr_t>(block);
}

/// Allocates, for good, the free pieces of the heap that lie below an address.
void use_up_below(const void* end) {
  constexpr size_t kLeast = 16;
  constexpr size_t kSmall = 1024;        // up to here free() keeps a block for the next malloc() of its size
  size_t left = ::mallinfo2().fordblks;  // another allocator may give any addresses: no more than there are
  for (size_t bytes = kLargePage; bytes >= kLeast; bytes /= 2) {
    void* block = std::malloc(bytes);
    while (block != nullptr && address_of(block) < address_of(end) && bytes <= left) {
      left -= bytes;
      block = std::malloc(bytes);
    }
    if (bytes > kSmall) {
      std::free(block);
    }
  }
}

#endif

}  // namespace

void prepare_heap_for_children() {
#ifdef TRIDEX_GLIBC_HEAP
  // The heap grows by kRoom at a time, large blocks come from it too, and nothing is given back.
  ::mallopt(M_TOP_PAD, static_cast<int>(kRoom));
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(kRoom));
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  ::malloc_trim(0);
  void* const last = std::malloc(kRoom / 2);  // larger than any free piece, so behind them all
  use_up_below(last);
  const std::uintptr_t begin = (address_of(last) + kLargePage - 1) / kLargePage * kLargePage;
  std::free(last);
  ::madvise(reinterpret_cast<void*>(begin), kRoom - kLargePage, MADV_HUGEPAGE);
#endif
}

}  // namespace tridex::explore
