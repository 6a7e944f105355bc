#include "random_networks.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/builder.h"
#include "quant/bounds.h"

namespace tridex::test {

using namespace quant;

namespace {

class Maker {
 public:
  explicit Maker(Random& random) : r_(random) { g_.has_weights = true; }

  int input(Shape shape) {
    IntNode n;
    n.op = IntOp::kInput;
    n.shape = shape;
    n.out = quantizer(shape.c, true);
    return append(n);
  }
  Quantizer quantizer(int channels, bool per_channel) {
    Quantizer q;
    q.bits = width();
    q.is_signed = r_.coin();
    const auto zeros = static_cast<size_t>(per_channel && r_.coin() ? channels : 1);
    q.zero.resize(zeros);
    for (int32_t& zero : q.zero) {
      // Now and then outside of the codes.
      const int64_t span = q.highest() - q.lowest();
      zero = static_cast<int32_t>(r_.integer(q.lowest() - (r_.coin() ? span / 2 : 0), q.highest()));
    }
    return q;
  }
  int conv(int from, int channels, int kernel, int stride, int groups, Activation activation, int bits = 0,
           bool shortcut = false) {
    const Shape in = g_.node(from).shape;
    IntNode n;
    n.op = IntOp::kConv;
    n.inputs = {from};
    n.conv.kernel_h = kernel;
    n.conv.kernel_w = r_.coin() ? kernel : 1;
    n.conv.stride = stride;
    n.conv.groups = groups;
    n.conv.pad_top = small(0, kernel / 2);
    n.conv.pad_bottom = small(0, kernel / 2);
    n.conv.pad_left = small(0, n.conv.kernel_w / 2);
    n.conv.pad_right = small(0, n.conv.kernel_w / 2);
    n.shape = {channels, (in.h + n.conv.pad_top + n.conv.pad_bottom - kernel) / stride + 1,
               (in.w + n.conv.pad_left + n.conv.pad_right - n.conv.kernel_w) / stride + 1};
    n.weight_bits = width();
    const int64_t limit = int64_t{1} << (n.weight_bits - 1);
    n.weights.resize(static_cast<size_t>(channels * (in.c / groups) * kernel * n.conv.kernel_w));
    for (auto& w : n.weights) {
      w = static_cast<int16_t>(r_.integer(-limit, limit - 1));
    }
    for (int o = 0; o < channels; ++o) {
      n.bias.push_back(r_.integer(-(limit << 12), limit << 12));
    }
    n.activation = activation;
    n.out = quantizer(channels, true);
    if (bits == 32) {
      n.out = {32, true, {1.0}, {0}};
    }
    if (shortcut) {
      // A 1x1 convolution of the same input has the shortcut's shape.
      n.has_shortcut = true;
      n.inputs.push_back(from);
      const size_t entries = r_.coin() ? 1 : static_cast<size_t>(channels);
      for (size_t i = 0; i < entries; ++i) {
        n.res_mult.push_back(small(0, (1 << 17) - 1));
        n.res_shift.push_back(static_cast<int8_t>(r_.integer(-3, 20)));
      }
    }
    return finish(n);
  }
  /// Requantization that spreads the reachable results over the codes, give or take some bits.
  int finish(IntNode n) {
    n.id = static_cast<int>(g_.nodes.size());
    const auto channels = static_cast<size_t>(n.shape.c);
    const size_t entries = r_.coin() ? 1 : channels;
    const auto bounds = accumulator_bounds(g_, n);
    const double bound = *std::max_element(bounds.begin(), bounds.end());
    for (size_t i = 0; i < entries; ++i) {
      if (n.activation == Activation::kRelu6) {
        n.six.push_back(r_.integer(0, static_cast<int64_t>(bound) + 1));
      } else if (n.activation == Activation::kHardswish) {
        const int excess = static_cast<int>(std::log2(bound + 1)) - 17;
        n.act_shift.push_back(static_cast<int8_t>(std::clamp(excess + small(-4, 2), -16, 47)));
        n.three.push_back(small(1, (1 << 17) - 1));
      }
    }
    for (size_t i = 0; i < entries && n.out.bits != 32; ++i) {
      const double reach =
          activated_bound(n, static_cast<int>(n.three.size() + n.six.size() > 1 ? i : 0), bound);
      const int bits = static_cast<int>(std::log2(reach + 1)) + 1;
      const int pre = std::max(0, bits - 26 + small(-2, 1));
      n.requant.pre.push_back(static_cast<int8_t>(pre));
      n.requant.mult.push_back(small(0, (1 << 17) - 1));
      n.requant.shift.push_back(
          static_cast<int8_t>(std::clamp(bits - pre + 17 - n.out.bits - small(0, 4), 0, 62)));
    }
    return append(n);
  }
  int concat(IntNode n) {
    n.out = concat_quantizer(g_, n);
    return append(n);
  }
  int append(IntNode n) {
    n.id = static_cast<int>(g_.nodes.size());
    n.name = "node" + std::to_string(n.id);
    g_.nodes.push_back(n);
    return n.id;
  }
  /// Bits of a code; half of the time at most 8, for which the executor has kernels of their own.
  int width() { return r_.coin() ? small(2, 8) : small(2, 16); }
  /// Mostly at most `most`; now and then some blocks of the kernels' lanes.
  int channels(int most) { return r_.integer(0, 3) == 0 ? small(1, 15 * most) : small(1, most); }
  int small(int low, int high) { return static_cast<int>(r_.integer(low, high)); }
  IntNode& node(int id) { return g_.nodes[static_cast<size_t>(id)]; }
  IntegerGraph done(int output) {
    g_.output = output;
    return g_;
  }
  int plain_conv(int from, int channels, int bits = 0) {
    const int id = conv(from, channels, 1, 1, 1, Activation::kNone, bits);
    return id;
  }
  IntNode product(IntOp op, const std::vector<int>& inputs, int heads, const std::vector<Operand>& operands,
                  Shape shape) {
    IntNode n;
    n.op = op;
    n.inputs = inputs;
    n.heads = heads;
    n.operands = operands;
    n.shape = shape;
    n.out = quantizer(shape.c, true);
    if (r_.integer(0, 3) == 0) {
      n.out = {32, true, {1.0}, {0}};
    }
    return n;
  }
  int divide(Divisor divisor) {
    const int heads = small(1, 3);
    const int d = channels(4);
    const int x = input({small(1, 4), small(1, 5), small(1, 5)});
    const bool any = divisor == Divisor::kExact || divisor == Divisor::kReciprocal;
    const bool wide = any && r_.coin();
    const int num = plain_conv(x, heads * d, wide ? 32 : 0);
    const bool wide_den = divisor == Divisor::kLog2Code || (any && r_.coin());
    const int den = plain_conv(x, heads, wide_den ? 32 : 0);
    if (!wide_den) {
      Quantizer& q = node(den).out;
      q.is_signed = false;
      q.zero = {0};
    }
    IntNode n;
    n.op = IntOp::kDivide;
    n.inputs = {num, den};
    n.heads = heads;
    n.operands = {{}, {}};
    n.shape = node(num).shape;
    n.divisor = divisor;
    n.out = quantizer(n.shape.c, true);
    n.min_code = divisor == Divisor::kUniform || divisor == Divisor::kReciprocal ? small(0, 2) : 0;
    n.table_bits = small(4, 10);
    n.y_min = small(-20, 10);
    n.y_max = n.y_min + small(0, 30);
    const bool shifted = divisor != Divisor::kUniform && divisor != Divisor::kExact;
    const int channels = r_.coin() ? 1 : n.shape.c;
    for (int c = 0; c < channels; ++c) {
      n.requant.mult.push_back(small(0, (1 << 17) - 1));
      n.requant.shift.push_back(static_cast<int8_t>(shifted ? small(-10, 40) : small(0, 20)));
      if (divisor == Divisor::kReciprocal) {
        n.requant.pre.push_back(static_cast<int8_t>(small(0, 20)));
      }
    }
    const int divisors = r_.coin() ? 1 : heads;
    for (int h = 0; h < divisors; ++h) {
      n.den_mult.push_back(small(0, (1 << 17) - 1));
      n.den_frac.push_back(static_cast<int8_t>(small(-10, 40)));
    }
    return append(n);
  }

