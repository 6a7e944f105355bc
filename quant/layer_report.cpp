#include "quant/layer_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <span>
#include <stdexcept>

#include "base/error.h"
#include "base/parallel.h"
#include "models/float_executor.h"
#include "quant/integer_executor.h"
#include "quant/part_readers.h"

namespace tridex::quant {

namespace {

/// Places beyond these are in the outermost bins: one outlier must not shrink the range to a line.
constexpr double kFarthestBelow = -1.5, kFarthestAbove = 2.5;
constexpr int kAccumulatorBits = 32;

struct Extremes {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double x) {
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  void merge(const Extremes& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};

/// real value -> place in the range of channel c: slope * x + offset.
struct PlaceMap {
  PlaceMap(const Quantizer& q, int c)
      : span(static_cast<double>(q.highest() - q.lowest())),
        slope(1 / (q.scale_of(c) * span)),
        offset((q.zero_of(c) - static_cast<double>(q.lowest())) / span) {}
  [[nodiscard]] double operator()(double x) const { return slope * x + offset; }
  double span, slope, offset;
};

/// What is below this counts as this, by channel.
std::vector<double> least_values(const IntegerGraph& network, const IntNode& node) {
  const PartReaders readers = part_readers(network, node);
  std::vector<double> least(static_cast<size_t>(node.shape.c), -std::numeric_limits<double>::infinity());
  const int d = node.shape.c / (3 * attention_heads(network, node));
  for (int c = 0; readers.product && c < node.shape.c; ++c) {
    if (readers.rectify(c / d % 3)) {
      least[static_cast<size_t>(c)] = 0;
    }
  }
  return least;
}

struct Measured {
  Distance distance;
  int64_t clipped = 0;
};

class Reporter {
 public:
  Reporter(const Lowered& lowered, const models::Weights& weights, const IntegerGraph& network)
      : lowered_(lowered), network_(network), floating_(lowered.folded, weights), integer_(network) {
    for (const IntNode& node : network.nodes) {
      least_.push_back(least_values(network, node));
      const int value = lowered.units.at(static_cast<size_t>(node.id)).value;
      if (node.op != IntOp::kInput && value >= 0) {
        nodes_[value].push_back(node.id);
      }
    }
    values_.resize(network.nodes.size());
    places_.resize(network.nodes.size());
    histograms_.resize(network.nodes.size());
  }

  void measure_extremes(const models::Activation& image) {
    std::map<int, std::pair<Extremes, Extremes>> found;
    (void)floating_.run(image, [&](int value, const models::Activation& tensor) {
      for (const int id : made_from(value)) {
        auto& [values, places] = found[id];
        for (int c = 0; c < tensor.shape.c; ++c) {
          Extremes channel;
          for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
            channel.add(tensor.channel(c)[p]);
          }
          const PlaceMap place(network_.node(id).out, c);
          values.merge(channel);
          places.add(place(channel.low));
          places.add(place(channel.high));
        }
      }
    });
    const std::lock_guard lock(mutex_);
    for (const auto& [id, extremes] : found) {
      values_[static_cast<size_t>(id)].merge(extremes.first);
      places_[static_cast<size_t>(id)].merge(extremes.second);
    }
  }

  void set_bins() {
    for (const IntNode& node : network_.nodes) {
      const auto i = static_cast<size_t>(node.id);
      PlaceHistogram& h = histograms_[i];
      h.low = std::max(places_[i].low, kFarthestBelow);
      h.high = std::min(places_[i].high, kFarthestAbove);
      if (node.out.bits != kAccumulatorBits) {  // its range is never meant to be filled
        h.low = std::min(h.low, 0.0);
        h.high = std::max(h.high, 1.0);
      }
      h.floats.assign(PlaceHistogram::kBins, 0);
      h.codes.assign(PlaceHistogram::kBins, 0);
    }
  }

