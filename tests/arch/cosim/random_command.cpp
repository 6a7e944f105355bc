#include "random_command.h"

#include <algorithm>

#include "arch/mapping/params.h"
#include "base/ceil_div.h"

namespace tridex::test {
namespace {

using namespace arch;

/// Makes a command and lays its operands out, one behind the other in each buffer.
class Maker {
 public:
  Maker(const RtlParameters& parameters, Random& random) : p_(parameters), r_(random) {
    for (auto& bytes : case_.bytes) {
      bytes.resize(static_cast<size_t>(r_.integer(0, 20)));  // nothing begins at 0
    }
  }

  CommandCase conv(bool depthwise) {
    Command& c = case_.command;
    c.op = Opcode::kConv;
    c.depthwise = depthwise ? 1 : 0;
    const int groups = depthwise ? r_.integer(1, 40) : std::array{1, 1, 2, 3, 8}.at(r_.integer(0, 4));
    c.in_channels = depthwise ? 1 : r_.integer(1, 20);
    c.group_outputs = depthwise ? 1 : r_.integer(1, 24);
    if (groups > 1) {
      const int first = r_.integer(0, groups - 1);
      c.c0 = first * c.group_outputs;
      c.c1 = r_.integer(first + 1, groups) * c.group_outputs;
    } else {
      c.c0 = r_.integer(0, c.group_outputs - 1);
      c.c1 = r_.integer(c.c0 + 1, c.group_outputs);
    }
    c.kernel_h = r_.integer(1, 3);
    c.kernel_w = r_.coin() ? c.kernel_h : r_.integer(1, 3);
    c.stride = r_.integer(1, 2);
    c.pad_top = r_.integer(0, c.kernel_h - 1);
    c.pad_left = r_.integer(0, c.kernel_w - 1);
    c.in_height = r_.integer(c.kernel_h, 8);
    c.in_width = r_.integer(c.kernel_w, 8);
    const int rows =
        (c.in_height + c.pad_top - c.kernel_h) / c.stride + 1 + (c.kernel_h > 1 ? r_.integer(0, 1) : 0);
    c.width = (c.in_width + c.pad_left - c.kernel_w) / c.stride + 1;
    // Nothing below or right of the padding that a convolution has.
    c.y0 = r_.integer(0, rows - 1);
    c.y1 = r_.integer(c.y0 + 1, rows);
    const int channels = groups * c.in_channels;
    const int first_row = std::max(0, std::min(c.in_height - 1, c.y0 * c.stride - c.pad_top));
    const int last_row =
        std::clamp((c.y1 - 1) * c.stride - c.pad_top + c.kernel_h, first_row + 1, c.in_height);
    c.in = tile(kInputBuffer, channels, c.in_width, first_row, last_row - first_row, code_format(8));
    c.activation = r_.integer(0, 3);
    c.has_shortcut = c.activation == 0 && r_.coin() ? 1 : 0;
    if (c.has_shortcut != 0) {
      c.in2 = tile(r_.coin() ? kInputBuffer : kOutputBuffer, groups * c.group_outputs, c.width, c.y0,
                   c.y1 - c.y0, code_format(16));
    }
    c.out = tile(kOutputBuffer, groups * c.group_outputs, c.width, c.y0, c.y1 - c.y0, out_format());
    const RecordFormat format{static_cast<quant::Activation>(c.activation), c.has_shortcut};
    c.block_c0 = r_.integer(0, c.c0);
    c.weight_bits = r_.integer(2, 9);
    const int weights = c.in_channels * c.kernel_h * c.kernel_w;
    c.weight_row_bytes = static_cast<int>(ceil_div(int64_t{weights} * c.weight_bits, 8));
    c.weights = place(kWeightBuffer, int64_t{c.c1 - c.block_c0} * c.weight_row_bytes);
    c.params = place(kWeightBuffer, int64_t{c.c1 - c.block_c0} * format.bytes());
    for (int i = 0; i < c.c1 - c.block_c0; ++i) {
      write_record(at(kWeightBuffer, c.params + i * format.bytes()), format, record());
    }
    if (c.kernel_h > 1 || c.kernel_w > 1) {
      c.pads = place(kWeightBuffer, int64_t{channels} * 4);
      for (int i = 0; i < channels; ++i) {
        put_zero(c.pads + 4 * i, -20, 120);
      }
    }
    spread();
    return std::move(case_);
  }

