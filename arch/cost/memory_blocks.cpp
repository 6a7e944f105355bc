#include "arch/cost/memory_blocks.h"

#include "base/ceil_div.h"

namespace tridex::arch {
int64_t bram18_blocks(int64_t width, int64_t depth) {
  if (width == 1) {
    return ceil_div(depth, 16384);
  }
  if (width == 2) {
    return ceil_div(depth, 8192);
  }
  if (width <= 4) {
    return ceil_div(depth, 4096);
  }
  if (width <= 9) {
    return ceil_div(depth, 2048);
  }
  if (width <= 18 || depth > 512) {
    return ceil_div(depth, 1024) * ceil_div(width, 18);
  }
  return ceil_div(width, 36);
}

int64_t bram36_blocks(int64_t width, int64_t depth) {
  return ceil_div(bram18_blocks(width, depth), 2);
}

int64_t uram_blocks(int64_t width, int64_t depth) {
  return ceil_div(width, 72) * ceil_div(depth, 4096);
}

}  // namespace tridex::arch
