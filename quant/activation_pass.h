#pragma once
#include <functional>
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
  std::vector<double> floor;  ///< of x: what lies below is as good as this for every reader; may be empty
  double reach = 0;  ///< y is to be covered from -reach to reach; 0: the recipe's range method decides
};

/// What a pass may look at.
struct MapContext {
  const IntegerGraph& graph;
  const IntNode& node;  ///< the tensor
  const ChannelStatistics& statistics;
  const Recipe& recipe;
  /// Float weights of a convolution: O, I/groups, kh, kw.
  const std::function<const std::vector<float>&(const IntNode&)>& weights;
};

/// A treatment of an activation that ends up in the tensor's scales and zero points per channel. Each
/// registers itself, has a switch in the recipe, and chooses its tensors.
class ActivationPass {
 public:
  virtual ~ActivationPass() = default;
  [[nodiscard]] virtual bool applies(const IntegerGraph& graph, const IntNode& node,
                                     const Recipe& recipe) const = 0;
  virtual void apply(const MapContext& context, ChannelMap& map) const = 0;
};

/// The registered passes that apply to a node, in the order of their names.
std::vector<std::unique_ptr<ActivationPass>> passes_of(const IntegerGraph& graph, const IntNode& node,
                                                       const Recipe& recipe);

/// A reader of a tensor; through a concat, what reads the concat.
struct Reader {
  const IntNode* node = nullptr;
  size_t input = 0;       ///< which of its inputs
  int first_channel = 0;  ///< of that input: where the tensor begins
};
std::vector<Reader> readers_of(const IntegerGraph& graph, const IntNode& node);

/// Whether there is a reader, and all of them are convolutions of this role that read the node as their
/// input.
bool read_only_by(const IntegerGraph& graph, const IntNode& node, Role role);

/// Whether a convolution with padding reads the node: its zero points must be codes then.
bool read_by_padded_conv(const IntegerGraph& graph, const IntNode& node);

/// Centre and half of the range of every channel, 0 included where `with_zero`; a half range is at least
/// `least_share` of the widest. Sets reach where the statistics' ranges are clipped.
void normalize_channels(const ChannelStatistics& statistics, bool with_zero, double least_share,
                        ChannelMap& map);

}  // namespace tridex::quant
