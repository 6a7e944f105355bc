#include "quant/calibrator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "models/dataset.h"
#include "quant/block_search.h"
#include "quant/divide.h"
#include "quant/node_parameters.h"
#include "quant/requantize.h"
#include "quant/vectors.h"
#include "quant/weight_codes.h"
#include "quant/weights/fit.h"

namespace tridex::quant {

namespace {

constexpr double kLargestZero = (1 << 20) - 1;
/// What block search multiplies a range by; the first wins a tie.
constexpr std::array<double, 10> kRangeShares = {1, 1.1, 1.2, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5};
constexpr double kQuotientMargin = 0.5;  ///< of the range, at either end
constexpr size_t kHistograms = 8;        ///< filled side by side; counts do not depend on it

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kRelu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::kHardswish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    default:
      return x;
  }
}

std::vector<const Codes*> pointers(const std::vector<Codes>& codes) {
  std::vector<const Codes*> result;
  for (const Codes& c : codes) {
    result.push_back(&c);
  }
  return result;
}

}  // namespace

Calibrator::Calibrator(Setup setup)
    : setup_(std::move(setup)), graph_(setup_.lowered.graph), last_reader_(graph_.nodes.size(), -1) {
  for (const IntNode& node : graph_.nodes) {
    for (const int from : node.inputs) {
      last_reader_[static_cast<size_t>(from)] = node.id;
    }
  }
}

std::vector<Codes> Calibrator::inputs_of(const IntNode& node, size_t image) const {
  std::vector<Codes> result;
  for (const int from : node.inputs) {
    result.push_back(codes_[static_cast<size_t>(from)][image].unpack());
  }
  return result;
}

CodeKind Calibrator::kind_of(const IntNode& node) const {
  if (node.out.is_signed) {
    return CodeKind::kSigned;
  }
  const bool divisor = std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const IntNode& reader) {
    return reader.op == IntOp::kDivide && reader.inputs[1] == node.id;
  });
  return divisor || setup_.recipe.symmetric ? CodeKind::kUnsigned : CodeKind::kAffine;
}

void Calibrator::visit_add(const IntNode& node, CodeInputs inputs, const RealSink& sink) const {
  const int64_t pixels = node.shape.pixels();
  std::vector<double> row(static_cast<size_t>(pixels));
  for (int c = 0; c < node.shape.c; ++c) {
    std::fill(row.begin(), row.end(), 0.0);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Quantizer& from = graph_.node(node.inputs[i]).out;
      const int32_t* q = inputs[i]->data.data() + c * pixels;
      for (int64_t p = 0; p < pixels; ++p) {
        row[static_cast<size_t>(p)] += from.scale_of(c) * (q[p] - from.zero_of(c));
      }
    }
    sink(c, 0, row);
  }
}

/// Quotients with the divisor as the operator will see it. A divisor that is 0 is one of the float
/// operator's: eps more.
void Calibrator::visit_divide(const IntNode& node, CodeInputs inputs, const RealSink& sink) const {
  const Quantizer& num = graph_.node(node.inputs[0]).out;
  const Quantizer& den = graph_.node(node.inputs[1]).out;
  const double eps =
      setup_.lowered.folded.node(setup_.lowered.units[static_cast<size_t>(node.id)].linear).eps;
  const int64_t pixels = node.shape.pixels();
  const int d = node.shape.c / node.heads;
  std::vector<double> row(static_cast<size_t>(pixels));
  for (int c = 0; c < node.shape.c; ++c) {
    const int32_t* n = inputs[0]->data.data() + c * pixels;
    const int32_t* x = inputs[1]->data.data() + c / d * pixels;
    for (int64_t p = 0; p < pixels; ++p) {
      const double divisor = real_divisor(node, den, eps, c / d, x[p]);
      const double value = num.scale_of(c) * (n[p] - num.zero_of(c));
      row[static_cast<size_t>(p)] = value == 0 ? 0 : value / divisor;
    }
    sink(c, 0, row);
  }
}