  CommandCase attention(Opcode op) {
    Command& c = case_.command;
    c.op = op;
    c.heads = r_.integer(1, 5);
    c.head_dim = std::array{4, 8, 8, 16}.at(r_.integer(0, 3));
    c.c0 = r_.integer(0, c.heads - 1);
    c.c1 = r_.integer(c.c0 + 1, c.heads);
    c.in_channels = 3 * c.heads * c.head_dim;
    c.in_height = r_.integer(1, 12);
    c.in_width = c.width = r_.integer(1, 12);
    c.y0 = r_.integer(0, c.in_height - 1);
    c.y1 = r_.integer(c.y0 + 1, c.in_height);
    c.q_part = 0;
    c.k_part = 1;
    c.v_part = 2;
    c.q_relu = r_.integer(0, 1);
    c.k_relu = r_.integer(0, 1);
    c.v_relu = r_.integer(0, 1);
    c.in = tile(kInputBuffer, c.in_channels, c.in_width, c.y0, c.y1 - c.y0, code_format(8));
    c.kv_format = op == Opcode::kContext ? out_format() : code_format(8);
    c.ksum_format = op == Opcode::kContext ? out_format() : code_format(8);
    c.num_format = code_format(16);
    c.divisor = static_cast<int32_t>(r_.coin() ? quant::Divisor::kLog2Code : quant::Divisor::kLog2Paper);
    c.den_format =
        c.divisor == static_cast<int32_t>(quant::Divisor::kLog2Code) ? 256 + 32 : r_.integer(4, 16);
    c.y_min = r_.integer(-6, 3);
    c.y_max = r_.integer(c.y_min, 24);
    c.first = r_.integer(0, 1);
    c.last = r_.integer(0, 1);
    const int channels = c.heads * c.head_dim;
    c.kv = place(kOutputBuffer, int64_t{channels} * c.head_dim * 4);
    c.ksum = place(kOutputBuffer, int64_t{channels} * 4);
    c.sums = place(kOutputBuffer, int64_t{channels} * (c.head_dim + 1) * 8);
    for (int i = 0; i < channels * (c.head_dim + 1); ++i) {
      const int64_t sum = r_.integer(-(1 << 30), 1 << 30);
      std::memcpy(at(kOutputBuffer, c.sums + 8 * i), &sum, 8);
    }
    c.out = tile(kOutputBuffer, channels, c.width, c.y0, c.y1 - c.y0, out_format());
    const AttentionBlock block(c.heads, c.head_dim, c.in_channels);
    c.params = place(kWeightBuffer, block.size);
    for (int i = 0; i < c.in_channels; ++i) {
      put_zero(c.params + static_cast<int>(block.zeros) + 4 * i, 0, 120);  // centred codes are operands
    }
    for (int64_t offset = block.kv; offset < block.den_scale; offset += 16) {
      Record one = record();
      if (op == Opcode::kAttend && offset < block.num) {
        one.zero = r_.integer(0, 100);  // centred codes are operands
      }
      if (offset >= block.out) {
        one.shift = r_.integer(-6, 40);
      }
      write_record(at(kWeightBuffer, c.params + offset), {}, one);
    }
    for (int h = 0; h < c.heads; ++h) {
      const int scale = r_.integer(0, (1 << 17) - 1) | r_.integer(0, 20) << 24;  // den_mult, den_frac
      std::memcpy(at(kWeightBuffer, c.params + block.den_scale + 4 * h), &scale, 4);
    }
    spread();
    return std::move(case_);
  }

