#include "quant/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "base/parallel.h"
#include "models/float_executor.h"
#include "quant/integer_executor.h"
#include "quant/weight_codes.h"

namespace tridex::quant {

namespace {

constexpr int kAccumulatorBits = 32;

/// log of the softmax over the channels of pixel p.
std::vector<double> log_softmax(const models::Activation& logits, int64_t p) {
  std::vector<double> result;
  double largest = -std::numeric_limits<double>::infinity();
  for (int c = 0; c < logits.shape.c; ++c) {
    result.push_back(logits.channel(c)[p]);
    largest = std::max(largest, result.back());
  }
  double sum = 0;
  for (const double x : result) {
    sum += std::exp(x - largest);
  }
  for (double& x : result) {
    x -= largest + std::log(sum);
  }
  return result;
}

}  // namespace

double LogitNoise::sqnr_db() const {
  return relative > 0 ? -10 * std::log10(relative) : std::numeric_limits<double>::infinity();
}

LogitNoise logit_noise(const std::vector<models::Activation>& reference,
                       const std::vector<models::Activation>& logits) {
  double signal = 0, noise = 0, kl = 0;
  int64_t pixels = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (reference[i].shape != logits.at(i).shape) {
      throw std::logic_error("logit_noise: logits of different shapes");
    }
    for (size_t k = 0; k < reference[i].data.size(); ++k) {
      const double wanted = reference[i].data[k], error = wanted - logits[i].data[k];
      signal += wanted * wanted;
      noise += error * error;
    }
    for (int64_t p = 0; p < reference[i].shape.pixels(); ++p, ++pixels) {
      const auto wanted = log_softmax(reference[i], p), ours = log_softmax(logits[i], p);
      for (size_t c = 0; c < wanted.size(); ++c) {
        kl += std::exp(wanted[c]) * (wanted[c] - ours[c]);
      }
    }
  }
  LogitNoise result;
  if (!std::isfinite(noise) || !std::isfinite(kl)) {
    result.relative = result.kl = std::numeric_limits<double>::infinity();
    return result;
  }
  result.relative = noise > 0 ? noise / signal : 0;
  result.kl = pixels > 0 ? std::max(kl, 0.0) / static_cast<double>(pixels) : 0;
  return result;
}

LogitNoise measure_recipe(const models::Graph& graph, const models::Weights& weights, const Recipe& recipe,
                          const std::vector<models::Activation>& calibration,
                          const std::vector<models::Activation>& images, unsigned threads) {
  const IntegerGraph network = quantize(graph, weights, recipe, calibration, threads);
  const IntegerExecutor integer(network);
  const models::FloatExecutor floating(graph, weights);
  std::vector<models::Activation> reference(images.size()), logits(images.size());
  parallel_for(images.size(), threads, [&](size_t i) {
    reference[i] = floating.run(images[i]);
    logits[i] = dequantize(integer.run(quantize_input(network, images[i])), network.node(network.output).out);
  });
  return logit_noise(reference, logits);
}

std::vector<int> sensitive_layers(const Lowered& lowered) {
  std::vector<int> result;
  for (const IntNode& node : lowered.graph.nodes) {
    const Unit& unit = lowered.units[static_cast<size_t>(node.id)];
    const bool own_width = node.op != IntOp::kInput && node.op != IntOp::kConcat &&
                           node.out.bits != kAccumulatorBits && unit.concat < 0 && unit.value >= 0;
    if (own_width || node.op == IntOp::kConv) {
      result.push_back(node.id);
    }
  }
  return result;
}

SensitivityMeter::SensitivityMeter(const Lowered& lowered, const models::Weights& weights,
                                   const IntegerGraph& base, const Recipe& recipe,
                                   const std::vector<models::Activation>& images, unsigned threads)
    : lowered_(lowered),
      weights_(weights),
      base_(base),
      recipe_(recipe),
      threads_(threads),
      tensors_(images.size()),
      logits_(images.size()) {
  const models::FloatExecutor executor(lowered.folded, weights);
  parallel_for(images.size(), threads, [&](size_t i) {
    tensors_[i].resize(lowered.folded.nodes.size());
    logits_[i] = executor.run(images[i], [&](int id, const models::Activation& tensor) {
      tensors_[i][static_cast<size_t>(id)] = tensor;
    });
  });
}