void Calibrator::visit(const Pending& pending, size_t image, const RealSink& sink) const {
  const IntNode& node = graph_.node(pending.id);
  const std::vector<Codes> inputs = inputs_of(node, image);
  const auto codes = pointers(inputs);
  if (node.op == IntOp::kDivide) {
    return visit_divide(node, codes, sink);
  }
  if (node.op == IntOp::kAdd) {
    return visit_add(node, codes, sink);
  }
  pending.kernel->run(codes, [&](int c, int64_t first, std::span<double> values) {
    const double scale = entry(pending.scale, c);
    for (double& value : values) {
      value = activate(node.activation, value * scale);
    }
    sink(c, first, values);
  });
}

/// The real values of a tensor on all images, before its quantizer, without a float network to ask.
std::vector<models::Activation> Calibrator::real_values(const Pending& pending) const {
  const IntNode& node = graph_.node(pending.id);
  std::vector<models::Activation> result(images_);
  for (size_t image = 0; image < images_; ++image) {
    result[image] = {node.shape, std::vector<float>(static_cast<size_t>(node.shape.elements()))};
    visit(pending, image, [&](int c, int64_t first, std::span<double> values) {
      std::transform(values.begin(), values.end(), result[image].channel(c) + first,
                     [](double value) { return static_cast<float>(value); });
    });
  }
  return result;
}

void Calibrator::map_channels(Pending& pending) const {
  const IntNode& node = graph_.node(pending.id);
  const auto passes = passes_of(graph_, node, setup_.recipe);
  if (passes.empty()) {
    return;
  }
  const auto channels = static_cast<size_t>(node.shape.c);
  pending.map = {std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}};
  const std::vector<models::Activation> own =
      float_ ? std::vector<models::Activation>{} : real_values(pending);
  const ChannelStatistics statistics =
      channel_statistics(float_ ? float_->tensors(pending.id) : own,
                         setup_.recipe.channel_clipping ? node.out.bits : 0, setup_.threads);
  const std::function<const std::vector<float>&(const IntNode&)> weights =
      [&](const IntNode& conv) -> const std::vector<float>& {
    const int linear = setup_.lowered.units[static_cast<size_t>(conv.id)].linear;
    return setup_.weights.at(setup_.lowered.folded.node(linear).name + ".weight").data;
  };
  for (const auto& pass : passes) {
    pass->apply({graph_, node, statistics, setup_.recipe, weights}, pending.map);
  }
  if (setup_.recipe.power_of_two_scales) {
    double share = 0;  // of its new scale that a channel fills
    for (double& scale : pending.map.scale) {
      const double exact = scale;
      scale = power_of_two_above(scale);
      share = std::max(share, exact / scale);
    }
    pending.map.reach *= share;
  }
}

/// What the convolution's accumulators are to be, without the shortcut's part: the float network's output,
/// and what the integer shortcut lacks of the float one.
models::Activation Calibrator::target_of(const IntNode& node, size_t image) const {
  models::Activation target = float_->linear(node.id, image);
  if (node.has_shortcut) {
    const int from = node.inputs[1];
    const models::Activation& wanted = float_->tensor(from, image);
    const Codes codes = codes_[static_cast<size_t>(from)][image].unpack();
    const Quantizer& quantizer = graph_.node(from).out;
    const int64_t pixels = node.shape.pixels();
    for (int c = 0; c < node.shape.c; ++c) {
      const double scale = quantizer.scale_of(c);
      const int32_t zero = quantizer.zero_of(c);
      const int32_t* q = codes.data.data() + c * pixels;
      for (int64_t p = 0; p < pixels; ++p) {
        target.channel(c)[p] += static_cast<float>(wanted.channel(c)[p] - scale * (q[p] - zero));
      }
    }
  }
  return target;
}

