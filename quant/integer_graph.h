#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/graph.h"

namespace tridex::quant {

using models::ConvAttributes;
using models::Region;
using models::Role;
using models::Shape;

/// The codes of a tensor (NUMERICS.md 1). scale and zero have one entry, or one a channel.
struct Quantizer {
  int bits = 8;  ///< 2..16, or 32: an accumulator
  bool is_signed = false;
  std::vector<double> scale{1.0};
  std::vector<int32_t> zero{0};

  [[nodiscard]] int64_t lowest() const { return is_signed ? -(int64_t{1} << (bits - 1)) : 0; }
  [[nodiscard]] int64_t highest() const { return (int64_t{1} << (is_signed ? bits - 1 : bits)) - 1; }
  [[nodiscard]] double scale_of(int c) const {
    return scale.size() == 1 ? scale[0] : scale[static_cast<size_t>(c)];
  }
  [[nodiscard]] int32_t zero_of(int c) const {
    return zero.size() == 1 ? zero[0] : zero[static_cast<size_t>(c)];
  }
  /// Bytes of one code in memory: 1, 2 or 4.
  [[nodiscard]] int bytes() const { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; }
  bool operator==(const Quantizer&) const = default;
};

/// NUMERICS.md 2. Vectors have one entry, or one an output channel. Empty when the output has 32 bits.
struct Requant {
  std::vector<int32_t> mult;
  std::vector<int8_t> pre, shift;
  bool operator==(const Requant&) const = default;
};

enum class IntOp {
  kInput,
  kConv,
  kAdd,
  kMatMulTokens,
  kTokenSum,
  kMatMulHeads,
  kDivide,
  kGlobalAvgPool,
  kLayerNorm,
  kConcat,
  kResize,
};
const char* int_op_name(IntOp op);

enum class Activation { kNone, kRelu, kRelu6, kHardswish };
enum class Divisor { kLog2Code, kLog2Paper, kUniform, kExact, kReciprocal };

/// How a matrix product reads a tensor: part 0..2 of every group of 3d channels, or (part -1) the tensor
/// itself.
struct Operand {
  int part = -1;
  bool relu = false;
  bool operator==(const Operand&) const = default;
};

/// One operator with its exact integer recipe, and the tensor that it makes (NUMERICS.md 3). Which fields are
/// used depends on op. A graph made without weights (shape_only) has empty value vectors and is good for
/// timing alone.
struct IntNode {
  int id = 0;        ///< index in IntegerGraph::nodes
  std::string name;  ///< of the float node whose value this tensor is
  IntOp op = IntOp::kInput;
  std::vector<int> inputs;  ///< kConv: the input, then the shortcut if has_shortcut
  Shape shape;              ///< of the output
  Quantizer out;
  Requant requant;
  Activation activation = Activation::kNone;  ///< kConv, kLayerNorm
  Region region = Region::kStem;
  std::string block;
  Role role = Role::kNone;
  int64_t macs = 0;  ///< of the float nodes that it stands for

  // kConv
  ConvAttributes conv;
  int weight_bits = 8;
  std::vector<int16_t> weights;  ///< O, I/groups, kh, kw
  std::vector<int64_t> bias;     ///< O; |bias| < 2^47
  bool has_shortcut = false;
  std::vector<int32_t> res_mult;  ///< 1 or O
  std::vector<int8_t> res_shift;
  // kConv, kLayerNorm with an activation; 1 or O entries
  std::vector<int64_t> six;       ///< relu6
  std::vector<int8_t> act_shift;  ///< hardswish
  std::vector<int32_t> three;

  // kAdd: add_mult[i] are the multipliers of input i (1 or C entries); the shift is requant.shift
  std::vector<std::vector<int32_t>> add_mult;

  // kMatMulTokens, kTokenSum, kMatMulHeads, kDivide
  int heads = 0;
  std::vector<Operand> operands;  ///< one an input

  // kDivide: mult and shift in requant, reciprocal: pre too
  Divisor divisor = Divisor::kLog2Paper;
  std::vector<int32_t> den_mult;  ///< log2_code; 1 or heads
  std::vector<int8_t> den_frac;
  int y_min = -6, y_max = 9;  ///< log2_code
  int min_code = 0;           ///< uniform, reciprocal
  int table_bits = 8;         ///< reciprocal: the table has 2^table_bits entries

  // kLayerNorm
  std::vector<int32_t> gamma;  ///< C
  std::vector<int64_t> beta;   ///< C
  int64_t epsilon = 1;         ///< E of NUMERICS.md

  int factor = 1;  ///< kResize

  [[nodiscard]] bool depthwise() const {
    return op == IntOp::kConv && conv.groups > 1 && conv.groups == shape.c;
  }
};

/// The channel of a tensor of `channels` that channel c of a node's operand view `i` is.
inline int operand_channel(const IntNode& node, size_t i, int channels, int c) {
  const int part = node.operands[i].part;
  if (part < 0) {
    return c;
  }
  const int d = channels / 3 / node.heads;
  return (c / d * 3 + part) * d + c % d;
}

/// The quantized network: what hardware runs, and all that a design is compiled from.
struct IntegerGraph {
  std::string model;           ///< the float network's name
  std::string recipe;          ///< the recipe's name
  std::string recipe_text;     ///< the recipe, as YAML
  std::vector<IntNode> nodes;  ///< topological order
  int input = 0, output = 0;
  std::vector<double> input_mean,
      input_std;                     ///< of the images, or empty; 255 mean is the input's real zero point
  bool has_weights = false;          ///< false: shapes and widths only
  bool power_of_two_scales = false;  ///< as the recipe says; what is known of scales without weights

  [[nodiscard]] const IntNode& node(int id) const { return nodes[static_cast<size_t>(id)]; }
  [[nodiscard]] std::vector<std::vector<int>> consumers() const;
  [[nodiscard]] int64_t macs() const;
  /// Content hash of everything that changes a bit of the result or a byte of traffic.
  [[nodiscard]] std::string hash() const;
};

/// One file: safetensors with the graph in its JSON header (versioned). Errors: tridex::Error.
void save_network(const IntegerGraph& graph, const std::filesystem::path& file);
IntegerGraph load_network(const std::filesystem::path& file);

/// The quantizer of a concat, which copies codes: the width and sign of its first input and the entries of
/// all of them, one after the other (one entry where all have the same).
Quantizer concat_quantizer(const IntegerGraph& graph, const IntNode& concat);

/// Checks everything that executors rely on: ids, shapes, vector sizes, code ranges, 48-bit accumulators, the
/// quantizers at a concat, equal scales inside the heads of a matrix product. load_network and the PTQ call
/// it. Error: names the node.
void check(const IntegerGraph& graph);

}  // namespace tridex::quant
