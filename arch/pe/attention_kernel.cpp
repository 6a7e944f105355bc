#include <vector>

#include "arch/pe/arithmetic.h"
#include "arch/pe/kernels.h"

namespace tridex::arch {
namespace {

constexpr int64_t kRecordBytes = 16;

/// A view of one part of the q/k/v tile: centred codes, with ReLU if the view has it.
class PartView {
 public:
  PartView(const Command& c, const BufferViews& buffers, const Tile& tile, int part, int relu)
      : tile_(tile),
        zeros_(buffers.at(kWeightBuffer, c.params, int64_t{c.in_channels} * 4)),
        dim_(c.head_dim),
        part_(part),
        relu_(relu != 0) {}
  /// Channel i of head h at token (y, x).
  [[nodiscard]] int64_t get(int h, int i, int y, int x) const {
    const int channel = part_ < 0 ? h * dim_ + i : (h * 3 + part_) * dim_ + i;
    int32_t zero = 0;
    std::memcpy(&zero, zeros_ + int64_t{channel} * 4, 4);
    const int64_t value = tile_.get(channel, y, x) - zero;
    return relu_ && value < 0 ? 0 : value;
  }

 private:
  const Tile& tile_;
  const uint8_t* zeros_;
  int dim_, part_;
  bool relu_;
};

Record record_at(const BufferViews& buffers, const Command& c, int64_t offset, int index) {
  return read_record(buffers.at(kWeightBuffer, c.params + offset + index * kRecordBytes, kRecordBytes), {});
}

int code_bytes(int format) {
  TileRef ref;
  ref.format = format;
  return ref.bytes();
}

int64_t load_scratch(const BufferViews& buffers, int64_t base, int64_t index, int format) {
  TileRef ref;
  ref.format = format;
  return load_code(buffers.at(kOutputBuffer, base + index * ref.bytes(), ref.bytes()), ref);
}

/// The code of a division by a table of reciprocals. Its ROM: for the mantissas [1 + i / 2^T, 1 + (i + 1) /
/// 2^T) the rounded 2^17 / (1 + (i + 1/2) / 2^T), as a sum of quotient and rounding bit.
int64_t divide_by_table(const Command& c, int64_t n, int64_t den, const Record& r, const CodeRange& range) {
  const auto x = static_cast<uint64_t>(std::max<int64_t>({den, c.min_code, 1}));
  const int f = leading_one(x);
  // The leading one at bit 63; the index is what follows it.
  const uint64_t aligned = (x << (63 - f)) << 1;
  const auto index = static_cast<int64_t>(aligned >> (64 - c.table_bits));
  const int64_t twice_middle = (int64_t{1} << (c.table_bits + 1)) + 2 * index + 1;
  const int64_t dividend = int64_t{1} << (18 + c.table_bits);
  const int64_t entry = dividend / twice_middle + (2 * (dividend % twice_middle) >= twice_middle ? 1 : 0);
  const int64_t u = saturate(shift_rounded(saturate(n, 27) * r.mult, r.pre), 27);
  return range.clamp(shift_rounded(u * entry, r.shift + f) + r.zero);
}

/// The code of a division: NUMERICS.md 3, Divide.
int64_t divide(const Command& c, int64_t n, int64_t den, int32_t den_mult, int den_frac, const Record& r,
               const CodeRange& range) {
  switch (static_cast<quant::Divisor>(c.divisor)) {
    case quant::Divisor::kLog2Code: {
      int y = c.y_min;
      const int64_t v = den * den_mult;
      if (v > 0) {
        const int f = leading_one(static_cast<uint64_t>(v));
        const int64_t m = f >= 16 ? v >> (f - 16) : v << (16 - f);
        constexpr int64_t kRootTwo = 92681;
        y = std::clamp(f - den_frac + (m > kRootTwo ? 1 : 0), c.y_min, c.y_max);
      }
      return range.clamp(shift_rounded(n * r.mult, r.shift + y) + r.zero);
    }
    case quant::Divisor::kLog2Paper: {
      int e = 0;
      if (den > 1) {
        const int f = leading_one(static_cast<uint64_t>(den));
        e = f + static_cast<int>((den >> (f - 1)) & 1);
      }
      return range.clamp(shift_rounded(n * r.mult, r.shift + e) + r.zero);
    }
    case quant::Divisor::kReciprocal:
      return divide_by_table(c, n, den, r, range);
    default: {
      const bool uniform = static_cast<quant::Divisor>(c.divisor) == quant::Divisor::kUniform;
      const int64_t x = std::max<int64_t>(den, uniform ? c.min_code : 0);
      if (x <= 0) {
        return n > 0 ? range.high : n < 0 ? range.low : range.clamp(r.zero);
      }
      // X * 2^shift; a negative shift scales the numerator instead.
      const int64_t numerator = r.shift < 0 ? shift_rounded(n * r.mult, r.shift) : n * r.mult;
      const int64_t denominator = r.shift < 0 ? x : x << r.shift;
      return range.clamp(divide_rounded(numerator, denominator) + r.zero);
    }
  }
}

}  // namespace

void compute_context(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const PartView k(c, buffers, in, c.k_part, c.k_relu);
  const PartView v(c, buffers, in, c.v_part, c.v_relu);
  const AttentionBlock block(c.heads, c.head_dim, c.in_channels);
  const int d = c.head_dim;
  std::vector<int64_t> keys(static_cast<size_t>(d));
  std::vector<int64_t> values(static_cast<size_t>(d));
  std::vector<int64_t> sums(static_cast<size_t>(d) * (d + 1));
  for (int h = c.c0; h < c.c1; ++h) {
    const int64_t bytes = static_cast<int64_t>(sums.size()) * 8;
    const bool kept = c.first == 0 || c.last == 0;
    uint8_t* running = kept ? buffers.at(kOutputBuffer, c.sums + h * bytes, bytes) : nullptr;
    if (c.first != 0) {
      std::fill(sums.begin(), sums.end(), 0);
    } else {
      std::memcpy(sums.data(), running, static_cast<size_t>(bytes));
    }
    for (int y = c.y0; y < c.y1; ++y) {
      for (int x = 0; x < c.in_width; ++x) {
        for (int i = 0; i < d; ++i) {
          keys[static_cast<size_t>(i)] = k.get(h, i, y, x);
          values[static_cast<size_t>(i)] = v.get(h, i, y, x);
        }
        for (int i = 0; i < d; ++i) {
          int64_t* row = sums.data() + int64_t{i} * (d + 1);
          for (int j = 0; j < d; ++j) {
            row[j] += keys[static_cast<size_t>(i)] * values[static_cast<size_t>(j)];
          }
          row[d] += keys[static_cast<size_t>(i)];
        }
      }
    }
    if (c.last == 0) {
      std::memcpy(running, sums.data(), static_cast<size_t>(bytes));
      continue;
    }
    const CodeRange kv_range(c.kv_format);
    const CodeRange ksum_range(c.ksum_format);
    const int kv_bytes = code_bytes(c.kv_format);
    const int ksum_bytes = code_bytes(c.ksum_format);
    for (int i = 0; i < d; ++i) {
      const int channel = h * d + i;
      const Record kv_record = record_at(buffers, c, block.kv, channel);
      const Record ksum_record = record_at(buffers, c, block.ksum, channel);
      const int64_t* row = sums.data() + int64_t{i} * (d + 1);
      for (int j = 0; j < d; ++j) {
        const int64_t index = int64_t{channel} * d + j;
        store_code(buffers.at(kOutputBuffer, c.kv + index * kv_bytes, kv_bytes), kv_bytes,
                   requantize(row[j], kv_record, kv_range));
      }
      store_code(buffers.at(kOutputBuffer, c.ksum + int64_t{channel} * ksum_bytes, ksum_bytes), ksum_bytes,
                 requantize(row[d], ksum_record, ksum_range));
    }
  }
}

void compute_attend(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const PartView q(c, buffers, in, c.q_part, c.q_relu);
  const AttentionBlock block(c.heads, c.head_dim, c.in_channels);
  const CodeRange num_range(c.num_format);
  const CodeRange den_range(c.den_format);
  const CodeRange range(c.out.format);
  const int d = c.head_dim;
  std::vector<int64_t> context(static_cast<size_t>(d) * d);
  std::vector<int64_t> row_sums(static_cast<size_t>(d));
  std::vector<int64_t> query(static_cast<size_t>(d));
  std::vector<Record> num_records(static_cast<size_t>(d));
  std::vector<Record> out_records(static_cast<size_t>(d));
  for (int h = c.c0; h < c.c1; ++h) {
    for (int i = 0; i < d; ++i) {
      const int channel = h * d + i;
      const int64_t kv_zero = record_at(buffers, c, block.kv, channel).zero;
      for (int j = 0; j < d; ++j) {
        context[static_cast<size_t>(i) * static_cast<size_t>(d) + static_cast<size_t>(j)] =
            load_scratch(buffers, c.kv, int64_t{channel} * d + j, c.kv_format) - kv_zero;
      }
      row_sums[static_cast<size_t>(i)] = load_scratch(buffers, c.ksum, channel, c.ksum_format) -
                                         record_at(buffers, c, block.ksum, channel).zero;
      num_records[static_cast<size_t>(i)] = record_at(buffers, c, block.num, channel);
      out_records[static_cast<size_t>(i)] = record_at(buffers, c, block.out, channel);
    }
    const Record den_record = record_at(buffers, c, block.den, h);
    const uint8_t* scale = buffers.at(kWeightBuffer, c.params + block.den_scale + int64_t{h} * 4, 4);
    const int32_t den_mult = scale[0] | scale[1] << 8 | scale[2] << 16;
    const int den_frac = static_cast<int8_t>(scale[3]);
    for (int y = c.y0; y < c.y1; ++y) {
      for (int x = 0; x < c.width; ++x) {
        int64_t den = 0;
        for (int i = 0; i < d; ++i) {
          query[static_cast<size_t>(i)] = q.get(h, i, y, x);
          den += query[static_cast<size_t>(i)] * row_sums[static_cast<size_t>(i)];
        }
        den = requantize(den, den_record, den_range);
        for (int j = 0; j < d; ++j) {
          int64_t num = 0;
          for (int i = 0; i < d; ++i) {
            num += query[static_cast<size_t>(i)] *
                   context[static_cast<size_t>(i) * static_cast<size_t>(d) + static_cast<size_t>(j)];
          }
          const Record& num_record = num_records[static_cast<size_t>(j)];
          const int64_t n =
              requantize(num, num_record, num_range) - (num_range.bits == 32 ? 0 : num_record.zero);
          out.put(h * d + j, y, x,
                  divide(c, n, den, den_mult, den_frac, out_records[static_cast<size_t>(j)], range));
        }
      }
    }
  }
}

}  // namespace tridex::arch