std::vector<GroupMoments> Calibrator::moments_of(const IntNode& node, const ConvValues& values,
                                                 bool means_only) const {
  const auto& codes = codes_[static_cast<size_t>(node.inputs[0])];
  return measure_moments(
      graph_, node, images_, [&](size_t image) { return codes[image].unpack(); },
      [&](size_t image) { return target_of(node, image); }, values.reference, means_only, setup_.threads);
}

/// Sequential bias correction: the mean of every channel, over the images and before the activation, becomes
/// that of the float network, so that what went wrong upstream (in the shortcut too) is corrected.
void Calibrator::set_conv_bias(const Pending& pending, const ConvValues& values,
                               const std::vector<GroupMoments>& groups) {
  IntNode& node = graph_.nodes[static_cast<size_t>(pending.id)];
  const std::vector<double>& scale = pending.scale;
  set_bias(graph_, node, values, scale);
  if (groups.empty()) {
    return;
  }
  const size_t rows = scale.size() / groups.size();
  const size_t taps = node.weights.size() / scale.size();
  for (size_t o = 0; o < scale.size(); ++o) {
    const GroupMoments& group = groups[o / rows];
    double mean = 0;
    for (size_t k = 0; k < taps; ++k) {
      mean += node.weights[o * taps + k] * group.input_mean[static_cast<Eigen::Index>(k)];
    }
    node.bias[o] = std::llrint(group.target_mean[static_cast<Eigen::Index>(o % rows)] / scale[o] - mean);
  }
}

/// Weights and bias.
void Calibrator::prepare_conv(Pending& pending) {
  IntNode& node = graph_.nodes[static_cast<size_t>(pending.id)];
  const ConvValues values = conv_values(setup_.lowered, graph_, node, setup_.weights);
  const bool fit = float_ && fits_weights(setup_.recipe);
  const bool correct = float_ && setup_.recipe.bias_correction;
  Recipe start = setup_.recipe;
  if (fit && start.hessian_scales && !start.weight_zero_point) {
    start.weight_range = RangeMethod::kMinMax;  // where the search of the scale begins anyway
  }
  pending.channels = set_weights(node, values.weights, values.least, values.reference, start);
  std::vector<GroupMoments> groups;
  if (fit || correct) {
    groups = moments_of(node, values, !fit);
  }
  if (fit) {
    fit_weights(node, values, groups, setup_.recipe, pending.channels, setup_.threads);
  }
  for (const ChannelCodes& codes : pending.channels) {
    pending.scale.push_back(codes.scale * values.reference[pending.scale.size()]);
  }
  set_conv_bias(pending, values, correct ? groups : std::vector<GroupMoments>{});
}

/// The 16 exponents (4 bits, as the released code's) that end with that of the largest divisor.
void Calibrator::calibrate_window(IntNode& node) const {
  constexpr int kExponents = 16;
  const Quantizer& den = graph_.node(node.inputs[1]).out;
  const int64_t pixels = node.shape.pixels();
  double largest = 0;
  for (const PackedCodes& packed : codes_[static_cast<size_t>(node.inputs[1])]) {
    const Codes codes = packed.unpack();
    for (size_t i = 0; i < codes.data.size(); ++i) {
      const auto head = static_cast<int>(static_cast<int64_t>(i) / pixels);
      largest = std::max(largest, den.scale_of(head) * (codes.data[i] - den.zero_of(head)));
    }
  }
  if (largest > 0) {
    set_exponent_window(node, std::ldexp(largest, 1 - kExponents), largest);
  }
}

