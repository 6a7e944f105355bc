#pragma once
#include <memory>
#include <string>
#include <vector>

#include "quant/lowering.h"
#include "quant/statistics.h"

namespace tridex::quant {

/// A tensor is quantized as y = (x - centre[c]) / scale[c] with one scale and zero point for all channels of
/// y.
struct ChannelMap {
  std::vector<double> scale, centre;
};

/// A treatment of an activation that ends up in the tensor's scales and zero points per channel. Each
/// registers itself, has a switch in the recipe, and chooses its tensors.
class ActivationPass {
 public:
  virtual ~ActivationPass() = default;
  [[nodiscard]] virtual bool applies(const IntegerGraph& graph, const IntNode& node,
                                     const Recipe& recipe) const = 0;
  virtual void apply(const IntegerGraph& graph, const IntNode& node, const ChannelStatistics& statistics,
                     ChannelMap& map) const = 0;
};

/// The registered passes that apply to a node, in the order of their names.
std::vector<std::unique_ptr<ActivationPass>> passes_of(const IntegerGraph& graph, const IntNode& node,
                                                       const Recipe& recipe);

/// Whether there is a reader, and all of them are convolutions of this role that read the node as their
/// input.
bool read_only_by(const IntegerGraph& graph, const IntNode& node, Role role);

/// Whether a convolution with padding reads the node: its zero points must be codes then.
bool read_by_padded_conv(const IntegerGraph& graph, const IntNode& node);

}  // namespace tridex::quant
