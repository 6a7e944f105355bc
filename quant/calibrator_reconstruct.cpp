#include <algorithm>
#include <utility>

#include "base/parallel.h"
#include "models/dataset.h"
#include "quant/calibrator.h"
#include "quant/requantize.h"

namespace tridex::quant {

namespace {

bool is_read_outside(const IntegerGraph& graph, int id, int last) {
  return id == graph.output ||
         std::any_of(graph.nodes.begin() + last + 1, graph.nodes.end(), [&](const IntNode& reader) {
           return std::find(reader.inputs.begin(), reader.inputs.end(), id) != reader.inputs.end();
         });
}

const std::vector<float>& parameter(const models::Weights& weights, const std::string& name) {
  return weights.at(name).data;
}

}  // namespace

bool Calibrator::ends_unit(int id) const {
  const auto next = static_cast<size_t>(id) + 1;
  const std::string& block = graph_.node(id).block;
  return !reconstructs() || block.empty() || next == graph_.nodes.size() || graph_.nodes[next].block != block;
}

std::vector<int> Calibrator::outputs_of(int first, int last) const {
  std::vector<int> result;
  for (int id = first; id <= last; ++id) {
    if (is_read_outside(graph_, id, last)) {
      result.push_back(id);
    }
  }
  return result;
}

/// With the parameters of everything but convolutions.
BlockNetwork<float> Calibrator::real_block(int first, int last) const {
  BlockNetwork<float> block(graph_, first, last);
  for (int id = first; id <= last; ++id) {
    const models::Node& linear =
        setup_.lowered.folded.node(setup_.lowered.units[static_cast<size_t>(id)].linear);
    RealParameters<float>& to = block.parameters(id);
    to.eps = linear.eps;
    if (linear.op == models::Op::kLayerNorm) {
      to.weights = parameter(setup_.weights, linear.name + ".weight");
      to.bias = parameter(setup_.weights, linear.name + ".bias");
    }
  }
  return block;
}

LearnedConv Calibrator::learned_conv(const Pending& pending) const {
  const IntNode& node = graph_.node(pending.id);
  const IntNode& in = graph_.node(node.inputs[0]);
  const ConvValues values = conv_values(setup_.lowered, graph_, node, setup_.weights);
  const size_t outputs = pending.scale.size();
  const size_t taps = node.weights.size() / outputs;
  const int in_group = in.shape.c / node.conv.groups;
  const int out_group = node.shape.c / node.conv.groups;
  std::vector<double> wanted;
  std::vector<int> low;
  std::vector<int> high;
  std::vector<float> unit;
  std::vector<double> bias;
  std::vector<float> mean;
  std::vector<GroupMoments> groups;
  if (setup_.recipe.bias_correction) {
    groups = moments_of(node, values, true);
  }
  for (size_t o = 0; o < outputs; ++o) {
    const int group = static_cast<int>(o) / out_group;
    double zeros = 0;
    for (size_t k = 0; k < taps; ++k) {
      const size_t at = o * taps + k;
      const int c = group * in_group + static_cast<int>(k) / (node.conv.kernel_h * node.conv.kernel_w);
      const double centre = centre_of(graph_, in, c);
      wanted.push_back(values.weights[at] / pending.channels[o].scale);
      low.push_back(pending.channels[o].low);
      high.push_back(pending.channels[o].high);
      unit.push_back(static_cast<float>(pending.scale[o] / in.out.scale_of(c)));
      zeros += node.weights[at] * centre;
      if (!groups.empty()) {
        const double code = groups[static_cast<size_t>(group)].input_mean[static_cast<Eigen::Index>(k)];
        mean.push_back(static_cast<float>(in.out.scale_of(c) * (code - centre)));
      }
    }
    bias.push_back(pending.scale[o] * (static_cast<double>(node.bias[o]) + zeros));
  }
  return {pending.id, SoftRounding(wanted, node.weights, low, high), std::move(unit), std::move(bias),
          std::move(mean)};
}

BlockSamples Calibrator::samples_of(const std::vector<int>& inputs, const std::vector<int>& outputs) const {
  const std::vector<size_t> images =
      models::spread_indices(images_, static_cast<size_t>(setup_.recipe.block_images));
  BlockSamples samples;
  samples.outputs = outputs;
  samples.inputs.resize(images.size());
  samples.targets.resize(images.size());
  for (const int id : outputs) {
    for (size_t i = 0; i < images.size(); ++i) {
      samples.targets[i].push_back(&float_->tensor(id, images[i]));
    }
  }
  parallel_for(images.size(), setup_.threads, [&](size_t i) {
    for (const int id : inputs) {
      const IntNode& node = graph_.node(id);
      const Codes codes = codes_[static_cast<size_t>(id)][images[i]].unpack();
      Patch<float> patch;
      patch.resize(node.shape.c, whole(node.shape));
      for (int c = 0; c < node.shape.c; ++c) {
        const double scale = node.out.scale_of(c);
        const double centre = centre_of(graph_, node, c);
        const int32_t* from = codes.data.data() + c * node.shape.pixels();
        std::transform(from, from + node.shape.pixels(), patch.channel(c),
                       [&](int32_t q) { return static_cast<float>(scale * (q - centre)); });
      }
      samples.inputs[i].push_back(std::move(patch));
    }
  });
  return samples;
}

double Calibrator::unit_error(const std::vector<int>& outputs, const std::vector<Pending>& unit) const {
  std::vector<double> errors(images_, 0);
  parallel_for(images_, setup_.threads, [&](size_t image) {
    for (const Pending& pending : unit) {
      if (std::find(outputs.begin(), outputs.end(), pending.id) == outputs.end()) {
        continue;
      }
      const models::Activation& target = float_->tensor(pending.id, image);
      visit(pending, image, [&](int c, int64_t start, std::span<double> values) {
        const float* wanted = target.channel(c) + start;
        for (size_t k = 0; k < values.size(); ++k) {
          errors[image] += (values[k] - wanted[k]) * (values[k] - wanted[k]);
        }
      });
    }
  });
  double sum = 0;
  for (const double error : errors) {
    sum += error;
  }
  return sum;
}

/// Biases, requantization and codes of a unit whose weight codes have changed.
void Calibrator::recompute(int first, int last, std::vector<Pending>& unit) {
  for (int id = first; id <= last; ++id) {
    const auto found = std::find_if(unit.begin(), unit.end(), [&](const Pending& p) { return p.id == id; });
    IntNode& node = graph_.nodes[static_cast<size_t>(id)];
    if (node.op == IntOp::kConv) {
      const ConvValues values = conv_values(setup_.lowered, graph_, node, setup_.weights);
      set_conv_bias(
          *found, values,
          setup_.recipe.bias_correction ? moments_of(node, values, true) : std::vector<GroupMoments>{});
      found->kernel = make_kernel(graph_, node);
      set_requant(graph_, node, set_activation(node, found->scale));
    }
    make_codes(id, found == unit.end() ? nullptr : found->kernel.get());
  }
}

void Calibrator::reconstruct(int first, int last, std::vector<Pending>& unit) {
  const std::vector<int> outputs = outputs_of(first, last);
  bool possible = !outputs.empty();
  for (int id = first; id <= last; ++id) {
    possible = possible && BlockNetwork<float>::supports(graph_.node(id).op);
  }
  for (const int id : outputs) {
    possible = possible && graph_.node(id).op != IntOp::kConcat;
  }
  std::vector<LearnedConv> convs;
  for (const Pending& pending : unit) {
    if (possible && graph_.node(pending.id).op == IntOp::kConv) {
      convs.push_back(learned_conv(pending));
    }
  }
  if (convs.empty()) {
    return;
  }
  const auto at = [&](auto& all, int id) { return all.begin() + id; };
  BlockNetwork<float> block = real_block(first, last);
  const auto steps = static_cast<size_t>(setup_.recipe.reconstruction_steps);
  const auto report = [&](int step) {
    if (setup_.progress) {
      // By nodes, as if each took as long.
      const auto before = static_cast<size_t>(first - 1);
      const auto here = static_cast<size_t>(last - first + 1);
      setup_.progress("reconstruction", before * steps + here * static_cast<size_t>(step),
                      (graph_.nodes.size() - 1) * steps);
    }
  };
  learn_rounding(block, convs, samples_of(block.inputs(), outputs), setup_.recipe, setup_.threads, report);
  const double before = unit_error(outputs, unit);
  const std::vector<IntNode> nodes(at(graph_.nodes, first), at(graph_.nodes, last + 1));
  const std::vector<std::vector<PackedCodes>> codes(at(codes_, first), at(codes_, last + 1));
  for (const LearnedConv& conv : convs) {
    graph_.nodes[static_cast<size_t>(conv.id)].weights = conv.rounding.hardened();
  }
  recompute(first, last, unit);
  if (!(unit_error(outputs, unit) <= before)) {
    std::copy(nodes.begin(), nodes.end(), at(graph_.nodes, first));
    std::copy(codes.begin(), codes.end(), at(codes_, first));
  }
}

}  // namespace tridex::quant