Calibrator::Pending Calibrator::prepare(int id) {
  IntNode& node = graph_.nodes[static_cast<size_t>(id)];
  Pending pending;
  pending.id = id;
  if (node.op == IntOp::kDivide) {
    if (node.divisor == Divisor::kLog2Code && setup_.recipe.y_window == ExponentWindow::kCalibrated) {
      calibrate_window(node);
    }
    set_divide(graph_, node);  // the divisor's part is needed to measure; the rest is set again
  } else if (node.op == IntOp::kConv) {
    prepare_conv(pending);
  } else if (node.op != IntOp::kAdd) {
    pending.scale = set_parameters(setup_.lowered, graph_, id, setup_.weights, setup_.recipe);
  }
  if (node.op != IntOp::kDivide && node.op != IntOp::kAdd) {
    pending.kernel = make_kernel(graph_, node);
  }
  map_channels(pending);
  if (float_ && setup_.recipe.bounded_quotients && node.op == IntOp::kDivide) {
    const ChannelStatistics real = channel_statistics(float_->tensors(id), 0, setup_.threads);
    for (size_t c = 0; c < real.low.size(); ++c) {
      const double margin = kQuotientMargin * (double{real.high[c]} - real.low[c]);
      pending.limits.push_back({real.low[c] - margin, real.high[c] + margin});
    }
  }
  return pending;
}

void Calibrator::choose_quantizers(const std::vector<Pending>& nodes) {
  const IntNode& first = graph_.node(nodes[0].id);
  if (first.out.bits == 32) {
    for (const Pending& pending : nodes) {
      graph_.nodes[static_cast<size_t>(pending.id)].out.scale = pending.scale;
    }
    return;
  }
  // The mapped values, in single precision: they only decide where codes lie.
  std::vector<std::vector<float>> mapped(images_ * nodes.size());
  std::vector<Range> ranges(
      mapped.size(), {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()});
  parallel_for(mapped.size(), setup_.threads, [&](size_t task) {
    const Pending& pending = nodes[task / images_];
    const int64_t pixels = graph_.node(pending.id).shape.pixels();
    auto& to = mapped[task];
    to.resize(static_cast<size_t>(graph_.node(pending.id).shape.elements()));
    Range& range = ranges[task];
    visit(pending, task % images_, [&](int c, int64_t start, std::span<double> values) {
      const auto i = static_cast<size_t>(c);
      const double centre = pending.map.scale.empty() ? 0 : pending.map.centre[i];
      const double inverse = pending.map.scale.empty() ? 1 : 1 / pending.map.scale[i];
      const double floor =
          pending.map.floor.empty() ? -std::numeric_limits<double>::infinity() : pending.map.floor[i];
      if (!pending.limits.empty()) {
        const Range& limits = pending.limits[i];
        std::transform(values.begin(), values.end(), values.begin(),
                       [&](double value) { return std::clamp(value, limits.low, limits.high); });
      }
      float* at = to.data() + c * pixels + start;
      for (size_t k = 0; k < values.size(); ++k) {
        const double value = (std::max(values[k], floor) - centre) * inverse;
        at[k] = static_cast<float>(value);
        range.low = value < range.low ? value : range.low;
        range.high = value > range.high ? value : range.high;
      }
    });
  });
  Range whole = ranges[0];
  for (const Range& range : ranges) {
    whole = {std::min(whole.low, range.low), std::max(whole.high, range.high)};
  }
  const CodeKind kind = kind_of(first);
  const int bits = first.out.bits;
  Range range{std::min(whole.low, 0.0), std::max(whole.high, 0.0)};
  double reach = 0;
  for (const Pending& pending : nodes) {
    reach = std::max(reach, pending.map.reach);
  }
  if (reach > 0) {
    range = {kind == CodeKind::kUnsigned ? 0 : -reach, reach};
  } else if (setup_.recipe.activation_range != RangeMethod::kMinMax && bits <= kWidestSearch) {
    std::vector<Histogram> histograms(std::min(kHistograms, mapped.size()), Histogram(whole));
    parallel_for(histograms.size(), setup_.threads, [&](size_t part) {
      for (size_t task = part; task < mapped.size(); task += histograms.size()) {
        for (const float value : mapped[task]) {
          histograms[part].add(value);
        }
      }
    });
    for (size_t part = 1; part < histograms.size(); ++part) {
      histograms[0].merge(histograms[part]);
    }
    range = make_range_finder(setup_.recipe.activation_range)
                ->find(histograms[0], kind, bits, setup_.recipe, setup_.threads);
  }
  for (const Pending& pending : nodes) {
    if (read_by_padded_conv(graph_, graph_.node(pending.id))) {
      // The border of a padded image must be a code.
      range = {std::min(range.low, 0.0), std::max(range.high, 0.0)};
    }
  }
  const CodeScale code = cover(range, kind, bits, setup_.recipe.power_of_two_scales);
  for (const Pending& pending : nodes) {
    set_quantizer(pending, code);
  }
  if (float_ && setup_.recipe.block_search && nodes.size() == 1 && bits <= kWidestSearch) {
    set_quantizer(nodes[0], search_range(nodes[0], range, kind, mapped));
  }
}

