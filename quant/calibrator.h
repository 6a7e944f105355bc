#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "models/weights.h"
#include "quant/activation_pass.h"
#include "quant/float_follower.h"
#include "quant/lowering.h"
#include "quant/node_kernel.h"
#include "quant/node_parameters.h"
#include "quant/packed_codes.h"
#include "quant/range.h"
#include "quant/reconstruct/reconstruct.h"
#include "quant/statistics.h"
#include "quant/weight_codes.h"
#include "quant/weights/moments.h"

namespace tridex::quant {

/// Gives a lowered network its values, node after node: each is measured on all images with everything before
/// it already in integers (the very codes that the executor would make), so what a later layer is fitted to
/// is what it will get.
class Calibrator {
 public:
  struct Setup {
    Lowered lowered;
    models::Weights weights;  ///< of lowered.folded
    /// What the float network beside the integer one computes with; empty: no float network is run, and
    /// passes that need one do nothing (bias correction, weight passes).
    models::Weights float_weights;
    Recipe recipe;
    unsigned threads = 0;
    std::function<void(const char* step, size_t done, size_t total)> progress;  ///< QuantizeProgress
  };
  explicit Calibrator(Setup setup);
  /// The input's quantizer must have been set.
  IntegerGraph run(const std::vector<models::Activation>& images);

 private:
  using RealSink = std::function<void(int channel, int64_t first, std::span<double> values)>;
  struct Pending {
    int id = 0;
    std::vector<double> scale;           ///< of the accumulators
    std::vector<ChannelCodes> channels;  ///< of a convolution's weights
    std::unique_ptr<NodeKernel> kernel;
    ChannelMap map;
    /// Of a quotient, by channel: the float network's extremes with a margin for rounding. Where a divisor is
    /// next to nothing, codes divide to numbers that the float network never has, and a few of them would set
    /// the range for all.
    std::vector<Range> limits;
  };

  Pending prepare(int id);
  std::vector<Pending> take_complete(std::vector<Pending>& group) const;
  void prepare_conv(Pending& pending);
  [[nodiscard]] std::vector<GroupMoments> moments_of(const IntNode& node, const ConvValues& values,
                                                     bool means_only) const;
  /// Bias of a convolution whose weight codes are set. Corrected with the means of `groups` where those are
  /// given.
  void set_conv_bias(const Pending& pending, const ConvValues& values,
                     const std::vector<GroupMoments>& groups);
  void calibrate_window(IntNode& node) const;
  /// Real values of a node's output on one image, before its quantizer.
  void visit(const Pending& pending, size_t image, const RealSink& sink) const;
  void visit_divide(const IntNode& node, CodeInputs inputs, const RealSink& sink) const;
  void visit_add(const IntNode& node, CodeInputs inputs, const RealSink& sink) const;
  [[nodiscard]] std::vector<models::Activation> real_values(const Pending& pending) const;
  void map_channels(Pending& pending) const;
  /// One range for the mapped values of all `nodes`.
  void choose_quantizers(const std::vector<Pending>& nodes);
  [[nodiscard]] CodeScale search_range(const Pending& pending, Range range, CodeKind kind,
                                       const std::vector<std::vector<float>>& mapped) const;
  void set_quantizer(const Pending& pending, const CodeScale& code);
  void finalize(Pending& pending);
  /// A finalized node (or a concat, kernel null) on all images.
  void make_codes(int id, const NodeKernel* kernel);

  // calibrator_reconstruct.cpp. A unit: the consecutive nodes of a block, or a node outside of blocks.
  [[nodiscard]] bool reconstructs() const { return float_ && setup_.recipe.reconstruction_steps > 0; }
  [[nodiscard]] bool ends_unit(int id) const;
  /// Learns the rounding of the weights of a unit whose nodes have all been finalized. Codes that make the
  /// error at its end larger are not kept.
  void reconstruct(int first, int last, std::vector<Pending>& unit);
  [[nodiscard]] std::vector<int> outputs_of(int first, int last) const;
  [[nodiscard]] BlockNetwork<float> real_block(int first, int last) const;
  [[nodiscard]] LearnedConv learned_conv(const Pending& pending) const;
  [[nodiscard]] BlockSamples samples_of(const std::vector<int>& inputs,
                                        const std::vector<int>& outputs) const;
  /// Squared error of the integer network at these nodes, before their quantizers.
  [[nodiscard]] double unit_error(const std::vector<int>& outputs, const std::vector<Pending>& unit) const;
  void recompute(int first, int last, std::vector<Pending>& unit);
  void release(int id);
  [[nodiscard]] std::vector<Codes> inputs_of(const IntNode& node, size_t image) const;
  [[nodiscard]] models::Activation target_of(const IntNode& node, size_t image) const;
  [[nodiscard]] CodeKind kind_of(const IntNode& node) const;

  Setup setup_;
  IntegerGraph graph_;
  size_t images_ = 0;
  std::vector<int> last_reader_;
  std::vector<std::vector<PackedCodes>> codes_;  ///< node, image
  std::unique_ptr<FloatFollower> float_;         ///< null without float weights
};

}  // namespace tridex::quant