void SensitivityMeter::TensorCodes::apply(models::Activation& tensor) const {
  const double half = std::ldexp(1.0, code.bits - 1);
  const double low = code.kind == CodeKind::kSigned ? -half : 0;
  const double high = code.kind == CodeKind::kSigned ? half - 1 : 2 * half - 1;
  for (int c = 0; c < tensor.shape.c; ++c) {
    const double scale = channels->scale_of(c), zero = channels->zero_of(c);
    float* x = tensor.channel(c);
    for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
      const double y = x[p] / scale + zero;
      const double q = std::clamp(std::nearbyint(y / code.scale) + code.zero, low, high);
      x[p] = static_cast<float>(scale * (code.scale * (q - code.zero) - zero));
    }
  }
}

models::Activation SensitivityMeter::run_node(int id, const models::Weights& weights,
                                              const std::vector<models::Activation>& tensors,
                                              const std::map<int, models::Activation>& changed) const {
  std::vector<const models::Activation*> inputs;
  for (const int from : lowered_.folded.node(id).inputs) {
    const auto found = changed.find(from);
    inputs.push_back(found == changed.end() ? &tensors[static_cast<size_t>(from)] : &found->second);
  }
  return models::run_node(lowered_.folded, weights, id, inputs);
}

models::Activation SensitivityMeter::run(size_t image, const Change& change) const {
  const auto& tensors = tensors_[image];
  std::map<int, models::Activation> changed;
  for (const models::Node& node : lowered_.folded.nodes) {
    const bool depends = std::any_of(node.inputs.begin(), node.inputs.end(),
                                     [&](int from) { return changed.count(from) != 0; });
    if (node.id == change.linear) {
      models::Activation made = run_node(node.id, change.weights, tensors, changed);
      for (int c = 0; c < made.shape.c && !change.correction.empty(); ++c) {
        for (int64_t p = 0; p < made.shape.pixels(); ++p) {
          made.channel(c)[p] += static_cast<float>(change.correction[static_cast<size_t>(c)]);
        }
      }
      changed[node.id] = std::move(made);
    } else if (depends) {
      changed[node.id] = run_node(node.id, weights_, tensors, changed);
    } else if (node.id == change.value) {
      changed[node.id] = tensors[static_cast<size_t>(node.id)];
    }
    if (node.id == change.value) {
      change.codes.apply(changed.at(node.id));
    }
  }
  const auto found = changed.find(lowered_.folded.output);
  return found == changed.end() ? logits_[image] : found->second;
}

LogitNoise SensitivityMeter::noise(const Change& change) const {
  std::vector<models::Activation> logits(tensors_.size());
  parallel_for(logits.size(), threads_, [&](size_t i) { logits[i] = run(i, change); });
  return logit_noise(logits_, logits);
}