  /// One entry an IntNode.
  std::vector<Measured> compare(const models::Activation& image) {
    std::map<int, models::Activation> tensors;
    (void)floating_.run(image, [&](int value, const models::Activation& tensor) {
      for (const int id : made_from(value)) {
        tensors.emplace(id, tensor);
      }
    });
    std::vector<Measured> result(network_.nodes.size());
    (void)integer_.run(quantize_input(network_, image), [&](int id, const Codes& codes) {
      const auto tensor = tensors.find(id);
      if (tensor == tensors.end()) {
        return;
      }
      if (tensor->second.shape != codes.shape) {
        throw std::logic_error("report_layers: the network was not made from this graph");
      }
      compare_tensor(network_.node(id), tensor->second, codes, result[static_cast<size_t>(id)]);
      tensors.erase(tensor);
    });
    return result;
  }

  [[nodiscard]] TensorReport report(int id, const Measured& measured) const;

 private:
  [[nodiscard]] std::span<const int> made_from(int value) const {
    const auto found = nodes_.find(value);
    return found == nodes_.end() ? std::span<const int>() : std::span<const int>(found->second);
  }

  void compare_tensor(const IntNode& node, const models::Activation& reference, const Codes& codes,
                      Measured& into) {
    PlaceHistogram& shared = histograms_[static_cast<size_t>(node.id)];
    std::vector<int64_t> floats(PlaceHistogram::kBins, 0), made(PlaceHistogram::kBins, 0);
    const double bins = PlaceHistogram::kBins / std::max(shared.high - shared.low, 1e-30);
    const auto bin = [&](double place) {
      return static_cast<size_t>(std::clamp((place - shared.low) * bins, 0.0, PlaceHistogram::kBins - 1.0));
    };
    const int64_t pixels = codes.shape.pixels();
    for (int c = 0; c < codes.shape.c; ++c) {
      const PlaceMap place(node.out, c);
      const double half = 0.5 / place.span;
      const double least = least_[static_cast<size_t>(node.id)][static_cast<size_t>(c)];
      const double scale = node.out.scale_of(c), zero = node.out.zero_of(c);
      const float* from = reference.channel(c);
      const int32_t* q = codes.data.data() + c * pixels;
      for (int64_t p = 0; p < pixels; ++p) {
        const double x = std::max(scale * (q[p] - zero), least);
        const double wanted = std::max(double{from[p]}, least);
        into.distance.add(wanted, x);
        const double at = place(wanted);
        into.clipped += at < -half || at > 1 + half ? 1 : 0;
        ++floats[bin(at)];
        ++made[bin(place(x))];
      }
    }
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < floats.size(); ++i) {
      shared.floats[i] += floats[i];
      shared.codes[i] += made[i];
    }
  }

  const Lowered& lowered_;
  const IntegerGraph& network_;
  models::FloatExecutor floating_;
  IntegerExecutor integer_;
  std::vector<std::vector<double>> least_;  ///< by IntNode and channel
  std::map<int, std::vector<int>> nodes_;  ///< float node -> IntNodes (a cast has the value of what it reads)
  std::mutex mutex_;  ///< of what follows: extremes and counts, whose order does not matter
  std::vector<Extremes> values_, places_;
  std::vector<PlaceHistogram> histograms_;
};

TensorReport Reporter::report(int id, const Measured& measured) const {
  const IntNode& node = network_.node(id);
  const auto i = static_cast<size_t>(id);
  const Quantizer& out = node.out;
  TensorReport r;
  r.id = id;
  r.name = node.name;
  r.op = int_op_name(node.op);
  r.role = models::role_name(node.role);
  r.region = models::region_name(node.region);
  r.block = node.block;
  r.shape = node.shape;
  r.bits = out.bits;
  r.is_signed = out.is_signed;
  r.per_channel = out.scale.size() > 1 || out.zero.size() > 1;
  const auto scales = std::minmax_element(out.scale.begin(), out.scale.end());
  const auto zeros = std::minmax_element(out.zero.begin(), out.zero.end());
  r.smallest_scale = *scales.first;
  r.largest_scale = *scales.second;
  r.lowest_zero = *zeros.first;
  r.highest_zero = *zeros.second;
  Extremes range;
  for (int c = 0; c < (r.per_channel ? node.shape.c : 1); ++c) {
    range.add(out.scale_of(c) * static_cast<double>(out.lowest() - out.zero_of(c)));
    range.add(out.scale_of(c) * static_cast<double>(out.highest() - out.zero_of(c)));
  }
  r.low = range.low;
  r.high = range.high;
  r.float_low = values_[i].low;
  r.float_high = values_[i].high;
  r.histogram = histograms_[i];
  int64_t elements = 0;
  for (const int64_t count : r.histogram.floats) {
    elements += count;
  }
  r.clipped = elements > 0 ? static_cast<double>(measured.clipped) / static_cast<double>(elements) : 0;
  r.sqnr_db = measured.distance.sqnr_db();
  r.cosine = measured.distance.cosine();
  return r;
}

}  // namespace

