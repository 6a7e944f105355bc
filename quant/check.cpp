#include <cmath>

#include "base/error.h"
#include "quant/bounds.h"
#include "quant/check_values.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

namespace {

constexpr int kMaxExtent = 1 << 20;
constexpr int64_t kMaxElements = int64_t{1} << 31;

[[noreturn]] void fail_node(const IntNode& n, const std::string& message) {
  fail("node {} '{}' ({}): {}", n.id, n.name, int_op_name(n.op), message);
}

void require(bool condition, const IntNode& n, const char* message) {
  if (!condition) {
    fail_node(n, message);
  }
}

bool good_shape(const Shape& s) {
  return s.c >= 1 && s.h >= 1 && s.w >= 1 && s.c <= kMaxExtent && s.h <= kMaxExtent && s.w <= kMaxExtent &&
         s.pixels() <= kMaxElements && s.elements() <= kMaxElements;
}

int64_t conv_extent(int in, int before, int after, int kernel, int stride) {
  return (int64_t{in} + before + after - kernel) / stride + 1;
}

void check_conv(const IntNode& n, const Shape& in) {
  const ConvAttributes& c = n.conv;
  const auto in_range = [](int value, int low, int high) { return value >= low && value <= high; };
  require(in_range(c.kernel_h, 1, 64) && in_range(c.kernel_w, 1, 64) && in_range(c.stride, 1, 64), n,
          "a kernel and a stride are 1 to 64");
  require(in_range(c.pad_top, 0, 63) && in_range(c.pad_left, 0, 63) && in_range(c.pad_bottom, 0, 63) &&
              in_range(c.pad_right, 0, 63),
          n, "a padding is 0 to 63");
  require(c.groups >= 1 && in.c % c.groups == 0 && n.shape.c % c.groups == 0, n,
          "the groups do not divide the channels");
  require(in.h + c.pad_top + c.pad_bottom >= c.kernel_h && in.w + c.pad_left + c.pad_right >= c.kernel_w, n,
          "the kernel does not fit into the padded map");
  require(n.shape.h == conv_extent(in.h, c.pad_top, c.pad_bottom, c.kernel_h, c.stride) &&
              n.shape.w == conv_extent(in.w, c.pad_left, c.pad_right, c.kernel_w, c.stride),
          n, "the output's size is not that of the convolution");
  require(in_range(n.weight_bits, 2, 16), n, "weight bits are 2 to 16");
}

/// Channels that an operand view has.
int view_channels(const IntNode& n, size_t i, const IntNode& from) {
  const Operand& view = n.operands[i];
  require(view.part >= -1 && view.part <= 2, n, "a part of the heads is 0, 1, 2, or -1 for all");
  if (view.part < 0) {
    return from.shape.c;
  }
  require(from.shape.c % (3 * n.heads) == 0, n, "q, k and v cannot be cut from the operand");
  return from.shape.c / 3;
}

/// What a product adds up inside a head must have one scale.
void check_head_scales(const IntNode& n, size_t i, const IntNode& from, int channels) {
  const int d = channels / n.heads;
  for (int c = 0; c < channels; ++c) {
    const int first = operand_channel(n, i, from.shape.c, c / d * d);
    require(from.out.scale_of(operand_channel(n, i, from.shape.c, c)) == from.out.scale_of(first), n,
            "an operand's scales must be equal inside a head and a part");
  }
}

void check_heads(const IntegerGraph& g, const IntNode& n) {
  require(n.heads >= 1 && n.heads <= kMaxExtent, n, "there must be at least one head");
  require(n.operands.size() == n.inputs.size(), n, "there must be one operand view an input");
  const IntNode& a = g.node(n.inputs[0]);
  const int channels = view_channels(n, 0, a);
  require(channels % n.heads == 0, n, "the heads do not divide the channels");
  const int d = channels / n.heads;
  if (n.op != IntOp::kDivide) {
    check_head_scales(n, 0, a, channels);
  }
  if (n.op == IntOp::kTokenSum) {
    require(n.shape == Shape{channels, 1, 1}, n, "the output has the wrong shape");
    return;
  }
  const IntNode& b = g.node(n.inputs[1]);
  const int other = view_channels(n, 1, b);
  switch (n.op) {
    case IntOp::kMatMulTokens:
      require(other == channels && a.shape.h == b.shape.h && a.shape.w == b.shape.w, n,
              "the operands do not fit each other");
      require(n.shape == Shape{channels, 1, d}, n, "the output has the wrong shape");
      check_head_scales(n, 1, b, other);
      break;
    case IntOp::kMatMulHeads:
      require(other == channels && b.shape.h == 1, n, "the operands do not fit each other");
      require(int64_t{n.heads} * b.shape.w <= kMaxExtent &&
                  n.shape == Shape{n.heads * b.shape.w, a.shape.h, a.shape.w},
              n, "the output has the wrong shape");
      check_head_scales(n, 1, b, other);
      break;
    default:
      require(n.operands[0] == Operand{} && n.operands[1] == Operand{}, n, "a division reads whole tensors");
      require(b.shape == Shape{n.heads, a.shape.h, a.shape.w} && n.shape == a.shape, n,
              "the operands do not fit each other");
      require(n.out.bits <= 16, n, "the quotient has at most 16 bits");
      if (n.divisor == Divisor::kLog2Code) {
        require(b.out.bits == 32, n, "log2_code needs the divisor as an accumulator (32 bits)");
        require(n.y_min >= -64 && n.y_max <= 64 && n.y_min <= n.y_max, n, "-64 <= y_min <= y_max <= 64");
      } else if (n.divisor != Divisor::kExact && n.divisor != Divisor::kReciprocal) {
        require(b.out.bits <= 16 && !b.out.is_signed, n, "the divisor must be an unsigned code");
        require(a.out.bits <= 16, n, "the dividend must have at most 16 bits");
      }
      for (const int32_t zero : b.out.zero) {
        require(zero == 0, n, "the divisor's zero point must be 0");
      }
      require(n.min_code >= 0 && n.min_code <= 65535, n, "min_code is 0 to 65535");
      require(n.table_bits >= 4 && n.table_bits <= 10, n, "table_bits is 4 to 10");
  }
}

size_t input_count(const IntNode& n) {
  switch (n.op) {
    case IntOp::kInput:
      return 0;
    case IntOp::kConv:
      return n.has_shortcut ? 2 : 1;
    case IntOp::kMatMulTokens:
    case IntOp::kMatMulHeads:
    case IntOp::kDivide:
      return 2;
    case IntOp::kTokenSum:
    case IntOp::kGlobalAvgPool:
    case IntOp::kLayerNorm:
    case IntOp::kResize:
      return 1;
    case IntOp::kAdd:
    case IntOp::kConcat:
      return n.inputs.size();
  }
  return 0;
}

void check_quantizer(const IntNode& n) {
  const Quantizer& q = n.out;
  require((q.bits >= 2 && q.bits <= 16) || q.bits == 32, n, "codes have 2 to 16 bits, accumulators 32");
  const auto c = static_cast<size_t>(n.shape.c);
  require((q.scale.size() == 1 || q.scale.size() == c) && (q.zero.size() == 1 || q.zero.size() == c), n,
          "scale and zero have one entry, or one a channel");
  for (const double scale : q.scale) {
    require(std::isfinite(scale) && scale > 0, n, "a scale must be a positive number");
  }
  for (const int32_t zero : q.zero) {
    require(std::abs(int64_t{zero}) < (1 << 20), n, "a zero point must be inside 20 bits");
    require(q.bits != 32 || zero == 0, n, "an accumulator has zero point 0");
  }
  require(q.bits != 32 || q.is_signed, n, "an accumulator is signed");
  const bool wide = n.op == IntOp::kConv || n.op == IntOp::kMatMulHeads || n.op == IntOp::kMatMulTokens ||
                    n.op == IntOp::kTokenSum;
  require(q.bits != 32 || (wide && n.activation == Activation::kNone), n,
          "only convolutions and matrix products without activation can leave accumulators");
}

void check_shapes(const IntegerGraph& g, const IntNode& n) {
  const auto in = [&](size_t i) -> const IntNode& { return g.node(n.inputs[i]); };
  switch (n.op) {
    case IntOp::kInput:
      break;
    case IntOp::kConv:
      check_conv(n, in(0).shape);
      require(!n.has_shortcut || in(1).shape == n.shape, n, "the shortcut has another shape");
      break;
    case IntOp::kAdd:
      require(!n.inputs.empty() && n.inputs.size() <= 64, n, "an addition has 1 to 64 inputs");
      for (size_t i = 0; i < n.inputs.size(); ++i) {
        require(in(i).shape == n.shape, n, "an operand has another shape");
      }
      break;
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
    case IntOp::kDivide:
      check_heads(g, n);
      break;
    case IntOp::kGlobalAvgPool:
      require(n.shape == Shape{in(0).shape.c, 1, 1}, n, "the output has the wrong shape");
      break;
    case IntOp::kLayerNorm:
      require(n.shape == in(0).shape && n.shape.c <= (1 << 15), n, "the output has the wrong shape");
      require(!norm_multipliers(in(0).out).mult.empty(), n,
              "a layer norm's input has one scale, or whole multiples of a 128th of the largest");
      break;
    case IntOp::kConcat: {
      require(!n.inputs.empty(), n, "there is nothing to concatenate");
      int64_t channels = 0;
      for (size_t i = 0; i < n.inputs.size(); ++i) {
        channels += in(i).shape.c;
        require(in(i).shape.h == n.shape.h && in(i).shape.w == n.shape.w, n, "an input has another size");
        require(in(i).out.bits == n.out.bits && in(i).out.is_signed == n.out.is_signed, n,
                "the inputs must have the output's width and sign");
      }
      require(channels == n.shape.c, n, "the output has the wrong shape");
      const Quantizer made = concat_quantizer(g, n);
      for (int c = 0; c < n.shape.c; ++c) {
        require(made.scale_of(c) == n.out.scale_of(c) && made.zero_of(c) == n.out.zero_of(c), n,
                "scale and zero point must be those of the inputs, one after the other");
      }
      break;
    }
    case IntOp::kResize:
      require(n.factor == 2 || n.factor == 4, n, "a resize has factor 2 or 4");
      require(n.shape.c == in(0).shape.c && n.shape.h == int64_t{in(0).shape.h} * n.factor &&
                  n.shape.w == int64_t{in(0).shape.w} * n.factor,
              n, "the output has the wrong shape");
      break;
  }
}

}  // namespace

