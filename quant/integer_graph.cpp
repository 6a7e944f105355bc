#include "quant/integer_graph.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "base/hash.h"

namespace tridex::quant {

namespace {

/// Appends values as little-endian bytes, lengths before contents, so that two different graphs cannot give
/// one text.
class Bytes {
 public:
  template <typename T>
  void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      put_integer(static_cast<uint64_t>(value));
    } else if constexpr (std::is_same_v<T, double>) {
      uint64_t bits = 0;
      static_assert(sizeof bits == sizeof value);
      __builtin_memcpy(&bits, &value, sizeof bits);
      put_integer(bits);
    } else {
      put_integer(static_cast<uint64_t>(static_cast<int64_t>(value)));
    }
  }
  void put(const std::string& text) {
    put(text.size());
    data_.insert(data_.end(), text.begin(), text.end());
  }
  template <typename T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) {
      put(value);
    }
  }
  template <typename... T>
  void put_all(const T&... values) {
    (put(values), ...);
  }
  void put(const Shape& s) { put_all(s.c, s.h, s.w); }
  void put(const Quantizer& q) { put_all(q.bits, q.is_signed, q.scale, q.zero); }
  void put(const Requant& r) { put_all(r.mult, r.pre, r.shift); }
  void put(const Operand& o) { put_all(o.part, o.relu); }
  void put(const ConvAttributes& c) {
    put_all(c.kernel_h, c.kernel_w, c.stride, c.groups, c.pad_top, c.pad_left, c.pad_bottom, c.pad_right);
  }
  [[nodiscard]] const std::vector<uint8_t>& data() const { return data_; }

 private:
  void put_integer(uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      data_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
  }
  std::vector<uint8_t> data_;
};

}  // namespace

const char* int_op_name(IntOp op) {
  switch (op) {
    case IntOp::kInput:
      return "input";
    case IntOp::kConv:
      return "conv";
    case IntOp::kAdd:
      return "add";
    case IntOp::kMatMulTokens:
      return "matmul_tokens";
    case IntOp::kTokenSum:
      return "token_sum";
    case IntOp::kMatMulHeads:
      return "matmul_heads";
    case IntOp::kDivide:
      return "divide";
    case IntOp::kGlobalAvgPool:
      return "global_avg_pool";
    case IntOp::kLayerNorm:
      return "layer_norm";
    case IntOp::kConcat:
      return "concat";
    case IntOp::kResize:
      return "resize";
  }
  throw std::logic_error("int_op_name: not an IntOp");
}

std::vector<std::vector<int>> IntegerGraph::consumers() const {
  std::vector<std::vector<int>> result(nodes.size());
  for (const IntNode& n : nodes) {
    for (const int from : n.inputs) {
      auto& readers = result[static_cast<size_t>(from)];
      if (readers.empty() || readers.back() != n.id) {
        readers.push_back(n.id);
      }
    }
  }
  return result;
}

Quantizer concat_quantizer(const IntegerGraph& graph, const IntNode& concat) {
  Quantizer result = graph.node(concat.inputs[0]).out;
  result.scale.clear();
  result.zero.clear();
  for (const int id : concat.inputs) {
    const IntNode& input = graph.node(id);
    for (int c = 0; c < input.shape.c; ++c) {
      result.scale.push_back(input.out.scale_of(c));
      result.zero.push_back(input.out.zero_of(c));
    }
  }
  const auto shorten = [](auto& values) {
    if (std::count(values.begin(), values.end(), values[0]) == static_cast<std::ptrdiff_t>(values.size())) {
      values.resize(1);
    }
  };
  shorten(result.scale);
  shorten(result.zero);
  return result;
}

int64_t IntegerGraph::macs() const {
  int64_t sum = 0;
  for (const IntNode& n : nodes) {
    sum += n.macs;
  }
  return sum;
}

std::string IntegerGraph::hash() const {
  Bytes bytes;
  bytes.put_all(nodes.size(), input, output, has_weights);
  // With a mean, the input's real zero point is 255 mean and not the rounded one (NUMERICS.md, Input).
  bytes.put_all(input_mean, input_std);
  if (power_of_two_scales) {
    bytes.put(power_of_two_scales);
  }
  for (const IntNode& n : nodes) {
    bytes.put_all(n.op, n.inputs, n.shape, n.out, n.requant, n.activation, n.region, n.block, n.role);
    bytes.put_all(n.conv, n.weight_bits, n.weights, n.bias, n.has_shortcut, n.res_mult, n.res_shift);
    bytes.put_all(n.six, n.act_shift, n.three, n.add_mult);
    bytes.put_all(n.heads, n.operands, n.divisor, n.den_mult, n.den_frac, n.y_min, n.y_max, n.min_code);
    bytes.put_all(n.gamma, n.beta, n.epsilon, n.factor);
    if (n.divisor == Divisor::kReciprocal) {
      bytes.put(n.table_bits);
    }
  }
  return content_hash(bytes.data());
}

}  // namespace tridex::quant