void SensitivityMeter::round_weights(const IntNode& node, int bits, Change& change) const {
  const int linear = lowered_.units[static_cast<size_t>(node.id)].linear;
  const models::Node& conv = lowered_.folded.node(linear);
  const Quantizer& in = base_.node(node.inputs[0]).out;
  change.linear = linear;
  for (const char* parameter : {".weight", ".bias"}) {
    const auto found = weights_.find(conv.name + parameter);
    if (found != weights_.end()) {
      change.weights[conv.name + parameter] = found->second;
    }
  }
  std::vector<float>& data = change.weights.at(conv.name + ".weight").data;
  const int inputs = base_.node(node.inputs[0]).shape.c;
  const int in_group = inputs / conv.conv.groups, out_group = node.shape.c / conv.conv.groups;
  const int taps = conv.conv.kernel_h * conv.conv.kernel_w, row = in_group * taps;
  // The input's scales are folded into the weights relative to the largest of an output channel.
  std::vector<double> reference(static_cast<size_t>(node.shape.c), 0.0);
  std::vector<double> folded(data.size()), values(data.size());
  for (size_t k = 0; k < data.size(); ++k) {
    const int o = static_cast<int>(k) / row, i = static_cast<int>(k) % row / taps;
    folded[k] = in.scale_of(o / out_group * in_group + i);
    reference[static_cast<size_t>(o)] = std::max(reference[static_cast<size_t>(o)], folded[k]);
  }
  for (size_t k = 0; k < data.size(); ++k) {
    folded[k] /= reference[k / static_cast<size_t>(row)];
    values[k] = data[k] * folded[k];
  }
  IntNode rounded = base_.node(node.id);
  rounded.weight_bits = bits;
  const std::vector<double> least(static_cast<size_t>(node.shape.c), 0.0);
  const std::vector<ChannelCodes> codes = set_weights(rounded, values, least, reference, recipe_);
  for (size_t k = 0; k < data.size(); ++k) {
    data[k] = static_cast<float>(codes[k / static_cast<size_t>(row)].scale * rounded.weights[k] / folded[k]);
  }
  if (recipe_.bias_correction) {
    correct_means(change);
  }
}

void SensitivityMeter::correct_means(Change& change) const {
  const auto channels = static_cast<size_t>(lowered_.folded.node(change.linear).shape.c);
  std::vector<std::vector<double>> sums(tensors_.size(), std::vector<double>(channels, 0));
  parallel_for(tensors_.size(), threads_, [&](size_t i) {
    const models::Activation made = run_node(change.linear, change.weights, tensors_[i], {});
    const models::Activation& wanted = tensors_[i][static_cast<size_t>(change.linear)];
    for (int c = 0; c < made.shape.c; ++c) {
      for (int64_t p = 0; p < made.shape.pixels(); ++p) {
        sums[i][static_cast<size_t>(c)] += double{wanted.channel(c)[p]} - made.channel(c)[p];
      }
    }
  });
  const auto count = static_cast<double>(tensors_.size()) *
                     static_cast<double>(lowered_.folded.node(change.linear).shape.pixels());
  change.correction.assign(channels, 0);
  for (const auto& image : sums) {
    for (size_t c = 0; c < channels; ++c) {
      change.correction[c] += image[c] / count;
    }
  }
}

void SensitivityMeter::round_activations(const IntNode& node, int bits, Change& change) const {
  change.value = lowered_.units[static_cast<size_t>(node.id)].value;
  const Quantizer& out = base_.node(node.id).out;
  change.codes.channels = &out;
  const auto each = [&](const auto& work) {
    for (const auto& tensors : tensors_) {
      const models::Activation& tensor = tensors[static_cast<size_t>(change.value)];
      for (int c = 0; c < tensor.shape.c; ++c) {
        for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
          work(tensor.channel(c)[p] / out.scale_of(c) + out.zero_of(c));
        }
      }
    }
  };
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  each([&](double y) { range = {std::min(range.low, y), std::max(range.high, y)}; });
  const CodeKind kind = out.is_signed ? CodeKind::kSigned : CodeKind::kAffine;
  if (recipe_.activation_range != RangeMethod::kMinMax && bits <= kWidestSearch) {
    Histogram histogram(range);
    each([&](double y) { histogram.add(y); });
    range = make_range_finder(recipe_.activation_range)->find(histogram, kind, bits, recipe_, threads_);
  }
  change.codes.code = cover(range, kind, bits);
}

LayerSensitivity SensitivityMeter::measure(int id, int bits) const {
  const IntNode& node = lowered_.graph.node(id);
  LayerSensitivity result;
  result.layer = node.name;
  result.op = int_op_name(node.op);
  result.bits = bits;
  Change weights, activations, both;
  round_activations(node, bits, activations);
  result.activations = noise(activations);
  if (node.op == IntOp::kConv) {
    round_weights(node, bits, weights);
    result.weights = noise(weights);
    both = std::move(weights);
    both.value = activations.value;
    both.codes = activations.codes;
    result.both = noise(both);
  }
  return result;
}

}  // namespace tridex::quant