void check(const IntegerGraph& g) {
  const auto count = static_cast<int>(g.nodes.size());
  if (count == 0 || g.input != 0 || g.nodes[0].op != IntOp::kInput || g.output < 0 || g.output >= count) {
    fail("network {}: it needs an input, which is its first node, and an output", g.model);
  }
  const auto channels = static_cast<size_t>(g.nodes[0].shape.c);
  if ((!g.input_mean.empty() && g.input_mean.size() != channels) ||
      g.input_std.size() != g.input_mean.size()) {
    fail("network {}: input_mean and input_std have one entry a channel, or none", g.model);
  }
  for (const double value : g.input_mean) {
    if (!(std::abs(value) < 1e6)) {
      fail("network {}: an input_mean is not a sensible number", g.model);
    }
  }
  for (int id = 0; id < count; ++id) {
    const IntNode& n = g.node(id);
    require(n.id == id, n, "its id is not its place");
    require((n.op == IntOp::kInput) == (id == 0), n, "there is one input, and it is the first node");
    require(good_shape(n.shape), n, "no map has this shape");
    require(n.inputs.size() == input_count(n), n, "it has the wrong number of inputs");
    for (const int from : n.inputs) {
      require(from >= 0 && from < id, n, "it reads a node that is not before it");
      require(g.node(from).out.bits <= 16 || n.op == IntOp::kDivide, n,
              "only a division can read an accumulator");
    }
    require(n.activation == Activation::kNone || n.op == IntOp::kConv || n.op == IntOp::kLayerNorm, n,
            "only convolutions and layer norms have an activation");
    require(!n.has_shortcut || (n.op == IntOp::kConv && n.activation == Activation::kNone), n,
            "only a convolution without activation has a shortcut");
    check_quantizer(n);
    check_shapes(g, n);
    if (g.has_weights) {
      check_values(g, n);
    }
  }
}

}  // namespace tridex::quant
