#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tridex::models {

/// Shape of one image's tensor (batch is always 1). A token sequence keeps its image shape: tokens = h * w,
/// row-major.
struct Shape {
  int c = 0, h = 0, w = 0;
  [[nodiscard]] int64_t pixels() const { return int64_t{h} * w; }
  [[nodiscard]] int64_t elements() const { return int64_t{c} * h * w; }
  bool operator==(const Shape&) const = default;
};

/// Primitive operators. `heads` below is Node::heads, d = channels / heads of the operand.
enum class Op {
  kInput,
  kConv,       ///< conv.*; a linear layer is a 1x1 convolution of a 1x1 map
  kBatchNorm,  ///< inference form, folded by quant; parameters weight, bias, running_mean, running_var
  kHardswish,  ///< x * clamp(x + 3, 0, 6) / 6
  kRelu,
  kRelu6,
  kAdd,            ///< two or more inputs of one shape
  kGlobalAvgPool,  ///< c x h x w -> c x 1 x 1
  kLayerNorm,      ///< over the channels of each pixel; parameters weight, bias
  kHeadSlice,      ///< part 0, 1, 2 (q, k, v) of every group of 3d channels: 3hd x H x W -> hd x H x W
  kMatMulTokens,  ///< (k, v) -> hd x 1 x d: out[g*d + i, 0, j] = sum over tokens n of k[g*d + i, n] * v[g*d +
                  ///< j, n]
  kTokenSum,      ///< k -> hd x 1 x 1: sum over tokens (the ones column of v)
  kMatMulHeads,  ///< (q, s) with s hd x 1 x w -> h*w x H x W: out[g*w + j, n] = sum over i of q[g*d + i, n] *
                 ///< s[g*d + i, 0, j]
  kDivide,       ///< (num hd x H x W, den h x H x W) -> num / (den of the head + eps)
  kConcat,       ///< over channels
  kResize,  ///< bicubic, a = -0.75, half-pixel centres (align_corners = false), edge clamped; integer factor
};

const char* op_name(Op op);

struct ConvAttributes {
  int kernel_h = 1, kernel_w = 1, stride = 1, groups = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  ///< zeros; TF "SAME" is uneven
  bool bias = false;
  bool operator==(const ConvAttributes&) const = default;
};

/// Groups nodes for fusion and for reports.
enum class Region { kStem, kMbConv, kAttention, kHead };
const char* region_name(Region region);

/// Where a node stands in the EfficientViT vocabulary; PTQ passes choose their places by it.
enum class Role {
  kNone,
  kStem,
  kPointwise1,   ///< PW1 of an MBConv
  kDepthwise,    ///< DW of an MBConv
  kPointwise2,   ///< PW2 of an MBConv
  kDsDepthwise,  ///< of the stem's depthwise-separable block
  kDsPointwise,
  kQkv,
  kAggregateDepthwise,
  kAggregatePointwise,
  kProjection,
  kHead,
};
const char* role_name(Role role);

/// One operator and the one tensor that it makes.
struct Node {
  int id = 0;        ///< index in Graph::nodes
  std::string name;  ///< unique; the checkpoint's module path for what has parameters
  Op op = Op::kInput;
  std::vector<int> inputs;  ///< ids, all smaller than id
  Shape shape;              ///< of the output
  Region region = Region::kStem;
  std::string block;  ///< the residual block it is part of, "stages.2.op_list.1.local_module"; may be empty
  Role role = Role::kNone;
  ConvAttributes conv;  ///< kConv
  double eps = 0;       ///< kBatchNorm, kLayerNorm, kDivide
  int heads = 0;        ///< kHeadSlice, kMatMulTokens, kTokenSum, kMatMulHeads, kDivide
  int part = 0;         ///< kHeadSlice: 0 q, 1 k, 2 v
  int factor = 1;       ///< kResize
  /// Parameter ("weight") -> the tensor's name in checkpoints, where that is not NODE.weight.
  std::map<std::string, std::string> tensor_names;

  /// Multiply-accumulates of one image, counted as the paper's tables do: convolutions, linear layers, the
  /// three attention products with the ones column (kTokenSum is d x tokens a head); nothing else.
  [[nodiscard]] int64_t macs(const std::vector<Node>& nodes) const;
  bool operator==(const Node&) const = default;
};

/// Name and dimensions of a parameter of a node: "NODE.weight" [O, I/groups, kh, kw], "NODE.bias" [O], norms
/// [C].
struct ParameterInfo {
  std::string name;
  std::vector<int64_t> dims;
  bool trained = true;  ///< counted as a parameter (running statistics are not)
};

/// A DAG in topological order, shapes only: the values of parameters are in Weights, so that a design can be
/// timed without any.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  int input = 0;   ///< the kInput node
  int output = 0;  ///< logits

  [[nodiscard]] const Node& node(int id) const { return nodes[static_cast<size_t>(id)]; }
  [[nodiscard]] std::vector<ParameterInfo> parameters(int id) const;
  [[nodiscard]] std::vector<ParameterInfo> parameters() const;
  [[nodiscard]] int64_t macs() const;
  [[nodiscard]] int64_t parameter_count() const;  ///< trained ones
  /// consumers()[id]: the nodes that read id.
  [[nodiscard]] std::vector<std::vector<int>> consumers() const;
  bool operator==(const Graph&) const = default;
};

}  // namespace tridex::models
