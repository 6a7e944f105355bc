#include "models/builder.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/error.h"

namespace tridex::models {

namespace {

std::string text(const Shape& s) {
  return fmt::format("{}x{}x{}", s.c, s.h, s.w);
}

/// No real network is near these; they keep every product of sizes, and the sum of all MACs, inside 64 bits.
constexpr int kMaxExtent = 1 << 20;
constexpr int64_t kMaxElements = int64_t{1} << 31;  ///< of a map, and of a convolution's weights
constexpr int64_t kMaxMacs = int64_t{1} << 60;

int output_extent(const std::string& name, int in, int before, int after, int kernel, int stride) {
  const int padded = in + before + after;
  if (padded < kernel) {
    fail("{}: a kernel of {} does not fit into a padded map of {}", name, kernel, padded);
  }
  return (padded - kernel) / stride + 1;
}

}  // namespace

GraphBuilder::GraphBuilder(std::string name) {
  graph_.name = std::move(name);
}

Shape GraphBuilder::shape(int id) const {
  if (id < 0 || id >= static_cast<int>(graph_.nodes.size())) {
    throw std::logic_error("network " + graph_.name + ": reads a node that does not exist yet");
  }
  return graph_.node(id).shape;
}

int GraphBuilder::append(Node node) {
  if (node.name.empty()) {
    fail("network {}: a node needs a name", graph_.name);
  }
  for (const Node& other : graph_.nodes) {
    if (other.name == node.name) {
      fail("network {}: two nodes are called '{}'", graph_.name, node.name);
    }
  }
  const Shape& s = node.shape;
  if (s.c < 1 || s.h < 1 || s.w < 1 || s.c > kMaxExtent || s.h > kMaxExtent || s.w > kMaxExtent) {
    fail("{}: shape {} is not one that a map can have (each extent is 1 to {})", node.name, text(s),
         kMaxExtent);
  }
  if (s.pixels() > kMaxElements || s.elements() > kMaxElements) {
    fail("{}: a map of {} has more than {} elements", node.name, text(s), kMaxElements);
  }
  node.id = static_cast<int>(graph_.nodes.size());
  node.region = region;
  node.block = block;
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().id;
}

int GraphBuilder::input(Shape shape) {
  if (!graph_.nodes.empty()) {
    fail("network {}: the input must be the first node", graph_.name);
  }
  Node node;
  node.name = "input";
  node.op = Op::kInput;
  node.shape = shape;
  return append(std::move(node));
}

int GraphBuilder::conv(const std::string& name, int from, int out_channels, const ConvAttributes& a,
                       Role role) {
  const Shape in = shape(from);
  const auto bad_padding = [](int padding) { return padding < 0 || padding > kMaxExtent; };
  if (a.kernel_h < 1 || a.kernel_w < 1 || a.stride < 1 || a.groups < 1 || bad_padding(a.pad_top) ||
      bad_padding(a.pad_left) || bad_padding(a.pad_bottom) || bad_padding(a.pad_right)) {
    fail("{}: kernel {}x{}, stride {}, groups {}: each must be 1 or more, and paddings 0 to {}", name,
         a.kernel_h, a.kernel_w, a.stride, a.groups, kMaxExtent);
  }
  if (in.c % a.groups != 0 || out_channels % a.groups != 0) {
    fail("{}: {} groups do not divide {} input and {} output channels", name, a.groups, in.c, out_channels);
  }
  const double weights =
      static_cast<double>(out_channels) * static_cast<double>(in.c / a.groups) * a.kernel_h * a.kernel_w;
  if (weights > static_cast<double>(kMaxElements)) {
    fail("{}: {} output channels with {} input channels and a kernel of {}x{} are more than {} weights", name,
         out_channels, in.c / a.groups, a.kernel_h, a.kernel_w, kMaxElements);
  }
  Node node;
  node.name = name;
  node.op = Op::kConv;
  node.inputs = {from};
  node.shape = {out_channels, output_extent(name, in.h, a.pad_top, a.pad_bottom, a.kernel_h, a.stride),
                output_extent(name, in.w, a.pad_left, a.pad_right, a.kernel_w, a.stride)};
  node.conv = a;
  node.role = role;
  return append(std::move(node));
}

int GraphBuilder::batch_norm(const std::string& name, int from, double eps) {
  Node node;
  node.name = name;
  node.op = Op::kBatchNorm;
  node.inputs = {from};
  node.shape = shape(from);
  node.eps = eps;
  return append(std::move(node));
}

int GraphBuilder::layer_norm(const std::string& name, int from, double eps) {
  Node node;
  node.name = name;
  node.op = Op::kLayerNorm;
  node.inputs = {from};
  node.shape = shape(from);
  node.eps = eps;
  return append(std::move(node));
}

int GraphBuilder::unary(const std::string& name, Op op, int from) {
  if (op != Op::kHardswish && op != Op::kRelu && op != Op::kRelu6 && op != Op::kGlobalAvgPool) {
    throw std::logic_error(name + ": " + op_name(op) + " is not a unary operator without parameters");
  }
  Node node;
  node.name = name;
  node.op = op;
  node.inputs = {from};
  node.shape = shape(from);
  if (op == Op::kGlobalAvgPool) {
    node.shape.h = node.shape.w = 1;
  }
  return append(std::move(node));
}

int GraphBuilder::add(const std::string& name, const std::vector<int>& from) {
  if (from.size() < 2) {
    fail("{}: an addition needs two operands or more, got {}", name, from.size());
  }
  for (const int id : from) {
    if (shape(id) != shape(from[0])) {
      fail("{}: cannot add {} ({}) and {} ({})", name, graph_.node(from[0]).name, text(shape(from[0])),
           graph_.node(id).name, text(shape(id)));
    }
  }
  Node node;
  node.name = name;
  node.op = Op::kAdd;
  node.inputs = from;
  node.shape = shape(from[0]);
  return append(std::move(node));
}

int GraphBuilder::head_slice(const std::string& name, int from, int heads, int part) {
  const Shape in = shape(from);
  if (heads < 1 || in.c % (3 * heads) != 0 || part < 0 || part > 2) {
    fail("{}: part {} of {} heads with q, k and v cannot be cut from {} channels", name, part, heads, in.c);
  }
  Node node;
  node.name = name;
  node.op = Op::kHeadSlice;
  node.inputs = {from};
  node.shape = {in.c / 3, in.h, in.w};
  node.heads = heads;
  node.part = part;
  return append(std::move(node));
}

int GraphBuilder::matmul_tokens(const std::string& name, int k, int v, int heads) {
  if (shape(k) != shape(v) || heads < 1 || shape(k).c % heads != 0) {
    fail("{}: k ({}) and v ({}) must have one shape that {} heads divide", name, text(shape(k)),
         text(shape(v)), heads);
  }
  Node node;
  node.name = name;
  node.op = Op::kMatMulTokens;
  node.inputs = {k, v};
  node.shape = {shape(k).c, 1, shape(k).c / heads};
  node.heads = heads;
  return append(std::move(node));
}

int GraphBuilder::token_sum(const std::string& name, int k, int heads) {
  if (heads < 1 || shape(k).c % heads != 0) {
    fail("{}: {} heads do not divide {} channels", name, heads, shape(k).c);
  }
  Node node;
  node.name = name;
  node.op = Op::kTokenSum;
  node.inputs = {k};
  node.shape = {shape(k).c, 1, 1};
  node.heads = heads;
  return append(std::move(node));
}

int GraphBuilder::matmul_heads(const std::string& name, int q, int s, int heads) {
  const Shape left = shape(q);
  const Shape right = shape(s);
  if (heads < 1 || left.c % heads != 0 || right.c != left.c || right.h != 1) {
    fail("{}: q ({}) and s ({}) do not fit each other and {} heads", name, text(left), text(right), heads);
  }
  Node node;
  node.name = name;
  node.op = Op::kMatMulHeads;
  node.inputs = {q, s};
  node.shape = {heads * right.w, left.h, left.w};
  node.heads = heads;
  return append(std::move(node));
}

int GraphBuilder::divide(const std::string& name, int numerator, int denominator, int heads, double eps) {
  const Shape n = shape(numerator);
  const Shape d = shape(denominator);
  if (heads < 1 || n.c % heads != 0 || d.c != heads || d.h != n.h || d.w != n.w) {
    fail("{}: numerator ({}) and denominator ({}) do not fit each other and {} heads", name, text(n), text(d),
         heads);
  }
  Node node;
  node.name = name;
  node.op = Op::kDivide;
  node.inputs = {numerator, denominator};
  node.shape = n;
  node.heads = heads;
  node.eps = eps;
  return append(std::move(node));
}

int GraphBuilder::concat(const std::string& name, const std::vector<int>& from) {
  if (from.empty()) {
    fail("{}: nothing to concatenate", name);
  }
  Node node;
  node.name = name;
  node.op = Op::kConcat;
  node.inputs = from;
  node.shape = {0, shape(from[0]).h, shape(from[0]).w};
  int64_t channels = 0;
  for (const int id : from) {
    if (shape(id).h != node.shape.h || shape(id).w != node.shape.w) {
      fail("{}: cannot put {} beside {}", name, text(shape(id)), text(shape(from[0])));
    }
    channels += shape(id).c;
  }
  if (channels > kMaxExtent) {
    fail("{}: {} channels are more than {}", name, channels, kMaxExtent);
  }
  node.shape.c = static_cast<int>(channels);
  return append(std::move(node));
}

int GraphBuilder::resize(const std::string& name, int from, int factor) {
  if (factor < 1 || factor > 64) {
    fail("{}: a resize factor is 1 to 64, got {}", name, factor);
  }
  Node node;
  node.name = name;
  node.op = Op::kResize;
  node.inputs = {from};
  node.shape = {shape(from).c, shape(from).h * factor, shape(from).w * factor};
  node.factor = factor;
  return append(std::move(node));
}

Graph GraphBuilder::finish(int output) {
  if (graph_.nodes.empty() || graph_.nodes[0].op != Op::kInput) {
    fail("network {}: it has no input", graph_.name);
  }
  if (output < 0 || output >= static_cast<int>(graph_.nodes.size())) {
    throw std::logic_error("network " + graph_.name + ": the output is not a node of it");
  }
  int64_t macs = 0;
  for (const Node& node : graph_.nodes) {
    macs += node.macs(graph_.nodes);
    if (macs > kMaxMacs) {
      fail("network {}: more than {} MACs up to {}", graph_.name, kMaxMacs, node.name);
    }
  }
  graph_.input = 0;
  graph_.output = output;
  return std::exchange(graph_, Graph{});
}

}  // namespace tridex::models