 private:
  Random& r_;
  IntegerGraph g_;
};

}  // namespace

const char* random_kind_name(int kind) {
  constexpr const char* kNames[kRandomKinds] = {
      "dense conv", "grouped conv",  "depthwise conv", "conv with shortcut",
      "add",        "matmul tokens", "token sum",      "matmul heads",
      "divide",     "pool",          "layer norm",     "resize",
      "concat"};
  return kNames[kind];
}

IntegerGraph random_operator(int kind, Random& random) {
  Maker m(random);
  const auto activation = static_cast<Activation>(random.integer(0, 3));
  const int h = m.small(3, 12);
  const int w = m.small(3, 12);
  switch (kind) {
    case 0:
      return m.done(
          m.conv(m.input({m.channels(9), h, w}), m.channels(9), m.small(1, 3), m.small(1, 3), 1, activation));
    case 1: {
      const int groups = m.small(1, 4);
      const int x = m.input({groups * m.channels(3), h, w});
      const int outputs = random.coin() ? m.channels(6) : 16 * m.small(1, 3);  // whole blocks of lanes
      return m.done(m.conv(x, groups * outputs, m.small(1, 3), m.small(1, 2), groups, activation));
    }
    case 2: {
      const int channels = m.channels(9) + 1;
      const int kernel = m.small(1, std::min({h, w, 5}));
      return m.done(m.conv(m.input({channels, h, w}), channels, kernel, m.small(1, 3), channels, activation));
    }
    case 3: {
      const int channels = m.channels(9);
      return m.done(m.conv(m.input({channels, h, w}), channels, 1, 1, 1, Activation::kNone, 0, true));
    }
    case 4: {
      const int x = m.input({m.channels(5), h, w});
      const int channels = m.node(x).shape.c;
      const int y = m.conv(x, channels, 1, 1, 1, activation);
      IntNode n;
      n.op = IntOp::kAdd;
      const std::vector<int> choices[] = {{y}, {x, y}, {y, x, x}};
      n.inputs = choices[m.small(0, 2)];
      n.shape = m.node(x).shape;
      n.out = m.quantizer(channels, true);
      n.add_mult.resize(n.inputs.size());
      const size_t entries = random.coin() ? 1 : static_cast<size_t>(channels);
      for (size_t c = 0; c < entries; ++c) {
        for (auto& mult : n.add_mult) {
          mult.push_back(m.small(0, (1 << 17) - 1));
        }
        n.requant.shift.push_back(static_cast<int8_t>(random.integer(0, 30)));
      }
      return m.done(m.append(n));
    }
    case 5:
    case 6:
    case 7: {
      const int heads = m.small(1, 3);
      const int d = random.coin() ? m.small(1, 5) : 16 * m.small(1, 2);  // whole blocks of lanes
      const int x = m.input({3 * heads * d, h, w});
      const Operand q{0, random.coin()};
      const Operand k{1, random.coin()};
      const Operand v{2, random.coin()};
      if (kind == 6) {
        return m.done(m.finish(m.product(IntOp::kTokenSum, {x}, heads, {k}, {heads * d, 1, 1})));
      }
      IntNode tokens = m.product(IntOp::kMatMulTokens, {x, x}, heads, {k, v}, {heads * d, 1, d});
      if (kind == 5) {
        return m.done(m.finish(tokens));
      }
      const bool sum = random.coin();
      if (sum) {
        tokens = m.product(IntOp::kTokenSum, {x}, heads, {k}, {heads * d, 1, 1});
      }
      tokens.out = m.quantizer(heads * d, true);
      const int s = m.finish(tokens);
      const int width = sum ? 1 : d;
      return m.done(m.finish(m.product(IntOp::kMatMulHeads, {x, s}, heads, {q, {}}, {heads * width, h, w})));
    }
    case 8:
      return m.done(m.divide(static_cast<Divisor>(random.integer(0, 4))));
    case 9: {
      const int x = m.input({m.channels(5), h, w});
      IntNode n;
      n.op = IntOp::kGlobalAvgPool;
      n.inputs = {x};
      n.shape = {m.node(x).shape.c, 1, 1};
      n.out = m.quantizer(n.shape.c, true);
      return m.done(m.finish(n));
    }
    case 10: {
      const int x = m.input({m.small(1, 40), m.small(1, 3), m.small(1, 3)});
      IntNode n;
      n.op = IntOp::kLayerNorm;
      n.inputs = {x};
      n.shape = m.node(x).shape;
      for (int c = 0; c < n.shape.c; ++c) {
        n.gamma.push_back(m.small(-65536, 65535));
        n.beta.push_back(random.integer(-(int64_t{1} << 28), int64_t{1} << 28));
      }
      n.epsilon = random.integer(1, 1000);
      if (random.coin()) {
        Quantizer& in = m.node(x).out;
        const int limit = norm_multiplier_limit(in.bits);
        in.scale.assign(static_cast<size_t>(n.shape.c), in.scale[0]);
        for (size_t c = 1; c < in.scale.size(); ++c) {
          in.scale[c] *= m.small(1, limit) / static_cast<double>(limit);
        }
      }
      n.activation = activation;
      n.out = m.quantizer(n.shape.c, true);
      return m.done(m.finish(n));
    }
    case 11: {
      const int x = m.input({m.channels(3), h, w});
      IntNode n;
      n.op = IntOp::kResize;
      n.inputs = {x};
      n.factor = random.coin() ? 2 : 4;
      n.shape = {m.node(x).shape.c, h * n.factor, w * n.factor};
      n.out = m.quantizer(n.shape.c, true);
      return m.done(m.finish(n));
    }
    case 12: {
      const int x = m.input({m.channels(3), h, w});
      const int a = m.plain_conv(x, m.small(1, 3));
      const int b = m.plain_conv(x, m.small(1, 3));
      m.node(b).out.bits = m.node(a).out.bits;
      m.node(b).out.is_signed = m.node(a).out.is_signed;
      IntNode n;
      n.op = IntOp::kConcat;
      n.inputs = {a, b};
      n.shape = {m.node(a).shape.c + m.node(b).shape.c, h, w};
      return m.done(m.concat(n));
    }
    default:
      throw std::logic_error("random_operator");
  }
}

Codes random_codes(const IntNode& node, Random& random) {
  Codes codes{node.shape, {}};
  const bool extreme = random.integer(0, 3) == 0;
  for (int64_t i = 0; i < node.shape.elements(); ++i) {
    const int64_t q = random.integer(node.out.lowest(), node.out.highest());
    codes.data.push_back(
        static_cast<int32_t>(extreme ? (random.coin() ? node.out.lowest() : node.out.highest()) : q));
  }
  return codes;
}

std::vector<models::Activation> random_images(const models::Graph& graph, size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<models::Activation> images(count);
  for (auto& image : images) {
    image.shape = graph.node(0).shape;
    for (int64_t i = 0; i < image.shape.elements(); ++i) {
      image.data.push_back(static_cast<float>(random.integer(-80, 80)) / 50.0f);
    }
  }
  return images;
}

models::Graph tiny_network() {
  models::GraphBuilder b("tiny");
  models::ConvAttributes stem;
  stem.kernel_h = stem.kernel_w = 3;
  stem.stride = 2;
  stem.pad_top = stem.pad_left = stem.pad_bottom = stem.pad_right = 1;
  int x = b.input({3, 16, 24});
  x = b.conv("stem", x, 8, stem, models::Role::kStem);
  x = b.unary("stem.act", models::Op::kHardswish, b.batch_norm("stem.norm", x, 1e-5));
  models::ConvAttributes point;
  point.bias = true;
  models::ConvAttributes deep = stem;
  deep.stride = 1;
  deep.groups = 16;
  deep.bias = true;
  int y = b.unary("pw1.act", models::Op::kHardswish, b.conv("pw1", x, 16, point, models::Role::kPointwise1));
  y = b.unary("dw.act", models::Op::kHardswish, b.conv("dw", y, 16, deep, models::Role::kDepthwise));
  y = b.conv("pw2", y, 8, point, models::Role::kPointwise2);
  x = b.add("mb", {y, x});
  const int qkv = b.conv("qkv", x, 24, {}, models::Role::kQkv);
  models::ConvAttributes grouped;
  grouped.groups = 6;
  const int aggregated = b.conv("aggregate", qkv, 24, grouped, models::Role::kAggregatePointwise);
  std::vector<int> branches;
  for (const int from : {qkv, aggregated}) {
    const std::string name = from == qkv ? "a" : "b";
    const int q = b.unary(name + ".q", models::Op::kRelu, b.head_slice(name + ".q_", from, 2, 0));
    const int k = b.unary(name + ".k", models::Op::kRelu, b.head_slice(name + ".k_", from, 2, 1));
    const int v = b.head_slice(name + ".v", from, 2, 2);
    const int num = b.matmul_heads(name + ".num", q, b.matmul_tokens(name + ".kv", k, v, 2), 2);
    const int den = b.matmul_heads(name + ".den", q, b.token_sum(name + ".sum", k, 2), 2);
    branches.push_back(b.divide(name + ".div", num, den, 2, 1e-15));
  }
  const int proj = b.conv("proj", b.concat("concat", branches), 8, point, models::Role::kProjection);
  x = b.add("msa", {proj, x});
  models::ConvAttributes half = stem;
  half.groups = 8;
  const int low = b.unary("low.act", models::Op::kRelu6, b.conv("low", x, 8, half));
  const int up = b.resize("up", low, 2);
  x = b.add("sum", {up, x, x});
  x = b.unary("pool", models::Op::kGlobalAvgPool, x);
  x = b.conv("fc1", x, 12, {}, models::Role::kHead);
  x = b.unary("ln.act", models::Op::kHardswish, b.layer_norm("ln", x, 1e-5));
  return b.finish(b.conv("fc2", x, 5, point, models::Role::kHead));
}

}  // namespace tridex::test
