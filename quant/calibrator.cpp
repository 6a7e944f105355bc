#include "quant/calibrator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "quant/divide.h"
#include "quant/node_parameters.h"
#include "quant/requantize.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr double kLargestZero = (1 << 20) - 1;

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
      double divisor = 0;
      switch (node.divisor) {
        case Divisor::kLog2Code:
          divisor = std::ldexp(1.0, log2_code_exponent(node, c / d, x[p]));
          break;
        case Divisor::kLog2Paper:
          divisor = std::ldexp(den.scale_of(0), log2_paper_exponent(x[p]));
          break;
        case Divisor::kUniform:
        case Divisor::kExact:
          divisor = den.scale_of(0) * std::max({x[p], node.min_code, 0}) + eps;
          break;
      }
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

ChannelStatistics Calibrator::measure_channels(const Pending& pending) const {
  ChannelStatistics statistics(graph_.node(pending.id).shape.c);
  for (size_t image = 0; image < images_; ++image) {
    visit(pending, image, [&](int c, int64_t, std::span<double> values) {
      statistics.add(c, values.data(), static_cast<int64_t>(values.size()));
    });
  }
  return statistics;
}

void Calibrator::map_channels(Pending& pending) const {
  const IntNode& node = graph_.node(pending.id);
  const auto passes = passes_of(graph_, node, setup_.recipe);
  if (passes.empty()) {
    return;
  }
  const auto channels = static_cast<size_t>(node.shape.c);
  pending.map = {std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  const auto found =
      setup_.statistics.channels.find(setup_.lowered.units[static_cast<size_t>(node.id)].value);
  const ChannelStatistics statistics =
      found == setup_.statistics.channels.end() ? measure_channels(pending) : found->second;
  for (const auto& pass : passes) {
    pass->apply(graph_, node, statistics, pending.map);
  }
}

/// Sequential bias correction: the mean of every channel, over the images and before activation and shortcut,
/// becomes that of the float network, so that what went wrong upstream is corrected too (reference: "bc").
void Calibrator::correct_bias(IntNode& node, const std::vector<double>& scale) {
  const auto found = setup_.statistics.mean.find(setup_.lowered.units[static_cast<size_t>(node.id)].linear);
  if (found == setup_.statistics.mean.end()) {
    return;
  }
  IntNode plain = node;
  plain.has_shortcut = false;
  plain.inputs.resize(1);
  const auto kernel = make_kernel(graph_, plain);
  std::vector<std::vector<double>> sums(images_, std::vector<double>(scale.size(), 0));
  parallel_for(images_, setup_.threads, [&](size_t image) {
    const std::vector<Codes> inputs = inputs_of(plain, image);
    kernel->run(pointers(inputs), [&](int c, int64_t, std::span<double> values) {
      for (const double value : values) {
        sums[image][static_cast<size_t>(c)] += value;
      }
    });
  });
  for (size_t c = 0; c < scale.size(); ++c) {
    double mean = 0;
    for (const auto& image : sums) {
      mean += image[c];
    }
    mean /= static_cast<double>(images_) * static_cast<double>(node.shape.pixels());
    node.bias[c] += std::llrint(found->second[c] / scale[c] - mean);
  }
}

Calibrator::Pending Calibrator::prepare(int id) {
  IntNode& node = graph_.nodes[static_cast<size_t>(id)];
  Pending pending;
  pending.id = id;
  if (node.op == IntOp::kDivide) {
    set_divide(graph_, node);  // the divisor's part is needed to measure; the rest is set again
    return pending;
  }
  if (node.op == IntOp::kAdd) {
    return pending;
  }
  pending.scale = set_parameters(setup_.lowered, graph_, id, setup_.weights, setup_.recipe);
  if (node.op == IntOp::kConv) {
    correct_bias(node, pending.scale);
  }
  pending.kernel = make_kernel(graph_, node);
  map_channels(pending);
  return pending;
}

void Calibrator::choose_quantizers(const std::vector<Pending>& nodes) {
  const IntNode& first = graph_.node(nodes[0].id);
  if (first.out.bits == 32) {
    for (const Pending& pending : nodes) {
      graph_.nodes[static_cast<size_t>(pending.id)].out.scale = {pending.scale.at(0)};
    }
    return;
  }
  const auto each = [&](const auto& work) {
    parallel_for(images_ * nodes.size(), setup_.threads, [&](size_t task) {
      const Pending& pending = nodes[task / images_];
      visit(pending, task % images_, [&](int c, int64_t, std::span<double> values) {
        if (!pending.map.scale.empty()) {
          const auto i = static_cast<size_t>(c);
          for (double& value : values) {
            value = (value - pending.map.centre[i]) / pending.map.scale[i];
          }
        }
        work(task, values);
      });
    });
  };
  std::vector<Range> ranges(images_ * nodes.size(), {std::numeric_limits<double>::infinity(),
                                                     -std::numeric_limits<double>::infinity()});
  each([&](size_t task, std::span<const double> values) {
    Range& range = ranges[task];
    for (const double value : values) {
      range.low = value < range.low ? value : range.low;
      range.high = value > range.high ? value : range.high;
    }
  });
  Range whole = ranges[0];
  for (const Range& range : ranges) {
    whole = {std::min(whole.low, range.low), std::max(whole.high, range.high)};
  }
  const CodeKind kind = kind_of(first);
  const int bits = first.out.bits;
  Range range{std::min(whole.low, 0.0), std::max(whole.high, 0.0)};
  if (setup_.recipe.activation_range != RangeMethod::kMinMax && bits <= kWidestSearch) {
    std::vector<Histogram> histograms(ranges.size());
    each([&](size_t task, std::span<const double> values) {
      if (histograms[task].empty()) {
        histograms[task] = Histogram(whole);
      }
      for (const double value : values) {
        histograms[task].add(value);
      }
    });
    for (size_t task = 1; task < histograms.size(); ++task) {
      histograms[0].merge(histograms[task]);
    }
    range = make_range_finder(setup_.recipe.activation_range)->find(histograms[0], kind, bits, setup_.recipe);
  }
  for (const Pending& pending : nodes) {
    if (read_by_padded_conv(graph_, graph_.node(pending.id))) {
      // The border of a padded image must be a code.
      range = {std::min(range.low, 0.0), std::max(range.high, 0.0)};
    }
  }
  const CodeScale code = cover(range, kind, bits);
  for (const Pending& pending : nodes) {
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
  auto& outputs = codes_[static_cast<size_t>(node.id)];
  outputs.resize(images_);
  parallel_for(outputs.size(), setup_.threads, [&](size_t image) {
    const std::vector<Codes> inputs = inputs_of(node, image);
    outputs[image] = PackedCodes(run_node(graph_, node, pending.kernel.get(), pointers(inputs)), node.out);
  });
}

void Calibrator::release(int id) {
  for (const int from : graph_.node(id).inputs) {
    if (last_reader_[static_cast<size_t>(from)] <= id) {
      codes_[static_cast<size_t>(from)] = {};
    }
  }
}

IntegerGraph Calibrator::run(const std::vector<models::Activation>& images) {
  graph_.has_weights = true;
  codes_.assign(graph_.nodes.size(), {});
  images_ = images.size();
  codes_[0].resize(images_);
  parallel_for(images_, setup_.threads, [&](size_t i) {
    codes_[0][i] = PackedCodes(quantize_input(graph_, images[i]), graph_.node(0).out);
  });
  std::vector<Pending> group;  // members of a concat, measured together when the last of them is there
  for (int id = 1; id < static_cast<int>(graph_.nodes.size()); ++id) {
    IntNode& node = graph_.nodes[static_cast<size_t>(id)];
    for (const Pending& pending : group) {
      if (std::find(node.inputs.begin(), node.inputs.end(), pending.id) != node.inputs.end()) {
        fail("{}: reads {}, whose quantizer depends on a concat that is not complete yet", node.name,
             graph_.node(pending.id).name);
      }
    }
    if (node.op == IntOp::kConcat) {
      node.out = graph_.node(node.inputs[0]).out;
      auto& outputs = codes_[static_cast<size_t>(id)];
      outputs.resize(images_);
      for (size_t image = 0; image < images_; ++image) {
        const std::vector<Codes> inputs = inputs_of(node, image);
        outputs[image] = PackedCodes(run_node(graph_, node, nullptr, pointers(inputs)), node.out);
      }
    } else {
      group.push_back(prepare(id));
      const int concat = setup_.lowered.units[static_cast<size_t>(id)].concat;
      const bool complete = concat < 0 || id == *std::max_element(graph_.node(concat).inputs.begin(),
                                                                  graph_.node(concat).inputs.end());
      if (concat >= 0 && !complete) {
        continue;
      }
      std::vector<Pending> ready;
      if (concat < 0) {
        ready.push_back(std::move(group.back()));
        group.pop_back();
      } else {
        ready = std::exchange(group, {});
      }
      choose_quantizers(ready);
      for (Pending& pending : ready) {
        finalize(pending);
        release(pending.id);
      }
    }
    release(id);
    if (setup_.progress) {
      setup_.progress(static_cast<size_t>(id) + 1, graph_.nodes.size());
    }
  }
  return std::move(graph_);
}

}  // namespace tridex::quant
