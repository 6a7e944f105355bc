#include "quant/widths.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "quant/layer_widths.h"
#include "quant/operand_casts.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

constexpr int kImageBits = 8;
constexpr int kAccumulatorBits = 32;
constexpr int kMaxWeightBits = 16;
constexpr int kReciprocalBits = 27;  ///< of the dividend

class Widths {
 public:
  Widths(IntegerGraph& graph, const Recipe& recipe)
      : graph_(graph), recipe_(recipe), readers_(graph.consumers()) {}
  void set();

 private:
  enum class Divided { kNone, kDividend, kDivisor };
  [[nodiscard]] const std::vector<int>& readers(const IntNode& node) const {
    return readers_[static_cast<size_t>(node.id)];
  }
  [[nodiscard]] Divided divided(const IntNode& node) const;
  [[nodiscard]] int bits(const IntNode& node) const;
  [[nodiscard]] int stream_bits(const IntNode& node) const;
  [[nodiscard]] int product_room(const IntNode& node) const;
  [[nodiscard]] bool divides_accumulators() const {
    return !recipe_.division_bits &&
           (recipe_.divisor == Divisor::kExact || recipe_.divisor == Divisor::kReciprocal);
  }
  [[nodiscard]] bool non_negative(const IntNode& node) const;
  void set_weights();
  void set_concats();

  IntegerGraph& graph_;
  const Recipe& recipe_;
  std::vector<std::vector<int>> readers_;
};

/// Which side of a division a tensor is that only divisions read.
Widths::Divided Widths::divided(const IntNode& node) const {
  Divided result = Divided::kNone;
  for (const int id : readers(node)) {
    const IntNode& reader = graph_.node(id);
    if (reader.op != IntOp::kDivide) {
      return Divided::kNone;
    }
    result = reader.inputs[1] == node.id ? Divided::kDivisor : Divided::kDividend;
  }
  return result;
}

/// Of a tensor of the residual stream. What engines alone read would be narrowed for each of them.
int Widths::stream_bits(const IntNode& node) const {
  const int wide = recipe_.residual_bits.value_or(recipe_.activation_bits);
  if (wide > recipe_.activation_bits && !recipe_.wide_operands && engines_alone_read(graph_, node)) {
    return recipe_.activation_bits;
  }
  return wide;
}

/// Bits of k^T v or of the sum of k that keep the sum over a head of their products with q inside what the
/// division reads, where it reads accumulators.
int Widths::product_room(const IntNode& node) const {
  const auto d = static_cast<unsigned>(node.shape.c / node.heads);
  const auto head_bits = static_cast<int>(std::bit_width(d - 1));
  const int whole = recipe_.divisor == Divisor::kReciprocal ? kReciprocalBits : kAccumulatorBits;
  int room = whole;
  for (const int id : readers(node)) {
    const IntNode& reader = graph_.node(id);
    if (reader.op == IntOp::kMatMulHeads && bits(reader) == kAccumulatorBits) {
      const int q = bits(graph_.node(reader.inputs[0]));
      room = std::min(room, whole - 2 - q - head_bits);
    }
  }
  return std::max(room, 2);
}

int Widths::bits(const IntNode& node) const {
  const bool product = node.op == IntOp::kMatMulTokens || node.op == IntOp::kTokenSum;
  const Divided side = node.op == IntOp::kMatMulHeads ? divided(node) : Divided::kNone;
  if (node.op == IntOp::kInput) {
    return kImageBits;
  }
  if (side != Divided::kNone &&
      (divides_accumulators() || (side == Divided::kDivisor && recipe_.divisor == Divisor::kLog2Code))) {
    return kAccumulatorBits;
  }
  if (const auto own = layer_activation_bits(recipe_, node.name)) {
    return *own;
  }
  if (node.id == graph_.output) {
    return recipe_.logit_bits;
  }
  if (node.op == IntOp::kResize) {
    return recipe_.resize_bits;
  }
  if (side != Divided::kNone) {
    return recipe_.division_bits.value_or(recipe_.attention_bits);
  }
  if (product) {
    return divides_accumulators() ? std::min(recipe_.attention_bits, product_room(node))
                                  : recipe_.attention_bits;
  }
  const auto role = recipe_.role_activation_bits.find(role_name(node.role));
  if (role != recipe_.role_activation_bits.end()) {
    return role->second;
  }
  return on_residual_stream(node) ? stream_bits(node) : recipe_.activation_bits;
}

bool Widths::non_negative(const IntNode& node) const {
  if (node.op == IntOp::kTokenSum) {
    return node.operands[0].relu;
  }
  return node.activation == Activation::kRelu || node.activation == Activation::kRelu6 ||
         (node.op == IntOp::kMatMulHeads && divided(node) == Divided::kDivisor);
}

void Widths::set_weights() {
  IntNode* first = nullptr;
  IntNode* last = nullptr;
  for (IntNode& node : graph_.nodes) {
    if (node.op != IntOp::kConv) {
      continue;
    }
    const auto role = recipe_.role_weight_bits.find(role_name(node.role));
    node.weight_bits = role == recipe_.role_weight_bits.end() ? recipe_.weight_bits : role->second;
    first = first == nullptr ? &node : first;
    last = &node;
  }
  if (first != nullptr) {
    first->weight_bits = recipe_.first_weight_bits.value_or(first->weight_bits);
    last->weight_bits = recipe_.last_weight_bits.value_or(last->weight_bits);
  }
  for (IntNode& node : graph_.nodes) {
    if (node.op == IntOp::kConv) {
      node.weight_bits = layer_weight_bits(recipe_, node.name).value_or(node.weight_bits);
      if (recipe_.weight_zero_point && ++node.weight_bits > kMaxWeightBits) {
        fail(
            "{}: weights of {} bits and a zero point take {} as signed numbers, at most {} are possible "
            "(weight_zero_point)",
            node.name, node.weight_bits - 1, node.weight_bits, kMaxWeightBits);
      }
    }
  }
}

/// A concat copies codes, so what it reads has its width and sign.
void Widths::set_concats() {
  for (auto concat = graph_.nodes.rbegin(); concat != graph_.nodes.rend(); ++concat) {
    if (concat->op != IntOp::kConcat) {
      continue;
    }
    for (const int id : concat->inputs) {
      IntNode& input = graph_.nodes[static_cast<size_t>(id)];
      const auto own = layer_activation_bits(recipe_, input.name);
      if (own && *own != concat->out.bits) {
        fail(
            "{}: recipe.layers gives {} {} bits; it is read by {} ({} bits), which copies codes: give both "
            "the "
            "same",
            graph_.model, input.name, *own, concat->name, concat->out.bits);
      }
      input.out.bits = concat->out.bits;
      input.out.is_signed = concat->out.is_signed;
    }
  }
}

void Widths::set() {
  set_weights();
  for (IntNode& node : graph_.nodes) {
    Quantizer& out = node.out;
    out.bits = bits(node);
    out.is_signed = node.op != IntOp::kInput && (out.bits == kAccumulatorBits || node.id == graph_.output ||
                                                 (recipe_.symmetric && !non_negative(node)));
  }
  set_concats();
}

}  // namespace

void set_widths(IntegerGraph& graph, const Recipe& recipe) {
  Widths(graph, recipe).set();
}

}  // namespace tridex::quant
