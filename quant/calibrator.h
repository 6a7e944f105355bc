#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "models/weights.h"
#include "quant/activation_pass.h"
#include "quant/lowering.h"
#include "quant/node_kernel.h"
#include "quant/packed_codes.h"
#include "quant/range.h"
#include "quant/statistics.h"

namespace tridex::quant {

/// Gives a lowered network its values, node after node: each is measured on all images with everything before
/// it already in integers (the very codes that the executor would make), so what a later layer is fitted to
/// is what it will get.
class Calibrator {
 public:
  struct Setup {
    Lowered lowered;
    models::Weights weights;  ///< of lowered.folded
    Recipe recipe;
    FloatStatistics
        statistics;  ///< extremes for the activation passes (else measured here), means for bias correction
    unsigned threads = 0;
    std::function<void(size_t done, size_t total)> progress;
  };
  explicit Calibrator(Setup setup);
  /// The input's quantizer must have been set.
  IntegerGraph run(const std::vector<models::Activation>& images);

 private:
  using RealSink = std::function<void(int channel, int64_t first, std::span<double> values)>;
  struct Pending {
    int id = 0;
    std::vector<double> scale;  ///< of the accumulators
    std::unique_ptr<NodeKernel> kernel;
    ChannelMap map;
  };

  Pending prepare(int id);
  void correct_bias(IntNode& node, const std::vector<double>& scale);
  /// Real values of a node's output on one image, before its quantizer.
  void visit(const Pending& pending, size_t image, const RealSink& sink) const;
  void visit_divide(const IntNode& node, CodeInputs inputs, const RealSink& sink) const;
  void visit_add(const IntNode& node, CodeInputs inputs, const RealSink& sink) const;
  ChannelStatistics measure_channels(const Pending& pending) const;
  void map_channels(Pending& pending) const;
  /// One range for the mapped values of all `nodes`.
  void choose_quantizers(const std::vector<Pending>& nodes);
  void finalize(Pending& pending);
  void release(int id);
  [[nodiscard]] std::vector<Codes> inputs_of(const IntNode& node, size_t image) const;
  [[nodiscard]] CodeKind kind_of(const IntNode& node) const;

  Setup setup_;
  IntegerGraph graph_;
  size_t images_ = 0;
  std::vector<int> last_reader_;
  std::vector<std::vector<PackedCodes>> codes_;  ///< node, image
};

}  // namespace tridex::quant