/// The range times each of kRangeShares, judged at the end of the block.
CodeScale Calibrator::search_range(const Pending& pending, Range range, CodeKind kind,
                                   const std::vector<std::vector<float>>& mapped) const {
  const IntNode& node = graph_.node(pending.id);
  std::vector<CodeScale> candidates;
  for (const double share : kRangeShares) {
    candidates.push_back(cover({range.low * share, range.high * share}, kind, node.out.bits,
                               setup_.recipe.power_of_two_scales));
  }
  const int64_t pixels = node.shape.pixels();
  const auto quantized = [&](size_t candidate, size_t image) {
    const CodeScale& code = candidates[candidate];
    const auto low = static_cast<float>(node.out.lowest() - code.zero);
    const auto high = static_cast<float>(node.out.highest() - code.zero);
    const auto inverse = static_cast<float>(1 / code.scale);
    models::Activation result{node.shape, std::vector<float>(mapped[image].size())};
    for (int c = 0; c < node.shape.c; ++c) {
      const auto i = static_cast<size_t>(c);
      const bool plain = pending.map.scale.empty();
      const auto scale = static_cast<float>(code.scale * (plain ? 1 : pending.map.scale[i]));
      const auto centre = static_cast<float>(plain ? 0 : pending.map.centre[i]);
      const float* from = mapped[image].data() + c * pixels;
      float* to = result.channel(c);
      for (int64_t p = 0; p < pixels; ++p) {
        const float q = std::nearbyint(from[p] * inverse);
        to[p] = (q < low ? low : q > high ? high : q) * scale + centre;
      }
    }
    return result;
  };
  return candidates[search_block(
      *float_, graph_, pending.id, candidates.size(),
      models::spread_indices(images_, static_cast<size_t>(setup_.recipe.block_images)), quantized,
      setup_.threads)];
}

void Calibrator::set_quantizer(const Pending& pending, const CodeScale& code) {
  Quantizer& out = graph_.nodes[static_cast<size_t>(pending.id)].out;
  out.scale = {code.scale};
  out.zero = {code.zero};
  const ChannelMap& map = pending.map;
  if (std::any_of(map.scale.begin(), map.scale.end(), [](double s) { return s != 1; })) {
    out.scale.clear();
    for (const double scale : map.scale) {
      out.scale.push_back(code.scale * scale);
    }
  }
  if (std::any_of(map.centre.begin(), map.centre.end(), [](double z) { return z != 0; })) {
    // The border of a padded image must be a code; another zero point is never outside of 20 bits.
    const bool padded = read_by_padded_conv(graph_, graph_.node(pending.id));
    const double low = padded ? static_cast<double>(out.lowest()) : -kLargestZero;
    const double high = padded ? static_cast<double>(out.highest()) : kLargestZero;
    out.zero.clear();
    for (size_t c = 0; c < map.centre.size(); ++c) {
      const double zero = code.zero - std::nearbyint(map.centre[c] / (code.scale * map.scale[c]));
      out.zero.push_back(static_cast<int32_t>(std::clamp(zero, low, high)));
    }
  }
}

void Calibrator::finalize(Pending& pending) {
  IntNode& node = graph_.nodes[static_cast<size_t>(pending.id)];
  if (node.op == IntOp::kDivide) {
    set_divide(graph_, node);
  } else if (node.op == IntOp::kAdd) {
    set_add(graph_, node);
    pending.kernel = make_kernel(graph_, node);
  } else {
    set_requant(graph_, node, set_activation(node, pending.scale));
  }
  make_codes(pending.id, pending.kernel.get());
}