void Distance::merge(const Distance& other) {
  signal_ += other.signal_;
  noise_ += other.noise_;
  product_ += other.product_;
  power_ += other.power_;
}

double Distance::sqnr_db() const {
  return noise_ > 0 ? 10 * std::log10(signal_ / noise_) : std::numeric_limits<double>::infinity();
}

double Distance::cosine() const {
  const double length = std::sqrt(signal_ * power_);
  return length > 0 ? product_ / length : signal_ == power_ ? 1 : 0;
}

double weight_sqnr_db(const IntegerGraph& network, const IntNode& conv, const std::vector<float>& values) {
  const IntNode& in = network.node(conv.inputs[0]);
  const int in_group = in.shape.c / conv.conv.groups, out_group = conv.shape.c / conv.conv.groups;
  const int taps = conv.conv.kernel_h * conv.conv.kernel_w;
  Distance distance;
  size_t first = 0;
  for (int o = 0; o < conv.shape.c; ++o, first += static_cast<size_t>(in_group * taps)) {
    // Codes stand for weights with the input's scales folded in.
    const auto folded = [&](int k) { return in.out.scale_of(o / out_group * in_group + k / taps); };
    const auto code = [&](int k) {
      return double{static_cast<double>(conv.weights[first + static_cast<size_t>(k)])};
    };
    double product = 0, power = 0;
    for (int k = 0; k < in_group * taps; ++k) {
      product += values[first + static_cast<size_t>(k)] * folded(k) * code(k);
      power += code(k) * code(k);
    }
    const double scale = power > 0 ? product / power : 0;
    for (int k = 0; k < in_group * taps; ++k) {
      distance.add(values[first + static_cast<size_t>(k)], scale * code(k) / folded(k));
    }
  }
  return distance.sqnr_db();
}

std::vector<TensorReport> report_layers(const Lowered& lowered, const models::Weights& weights,
                                        const IntegerGraph& network,
                                        const std::vector<models::Activation>& images, unsigned threads,
                                        const std::function<void(size_t, size_t)>& progress) {
  if (lowered.graph.nodes.size() != network.nodes.size()) {
    throw std::logic_error("report_layers: the network was not made from this graph");
  }
  Reporter reporter(lowered, weights, network);
  std::mutex mutex;
  size_t done = 0;
  const auto step = [&] {
    const std::lock_guard lock(mutex);
    ++done;
    if (progress) {
      progress(done, 2 * images.size());
    }
  };
  parallel_for(images.size(), threads, [&](size_t i) {
    reporter.measure_extremes(images[i]);
    step();
  });
  reporter.set_bins();
  std::vector<std::vector<Measured>> measured(images.size());
  parallel_for(images.size(), threads, [&](size_t i) {
    measured[i] = reporter.compare(images[i]);
    step();
  });
  std::vector<TensorReport> result;
  for (const IntNode& node : network.nodes) {
    const auto id = static_cast<size_t>(node.id);
    if (node.op == IntOp::kInput || lowered.units[id].value < 0) {
      continue;
    }
    Measured sum;  // in the images' order: sums of doubles depend on it
    for (const auto& image : measured) {
      sum.distance.merge(image[id].distance);
      sum.clipped += image[id].clipped;
    }
    TensorReport tensor = reporter.report(node.id, sum);
    if (node.op == IntOp::kConv) {
      const std::string name = lowered.folded.node(lowered.units[id].linear).name + ".weight";
      const auto found = weights.find(name);
      if (found == weights.end()) {
        fail("the weights have no '{}'", name);
      }
      tensor.weight_bits = node.weight_bits;
      tensor.weight_sqnr_db = weight_sqnr_db(network, node, found->second.data);
    }
    result.push_back(std::move(tensor));
  }
  return result;
}

}  // namespace tridex::quant
