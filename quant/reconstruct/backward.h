#pragma once
#include <vector>

#include "quant/integer_graph.h"
#include "quant/reconstruct/patch.h"

namespace tridex::quant {

/// What a node computes with, in real numbers.
template <typename T>
struct RealParameters {
  std::vector<T> weights;  ///< kConv: O, I/groups, kh, kw; kLayerNorm: gamma
  std::vector<T> bias;     ///< kConv: O; kLayerNorm: beta
  double eps = 0;          ///< kLayerNorm, kDivide
};

/// Consecutive nodes of an integer network as a function of real numbers that can be differentiated: every
/// tensor is rounded to what its codes stand for, and gradients go straight through the rounding where the
/// value is inside the codes' range (Bengio, Leonard and Courville 2013). A division sees the divisor that
/// the operator makes of its code; its gradient is that of a true division.
template <typename T>
class BlockNetwork {
 public:
  /// Nodes first to last of `graph`, whose quantizers must have been set. Keeps a reference.
  BlockNetwork(const IntegerGraph& graph, int first, int last);
  /// Whether there is a gradient for this operator.
  static bool supports(IntOp op);

  struct Values {
    Patch<T> linear;         ///< before the activation
    Patch<T> real;           ///< before the quantizer
    Patch<T> value;          ///< what the codes stand for
    Patch<T> gradient;       ///< of the loss, with respect to `value`
    Patch<T> loss_gradient;  ///< with respect to `real`, of the loss that looks at it; empty: none does
  };
  /// The tensors of one image. Memory is used again.
  struct Run {
    std::vector<Patch<T>> inputs;  ///< one each of inputs()
    std::vector<Values> nodes;
    std::vector<RealParameters<T>> gradients;  ///< of convolutions' weights and biases; backward adds
  };

  [[nodiscard]] int first() const { return first_; }
  [[nodiscard]] int last() const { return last_; }
  [[nodiscard]] const IntNode& node(int id) const { return graph_.node(id); }
  /// Ids of the tensors outside that the nodes read.
  [[nodiscard]] const std::vector<int>& inputs() const { return inputs_; }
  /// Whether a window of the output needs but a window of everything before it.
  [[nodiscard]] bool is_local() const;
  RealParameters<T>& parameters(int id) { return parameters_[index(id)]; }

  /// Windows of all tensors, given that of each of `outputs`: ids of nodes whose map is of one size. Whole
  /// maps unless is_local().
  void set_windows(const std::vector<int>& outputs, const Window& window, Run& run) const;
  /// Inputs must hold values.
  void forward(Run& run) const;
  /// After forward, with loss gradients set.
  void backward(Run& run) const;
  [[nodiscard]] size_t index(int id) const { return static_cast<size_t>(id - first_); }

 private:
  [[nodiscard]] const Patch<T>& value(const Run& run, int id) const;
  [[nodiscard]] Patch<T>& value(Run& run, int id) const;
  [[nodiscard]] Patch<T>* gradient(Run& run, int id) const;  ///< null for inputs
  [[nodiscard]] std::vector<T> operand(const Run& run, const IntNode& node, size_t i) const;
  void add_operand_gradient(Run& run, const IntNode& node, size_t i, const std::vector<T>& from) const;
  void linear_forward(const IntNode& node, Run& run) const;
  void linear_backward(const IntNode& node, Run& run, const Patch<T>& gradient) const;
  void product_forward(const IntNode& node, Run& run, Patch<T>& y) const;
  void product_backward(const IntNode& node, Run& run, const Patch<T>& g) const;
  /// heads x pixels
  [[nodiscard]] std::vector<T> divisors(const Run& run, const IntNode& node) const;
  void divide_forward(const IntNode& node, Run& run, Patch<T>& y) const;
  void divide_backward(const IntNode& node, Run& run, const Patch<T>& g) const;
  void layer_norm_forward(const IntNode& node, Run& run, Patch<T>& y) const;
  void layer_norm_backward(const IntNode& node, Run& run, const Patch<T>& g) const;

  const IntegerGraph& graph_;
  int first_, last_;
  std::vector<int> inputs_;
  std::vector<RealParameters<T>> parameters_;
};

}  // namespace tridex::quant