void Calibrator::make_codes(int id, const NodeKernel* kernel) {
  const IntNode& node = graph_.node(id);
  auto& outputs = codes_[static_cast<size_t>(id)];
  outputs.resize(images_);
  parallel_for(outputs.size(), setup_.threads, [&](size_t image) {
    const std::vector<Codes> inputs = inputs_of(node, image);
    outputs[image] = PackedCodes(run_node(graph_, node, kernel, pointers(inputs)), node.out);
  });
}

void Calibrator::release(int id) {
  for (const int from : graph_.node(id).inputs) {
    if (last_reader_[static_cast<size_t>(from)] <= id) {
      codes_[static_cast<size_t>(from)] = {};
    }
  }
}

/// What can be measured now: the last of `group`, or, where a concat gives all of `group` one quantizer, all
/// or nothing.
std::vector<Calibrator::Pending> Calibrator::take_complete(std::vector<Pending>& group) const {
  const int id = group.back().id;
  const int concat = setup_.lowered.units[static_cast<size_t>(id)].concat;
  std::vector<Pending> ready;
  if (concat < 0) {
    ready.push_back(std::move(group.back()));
    group.pop_back();
  } else if (id == *std::max_element(graph_.node(concat).inputs.begin(), graph_.node(concat).inputs.end())) {
    ready = std::exchange(group, {});
  }
  return ready;
}

IntegerGraph Calibrator::run(const std::vector<models::Activation>& images) {
  graph_.has_weights = true;
  codes_.assign(graph_.nodes.size(), {});
  images_ = images.size();
  if (!setup_.float_weights.empty()) {
    float_ = std::make_unique<FloatFollower>(setup_.lowered, std::move(setup_.float_weights), images,
                                             setup_.threads);
  }
  codes_[0].resize(images_);
  parallel_for(images_, setup_.threads, [&](size_t i) {
    codes_[0][i] = PackedCodes(quantize_input(graph_, images[i]), graph_.node(0).out);
  });
  std::vector<Pending> group;  // members of a concat, measured together when the last of them is there
  std::vector<Pending> unit;   // the finalized nodes since `first`
  int first = 1;
  for (int id = 1; id < static_cast<int>(graph_.nodes.size()); ++id) {
    IntNode& node = graph_.nodes[static_cast<size_t>(id)];
    if (float_) {
      float_->advance(id);
    }
    for (const Pending& pending : group) {
      if (std::find(node.inputs.begin(), node.inputs.end(), pending.id) != node.inputs.end()) {
        fail("{}: reads {}, whose quantizer depends on a concat that is not complete yet", node.name,
             graph_.node(pending.id).name);
      }
    }
    if (node.op == IntOp::kConcat) {
      node.out = concat_quantizer(graph_, node);
      make_codes(id, nullptr);
    } else {
      group.push_back(prepare(id));
      std::vector<Pending> ready = take_complete(group);
      if (!ready.empty()) {
        choose_quantizers(ready);
      }
      for (Pending& pending : ready) {
        finalize(pending);
        if (pending.id < first) {
          release(pending.id);
        }
        unit.push_back(std::move(pending));
      }
    }
    if (!ends_unit(id)) {
      continue;
    }
    if (reconstructs() && group.empty()) {
      reconstruct(first, id, unit);
    }
    for (; first <= id; ++first) {
      const bool waits =
          std::any_of(group.begin(), group.end(), [&](const Pending& p) { return p.id == first; });
      if (!waits) {
        release(first);
      }
    }
    unit.clear();
    if (float_) {
      float_->release(id);
    }
    if (setup_.progress && !reconstructs()) {
      setup_.progress("layers", static_cast<size_t>(id) + 1, graph_.nodes.size());
    }
  }
  return std::move(graph_);
}

}  // namespace tridex::quant
