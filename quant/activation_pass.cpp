#include "quant/activation_pass.h"

#include <algorithm>

#include "base/registry.h"

namespace tridex::quant {

std::vector<std::unique_ptr<ActivationPass>> passes_of(const IntegerGraph& graph, const IntNode& node,
                                                       const Recipe& recipe) {
  std::vector<std::unique_ptr<ActivationPass>> result;
  for (const std::string& name : Registry<ActivationPass>::names()) {
    auto pass = Registry<ActivationPass>::make(name, "activation pass");
    if (pass->applies(graph, node, recipe)) {
      result.push_back(std::move(pass));
    }
  }
  return result;
}

std::vector<Reader> readers_of(const IntegerGraph& graph, const IntNode& node) {
  std::vector<Reader> result;
  for (const IntNode& reader : graph.nodes) {
    int before = 0;
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      if (reader.inputs[i] == node.id && reader.op == IntOp::kConcat) {
        for (Reader behind : readers_of(graph, reader)) {
          behind.first_channel += before;
          result.push_back(behind);
        }
      } else if (reader.inputs[i] == node.id) {
        result.push_back({&reader, i, 0});
      }
      before += graph.node(reader.inputs[i]).shape.c;
    }
  }
  return result;
}

bool read_only_by(const IntegerGraph& graph, const IntNode& node, Role role) {
  bool read = false;
  for (const IntNode& reader : graph.nodes) {
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      if (reader.inputs[i] == node.id) {
        read = true;
        if (reader.op != IntOp::kConv || i != 0 || reader.role != role) {
          return false;
        }
      }
    }
  }
  return read && node.id != graph.output;
}

bool read_by_padded_conv(const IntegerGraph& graph, const IntNode& node) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const IntNode& reader) {
    const ConvAttributes& c = reader.conv;
    return reader.op == IntOp::kConv && reader.inputs[0] == node.id &&
           (c.pad_top > 0 || c.pad_left > 0 || c.pad_bottom > 0 || c.pad_right > 0);
  });
}

void normalize_channels(const ChannelStatistics& statistics, bool with_zero, double least_share,
                        ChannelMap& map) {
  map.reach = statistics.clipped ? 1 : 0;
  double widest = 0;
  for (size_t c = 0; c < map.scale.size(); ++c) {
    const double low = with_zero ? std::min(statistics.clip_low[c], 0.0f) : statistics.clip_low[c];
    const double high = with_zero ? std::max(statistics.clip_high[c], 0.0f) : statistics.clip_high[c];
    map.centre[c] = (high + low) / 2;
    map.scale[c] = (high - low) / 2;
    widest = std::max(widest, map.scale[c]);
  }
  for (double& scale : map.scale) {
    scale = widest > 0 ? std::max(scale, widest * least_share) : 1;
  }
}

}  // namespace tridex::quant
