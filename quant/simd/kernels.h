#pragma once
#include <cstdint>

// The inner loops of the executor, compiled once an instruction set. Files that are compiled for more than
// the project's base set (kernels_avx2.cpp, kernels_avx512.cpp) include nothing but this header, lanes_*.h,
// loops.h and intrinsics: an inline function of a library that was compiled there could be the copy that the
// linker keeps, and then run on a machine that lacks the instructions.

namespace tridex::quant::simd {

constexpr int kLanes = 16;    ///< channels that a kernel treats at a time; pitches are multiples of it
constexpr int kTapGroup = 4;  ///< input channels of a group of packed weights
constexpr int kGroupBytes = kLanes * kTapGroup;
constexpr int kPanel =
    4;  ///< blocks of outputs whose weights lie side by side: one stream for the prefetcher

/// Codes of a tensor, channels innermost, `pitch` elements a pixel: bytes (the code minus the lowest one),
/// or, where that is null, ints (the code itself).
struct Source {
  const uint8_t* bytes = nullptr;
  const int32_t* ints = nullptr;
  int64_t pitch = 0;
};
struct Target {
  uint8_t* bytes = nullptr;
  int32_t* ints = nullptr;
  int64_t pitch = 0;
};

/// sums[pixel][o] = bias[o] + sum over k of values[pixel][k] * weight(o, k), modulo 2^32, for `blocks` blocks
/// of kLanes outputs. Weights: block, group of kTapGroup taps, then Kernels::weight_position.
struct Product {
  const uint8_t* values;
  int64_t values_pitch;
  int pixels;
  const int8_t* weights;
  int groups;  ///< of taps
  const int32_t* bias;
  int blocks;
  int32_t* sums;
  int64_t sums_pitch;
};

/// sums[x][c] = bias[c] + sum over ky, kx of rows[ky][(x stride + kx) pitch + c] * weights[ky kernel_w +
/// kx][c].
struct Depthwise {
  const uint8_t* const* rows;
  int64_t pitch;  ///< of the rows and of the weights
  int kernel_h, kernel_w, stride;
  const int32_t* weights;
  const int32_t* bias;
  int pixels, blocks;
  int32_t* sums;
  int64_t sums_pitch;
};

/// Activation and requantization (NUMERICS.md 2). Factors are exact in doubles: a power of two, or a
/// multiplier times one. The arrays have an entry a channel and are filled up to whole blocks.
struct Finish {
  enum class Activation { kNone, kRelu, kRelu6, kHardswish };
  Activation activation = Activation::kNone;
  enum class Step { kNone, kShift, kFull };
  Step pre_step = Step::kFull;  ///< rsh(., pre) and sat(., 27): what of it changes a reachable value
  const double* six;
  const double* act;  ///< 2^-act_shift
  const double* three;
  const double* pre;         ///< 2^-pre
  const double* mult;        ///< mult 2^-shift
  const double *low, *high;  ///< limits of the codes, minus the zero point
  const int32_t* zero;       ///< zero point in the target's terms (minus the lowest code for bytes)
};

/// A sum of scaled, centred codes: sums += (q - zero[c]) * mult[c].
struct Addend {
  Source codes;
  const int32_t* zero;  ///< in the source's terms
  const int32_t* mult;
};

/// sums += rsh((q - zero[c]) * mult[c]); mult contains 2^-shift.
struct Shortcut {
  Source codes;
  const int32_t* zero;  ///< in the source's terms
  const double* mult;
};

/// Pixels and blocks of channels, and the accumulators of them.
struct Tile {
  int32_t* sums;
  int64_t pitch;
  int pixels, blocks;
};

struct Kernels {
  /// Where the weight of output 0..15 and tap 0..3 lies in a group of kGroupBytes.
  int (*weight_position)(int output, int tap);
  void (*product)(const Product&);
  void (*depthwise)(const Depthwise&);
  void (*add_shortcut)(const Tile&, const Shortcut&);
  /// sums = (first ? 0 : sums) + addend
  void (*add)(const Tile&, const Addend&, bool first);
  void (*finish)(const Tile&, const Finish&, const Target&);
  /// The same for accumulators in doubles, without activation.
  void (*finish_doubles)(const double* sums, const Tile&, const Finish&, const Target&);
  /// to[pixel][c] = q - zero[c], or the larger of it and 0.
  void (*centre)(const Source&, const int32_t* zero, bool relu, int64_t pixels, int blocks, int32_t* to,
                 int64_t to_pitch);
  /// sums[j][i] = sum over n of k[n][i] * v[n][j], i and j < d (a multiple of kLanes): one head.
  void (*tokens)(const int32_t* k, const int32_t* v, int64_t pitch, int64_t count, int d, int32_t* sums,
                 int64_t sums_pitch);
  /// sums[i] = sum over n of k[n][i]
  void (*token_sum)(const int32_t* k, int64_t pitch, int64_t count, int blocks, int32_t* sums);
  /// sums[n][j] = sum over i < d of q[n][i] * s[i][j], j < width (a multiple of kLanes): one head.
  void (*heads)(const int32_t* q, int64_t pitch, int64_t count, int d, const int32_t* s, int width,
                int32_t* sums, int64_t sums_pitch);
  /// sums[n] = sum over i < d (a multiple of kLanes) of q[n][i] * s[i]; sums lie sums_pitch apart.
  void (*head_sums)(const int32_t* q, int64_t pitch, int64_t count, int d, const int32_t* s, int32_t* sums,
                    int64_t sums_pitch);
  /// codes = clamp(rsh(n * mult 2^-shift * scale)), scale[pixel][channel] a power of two. Tile: centred n.
  void (*divide)(const Tile&, const double* scale, const Finish&, const Target&);
  /// sums[x][c] = sum over k < 4 of weights[4 x + k] * row[at[4 x + k] pitch + c], in doubles.
  void (*resize_row)(const int32_t* row, int64_t pitch, const int32_t* weights, const int32_t* at, int pixels,
                     int blocks, double* sums);
  /// row[i] = sum over k < 4 of weights[k] * rows[k][i]
  void (*resize_column)(const int32_t* const* rows, const int32_t* weights, int64_t count, int32_t* row);
};

extern const Kernels kPortable;
extern const Kernels kAvx2;
extern const Kernels kAvx512;

}  // namespace tridex::quant::simd