 private:
  uint8_t* at(int buffer, int64_t address) {
    return case_.bytes[static_cast<size_t>(buffer)].data() + address;
  }
  /// Random bytes at the end of a buffer.
  int32_t place(int buffer, int64_t bytes) {
    auto& all = case_.bytes[static_cast<size_t>(buffer)];
    const size_t address = all.size();
    all.resize(address + static_cast<size_t>(bytes));
    for (size_t i = address; i < all.size(); ++i) {
      all[i] = static_cast<uint8_t>(r_.integer(0, 255));
    }
    return static_cast<int32_t>(address);
  }
  TileRef tile(int buffer, int channels, int width, int first_row, int rows, int format) {
    TileRef ref;
    ref.buffer = buffer;
    ref.blocks = static_cast<int>(ceil_div(channels, kChannelBlock));
    ref.width = width;
    ref.first_row = first_row;
    ref.rows = rows;
    ref.format = format;
    ref.window = r_.coin() ? rows + r_.integer(0, 2) : 0;
    const int64_t codes = int64_t{ref.blocks} * kChannelBlock * width * ref.places();
    ref.address = place(buffer, codes * ref.bytes());
    for (int64_t i = 0; i < codes; ++i) {
      const int64_t high = int64_t{1} << (ref.bits() - 1);
      const auto code =
          static_cast<int>(ref.is_signed() ? r_.integer(static_cast<int>(-high), static_cast<int>(high - 1))
                                           : r_.integer(0, static_cast<int>(2 * high - 1)));
      store_code(at(buffer, ref.address + i * ref.bytes()), ref.bytes(), code);
    }
    return ref;
  }
  int code_format(int most) {
    const int bits = r_.integer(std::min(most, 8), most);
    return bits + (r_.coin() ? 256 : 0);
  }
  int out_format() {
    const int kind = r_.integer(0, 4);
    return kind == 0 ? 256 + 32 : kind == 1 ? code_format(16) : r_.integer(2, 8) + (r_.coin() ? 256 : 0);
  }
  void put_zero(int address, int low, int high) {
    const int32_t zero = r_.integer(low, high);
    std::memcpy(at(kWeightBuffer, address), &zero, 4);
  }
  /// Shifts that leave something of sums of some 20 bits, and now and then ones that do not.
  Record record() {
    Record record;
    record.bias = r_.integer(-(1 << 18), 1 << 18);
    record.mult = r_.integer(0, (1 << 17) - 1);
    record.pre = r_.integer(0, 6);
    record.shift = r_.integer(0, 9) == 0 ? r_.integer(0, 62) : r_.integer(16, 28);
    record.zero = r_.integer(-300, 300);
    record.six = r_.integer(0, 1 << 20);
    record.three = r_.integer(1, (1 << 17) - 1);
    record.act_shift = r_.integer(-2, 6);
    record.terms[0] = {r_.integer(0, (1 << 17) - 1), r_.integer(-300, 300), r_.integer(0, 12)};
    return record;
  }
  void spread() {
    Command& c = case_.command;
    c.copies_channels = r_.integer(1, p_.copies);
    c.copies_pixels = r_.integer(1, p_.copies / c.copies_channels);
  }

  const RtlParameters& p_;
  Random& r_;
  CommandCase case_;
};

}  // namespace

BufferViews CommandCase::views() {
  BufferViews views;
  for (size_t i = 0; i < bytes.size(); ++i) {
    views.views[i] = {bytes[i].data(), static_cast<int64_t>(bytes[i].size())};
  }
  return views;
}

RtlParameters random_parameters(Random& r) {
  RtlParameters p;
  p.kind = r.coin() ? EngineKind::kMat : EngineKind::kRmac;
  p.lanes = 2 * r.integer(1, 6);
  p.inputs = r.integer(1, 10);
  p.copies = r.integer(1, 6);
  do {
    p.post_lanes = r.integer(1, p.lanes);
  } while (p.lanes % p.post_lanes != 0 || (p.kind == EngineKind::kRmac && p.inputs % p.post_lanes != 0));
  p.divisor_depth = 1 << r.integer(1, 5);
  return p;
}

CommandCase random_command(const RtlParameters& p, Random& r) {
  Maker maker(p, r);
  switch (r.integer(0, 3)) {
    case 0:
      return maker.conv(false);
    case 1:
      return maker.conv(true);
    case 2:
      return maker.attention(Opcode::kContext);
    default:
      return maker.attention(Opcode::kAttend);
  }
}

}  // namespace tridex::test
