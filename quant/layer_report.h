#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/weights.h"
#include "quant/integer_graph.h"
#include "quant/lowering.h"

namespace tridex::quant {

/// How far x is from `reference`, over any number of values: 10 log10(sum reference^2 / sum (reference -
/// x)^2), and the cosine of the angle between the two.
class Distance {
 public:
  void add(double reference, double x) {
    signal_ += reference * reference;
    noise_ += (reference - x) * (reference - x);
    product_ += reference * x;
    power_ += x * x;
  }
  void merge(const Distance& other);
  [[nodiscard]] double sqnr_db() const;  ///< infinite where nothing differs
  [[nodiscard]] double cosine() const;   ///< 1 where both are zero
  [[nodiscard]] double signal() const { return signal_; }
  [[nodiscard]] double noise() const { return noise_; }

 private:
  double signal_ = 0, noise_ = 0, product_ = 0, power_ = 0;
};

/// Values of a tensor by their place in the range of its codes: 0 is the lowest code, 1 the highest, and each
/// channel has a range of its own where scales or zero points are per channel.
struct PlaceHistogram {
  static constexpr int kBins = 96;
  double low = 0, high = 1;            ///< places of the first bin's begin and the last one's end
  std::vector<int64_t> floats, codes;  ///< kBins each; what lies outside is in the outermost bins
};

/// A tensor of the integer network beside the float network's on the same images.
struct TensorReport {
  int id = 0;  ///< IntNode
  std::string name, op, role, region, block;
  Shape shape;
  int bits = 8;
  bool is_signed = false, per_channel = false;
  double smallest_scale = 0, largest_scale = 0;
  int32_t lowest_zero = 0, highest_zero = 0;
  double low = 0, high = 0;              ///< real range of the codes, the widest of all channels
  double float_low = 0, float_high = 0;  ///< extremes of the float network's values
  double clipped = 0;  ///< share of them outside the range of their channel's codes by more than half a step
  double sqnr_db = 0, cosine = 0;
  std::optional<int> weight_bits;        ///< kConv
  std::optional<double> weight_sqnr_db;  ///< of the weights that the codes stand for; kConv
  PlaceHistogram histogram;
};

/// Runs `images` through both networks and compares every tensor (the input is left out). Where attentions read q and
/// k through a ReLU and nothing else reads them, what is below 0 counts as 0.
/// `folded_weights`: of lowered.folded. The result does not depend on the number of threads. Memory: one
/// float image's tensors a thread. `network` must come from `lowered` (the same nodes).
std::vector<TensorReport> report_layers(const Lowered& lowered, const models::Weights& folded_weights,
                                        const IntegerGraph& network,
                                        const std::vector<models::Activation>& images, unsigned threads = 0,
                                        const std::function<void(size_t done, size_t total)>& progress = {});

/// SQNR of a convolution's weights. Their scale is not stored, so it is fitted to each output channel: the
/// least squares one for its codes. `values`: float weights [O, I/groups, kh, kw] after batch norm folding.
double weight_sqnr_db(const IntegerGraph& network, const IntNode& conv, const std::vector<float>& values);

}  // namespace tridex::quant
