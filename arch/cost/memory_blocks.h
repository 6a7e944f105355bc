#pragma once
#include <cstdint>

namespace tridex::arch {

/// Block RAMs of 18 Kb for a memory of `depth` words of `width` bits with one write and one read port: the
/// shapes 16K x 1, 8K x 2, 4K x 4, 2K x 9, 1K x 18 and 512 x 36 (UG573), as FINN's estimator counts them.
int64_t bram18_blocks(int64_t width, int64_t depth);
/// The same in whole BRAM36.
int64_t bram36_blocks(int64_t width, int64_t depth);
/// UltraRAMs, 4096 x 72 each (UG573).
int64_t uram_blocks(int64_t width, int64_t depth);

}  // namespace tridex::arch
