#pragma once
#include <array>
#include <cstdint>

namespace tridex::arch {

enum class Opcode : int32_t { kConv, kContext, kAttend, kAdd, kPool, kLayerNorm, kResize };
const char* opcode_name(Opcode opcode);

enum BufferId : int32_t { kInputBuffer = 0, kWeightBuffer = 1, kOutputBuffer = 2 };

/// A tile in a buffer (RowLayout): rows [first_row, first_row + rows) of a tensor. `channel` is the tensor
/// channel that the first block holds. With a `window`, rows go round in so many places: row y lies in place
/// y % window.
struct TileRef {
  int32_t buffer = 0, address = 0, blocks = 0, width = 0, first_row = 0, rows = 0, channel = 0;
  int32_t format = 8;  ///< code bits, plus 256 when signed
  int32_t window = 0;  ///< 0: rows lie one after the other
  /// Where a row lies, counted in rows from the address.
  [[nodiscard]] int32_t place(int32_t row) const { return window > 0 ? row % window : row - first_row; }
  [[nodiscard]] int32_t places() const { return window > 0 ? window : rows; }
  [[nodiscard]] int bits() const { return format & 255; }
  [[nodiscard]] bool is_signed() const { return (format & 256) != 0; }
  [[nodiscard]] int bytes() const { return bits() <= 8 ? 1 : bits() <= 16 ? 2 : 4; }
};

/// One piece of work for an engine or the vector unit, as it is written into its command registers: every
/// field is one 32-bit word: in the order of the members. NUMERICS.md says what is computed; params.h how
/// constants lie in memory.
struct Command {
  Opcode op = Opcode::kConv;
  int32_t tag = 0;  ///< given back on completion
  TileRef in, in2, in3,
      out;                  ///< in2: the shortcut (kConv), the second summand (kAdd); in3: the third summand
  int32_t operands = 1;     ///< kAdd: 1 to 3
  int32_t c0 = 0, c1 = 0;   ///< output channels [c0, c1); kContext, kAttend: heads
  int32_t y0 = 0, y1 = 0;   ///< output rows; kContext: input rows
  int32_t width = 0;        ///< of the output
  int32_t in_channels = 0;  ///< of one group
  int32_t group_outputs = 0;  ///< output channels of one group
  int32_t kernel_h = 1, kernel_w = 1, stride = 1, pad_top = 0, pad_left = 0;
  int32_t in_height = 0, in_width = 0;  ///< of the whole input, for padding and clamping
  int32_t weights = 0, params = 0,
          pads = 0;      ///< addresses in the weight buffer; pads: zero points of the input
  int32_t block_c0 = 0;  ///< channel of the first weight row and parameter record
  int32_t weight_bits = 8, weight_row_bytes = 0;
  int32_t activation = 0;  ///< quant::Activation
  int32_t has_shortcut = 0;
  int32_t depthwise = 0;  ///< one input and one output channel a group
  // attention
  int32_t heads = 0, head_dim = 0;
  int32_t q_part = -1, k_part = -1, v_part = -1;
  int32_t q_relu = 0, k_relu = 0, v_relu = 0;
  int32_t divisor = 0, y_min = 0, y_max = 0, min_code = 0, table_bits = 0;
  int32_t kv_format = 8, ksum_format = 8, num_format = 8, den_format = 8;
  int32_t kv = 0, ksum = 0;     ///< addresses in the output buffer (head_layout in params.h)
  int32_t sums = 0;             ///< address of the running 64-bit sums in the output buffer
  int32_t first = 1, last = 1;  ///< kContext: clear the sums before, requantize them after
  // vector unit
  int32_t factor = 1;
  int32_t epsilon_low = 0, epsilon_high = 0;  ///< kLayerNorm
  // how the copies are spread: pixels x channels = at most DesignPoint::copies
  int32_t copies_pixels = 1, copies_channels = 1;

  static constexpr int kWords = 2 + 4 * 9 + 51;
  using Words = std::array<int32_t, kWords>;
  [[nodiscard]] Words encode() const;
  static Command decode(const Words& words);
};

}  // namespace tridex::arch
