#include "quant/simd/lanes_portable.h"
#include "quant/simd/loops.h"

namespace tridex::quant::simd {
namespace {

constexpr int kPixels = 4;  // of the inner block

int weight_position(int output, int tap) {
  return tap * kLanes + output;
}

/// Half of a block's lanes as one value (GCC and Clang), for which the project's base set has registers.
constexpr int kHalf = kLanes / 2;
typedef uint32_t Row __attribute__((vector_size(kHalf * sizeof(uint32_t))));
typedef int8_t Weights __attribute__((vector_size(kHalf)));

/// Pixels [first, first + kPixels), the last one again and again where there are fewer.
void multiply(const Product& p, int first, int block) {
  Row sums[kPixels][2];
  const uint8_t* values[kPixels];
  const int count = p.pixels - first < kPixels ? p.pixels - first : kPixels;
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    values[i] = p.values + (first + (i < count ? i : count - 1)) * p.values_pitch;
    __builtin_memcpy(sums[i], p.bias + block * kLanes, sizeof sums[i]);
  }
  const int8_t* weights = block_weights(p, block);
  const int64_t step = group_step(p, block);
  for (int group = 0; group < p.groups; ++group, weights += step) {
#pragma GCC unroll 4
    for (int k = 0; k < kTapGroup; ++k) {
      Weights codes[2];
      __builtin_memcpy(codes, weights + k * kLanes, sizeof codes);
      const Row w0 = __builtin_convertvector(codes[0], Row);
      const Row w1 = __builtin_convertvector(codes[1], Row);
#pragma GCC unroll 4
      for (int i = 0; i < kPixels; ++i) {
        sums[i][0] += w0 * values[i][group * kTapGroup + k];
        sums[i][1] += w1 * values[i][group * kTapGroup + k];
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    if (i < count) {
      __builtin_memcpy(p.sums + (first + i) * p.sums_pitch + block * kLanes, sums[i], sizeof sums[i]);
    }
  }
}

void product(const Product& p) {
  for (int block = 0; block < p.blocks; ++block) {
    for (int first = 0; first < p.pixels; first += kPixels) {
      multiply(p, first, block);
    }
  }
}

}  // namespace

extern const Kernels kPortable = kernels_of<PortableLanes>(weight_position, product);

}  // namespace tridex::quant::simd
