#include "models/weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/names.h"
#include "base/random.h"
#include "models/builder.h"

namespace tridex::models {

namespace {

constexpr std::array<const char*, 4> kLastLayers = {
    "head.op_list.3.linear.weight", "head.classifier.4.weight", "head.output_ops.0.op_list.1.conv.weight",
    "classifier.1.weight"};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// The graph's name of a checkpoint's parameter: timm's module paths become MIT's, others stay.
std::string graph_name(const std::string& name) {
  // Names of modules in timm/models/efficientvit_mit.py, in the order of their MIT counterparts.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kModules = {{
      {"stem.in_conv.", "backbone.input_stem.op_list.0."},
      {"head.in_conv.", "head.op_list.0."},
      {"head.classifier.0.", "head.op_list.2.linear."},
      {"head.classifier.1.", "head.op_list.2.norm."},
      {"head.classifier.4.", "head.op_list.3.linear."},
  }};
  for (const auto& [timm, mit] : kModules) {
    std::string_view rest = name;
    if (take_prefix(rest, timm)) {
      return fmt::format("{}{}", mit, rest);
    }
  }
  std::string_view rest = name;
  if (take_prefix(rest, "stem.res")) {
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits > 0 && digits < 4) {
      const int index = std::stoi(std::string(rest.substr(0, digits)));
      return fmt::format("backbone.input_stem.op_list.{}{}", index + 1, rest.substr(digits));
    }
  }
  rest = name;
  const std::string_view blocks = ".blocks.";
  if (take_prefix(rest, "stages.") && rest.find(blocks) != std::string_view::npos) {
    const size_t at = rest.find(blocks);
    return fmt::format("backbone.stages.{}.op_list.{}", rest.substr(0, at), rest.substr(at + blocks.size()));
  }
  return name;
}

std::string text(const std::vector<int64_t>& dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

/// A linear layer's matrix [O, I] is the graph's 1x1 convolution [O, I, 1, 1].
bool same_shape(const std::vector<int64_t>& wanted, const std::vector<int64_t>& found) {
  if (wanted == found) {
    return true;
  }
  return wanted.size() == 4 && found.size() == 2 && wanted[2] == 1 && wanted[3] == 1 &&
         wanted[0] == found[0] && wanted[1] == found[1];
}

bool ends_with(const std::string& name, std::string_view end) {
  return name.size() >= end.size() && std::string_view(name).substr(name.size() - end.size()) == end;
}

/// What is wrong with a parameter's shape and values, or "".
std::string defect(const ParameterInfo& wanted, const Tensor& found) {
  if (!same_shape(wanted.dims, found.dims)) {
    return fmt::format("{}: shape {}, the network needs {}", wanted.name, text(found.dims),
                       text(wanted.dims));
  }
  int64_t count = 1;
  for (const int64_t dim : wanted.dims) {
    count *= dim;
  }
  if (count != static_cast<int64_t>(found.data.size())) {
    return fmt::format("{}: {} values, its shape needs {}", wanted.name, found.data.size(), count);
  }
  for (size_t i = 0; i < found.data.size(); ++i) {
    if (!std::isfinite(found.data[i])) {
      return fmt::format("{}: value {} is not a finite number", wanted.name, i);
    }
    if (found.data[i] < 0 && ends_with(wanted.name, ".running_var")) {
      return fmt::format("{}: variance {} is negative", wanted.name, i);
    }
  }
  return "";
}

/// In [-1, 1), a multiple of 2^-23.
float symmetric(SplitMix& random) {
  return static_cast<float>(random.next() >> 40) * 0x1p-23f - 1.0f;
}

std::optional<int> rows_of_last_layer(const Weights& checkpoint) {
  for (const char* name : kLastLayers) {
    const auto found = checkpoint.find(name);
    if (found != checkpoint.end() && !found->second.dims.empty()) {
      return static_cast<int>(std::clamp<int64_t>(found->second.dims[0], 0, 1 << 20));
    }
  }
  return std::nullopt;
}

/// What keeps a checkpoint from being that of a network, a line each.
struct Misfit {
  std::vector<std::string> wrong, missing, left_over;
};

/// "" for a checkpoint that fits, else lines: a network has hundreds of parameters, so the first of each
/// kind.
std::string report(const Misfit& misfit) {
  constexpr size_t kShown = 10;
  std::string lines;
  const auto add = [&](const std::vector<std::string>& kind, const char* name) {
    for (size_t i = 0; i < std::min(kind.size(), kShown); ++i) {
      lines += fmt::format("\n  {}", kind[i]);
    }
    if (kind.size() > kShown) {
      lines += fmt::format("\n  ... and {} more {}", kind.size() - kShown, name);
    }
  };
  add(misfit.wrong, "that are wrong");
  add(misfit.missing, "missing");
  add(misfit.left_over, "left over");
  return lines;
}

/// The built-in network that has exactly the checkpoint's parameters (network_families), or "".
std::string family_of(const Weights& checkpoint) {
  const auto classes = rows_of_last_layer(checkpoint);
  if (!classes || *classes < 1) {
    return "";
  }
  std::map<std::string, const Tensor*> found;
  for (const auto& [name, tensor] : checkpoint) {
    if (!is_batch_counter(name)) {
      found.emplace(graph_name(name), &tensor);
    }
  }
  for (const std::string& family : network_families()) {
    const std::string name = family.substr(0, family.rfind("_r")) + "_r224";  // no parameter depends on it
    const auto parameters = build_network(name, {classes}).parameters();
    const auto fits = [&](const ParameterInfo& wanted) {
      const auto here = found.find(wanted.name);
      return here != found.end() && same_shape(wanted.dims, here->second->dims);
    };
    if (parameters.size() == found.size() && std::all_of(parameters.begin(), parameters.end(), fits)) {
      return family;
    }
  }
  return "";
}

}  // namespace

bool is_batch_counter(const std::string& parameter) {
  return ends_with(parameter, "num_batches_tracked");
}

int classes_of(const Weights& checkpoint, const std::string& file) {
  if (const auto rows = rows_of_last_layer(checkpoint)) {
    return *rows;
  }
  fail("{}: the weights have none of the known last layers ({})", file,
       join({kLastLayers.begin(), kLastLayers.end()}));
}

Weights match_weights(const Graph& graph, const Weights& checkpoint, const std::string& file) {
  std::map<std::string, const std::string*> sources;  // graph's name -> checkpoint's
  Misfit misfit;
  for (const auto& [name, tensor] : checkpoint) {
    if (is_batch_counter(name)) {
      continue;
    }
    const auto [first, added] = sources.emplace(graph_name(name), &name);
    if (!added) {
      misfit.wrong.push_back(fmt::format("{}: the same parameter as {}", name, *first->second));
    }
  }
  Weights result;
  for (const ParameterInfo& wanted : graph.parameters()) {
    const auto source = sources.find(wanted.name);
    if (source == sources.end()) {
      misfit.missing.push_back(
          fmt::format("{}: missing, the network needs {}", wanted.name, text(wanted.dims)));
      continue;
    }
    const Tensor& tensor = checkpoint.at(*source->second);
    std::string wrong = defect(wanted, tensor);
    if (wrong.empty()) {
      result.emplace(wanted.name, Tensor{wanted.dims, tensor.data});
    } else {
      misfit.wrong.push_back(std::move(wrong));
    }
    sources.erase(source);
  }
  for (const auto& [name, source] : sources) {
    misfit.left_over.push_back(fmt::format("{}: left over, the network has no such parameter", *source));
  }
  if (const std::string what = report(misfit); !what.empty()) {
    const std::string family = family_of(checkpoint);
    fail("{}: the weights do not fit network {}{}:{}", file, graph.name,
         family.empty() ? "" : fmt::format("; they look like those of {}", family), what);
  }
  return result;
}

Weights random_weights(const Graph& graph, uint64_t seed) {
  SplitMix random(seed);
  Weights weights;
  for (const ParameterInfo& parameter : graph.parameters()) {
    Tensor tensor;
    tensor.dims = parameter.dims;
    int64_t count = 1;
    for (const int64_t dim : parameter.dims) {
      count *= dim;
    }
    float centre = 0;
    float spread = 0.1f;
    if (parameter.dims.size() == 4) {
      // He: variance 2 / fan-in, here of a uniform distribution.
      spread = std::sqrt(6.0f * static_cast<float>(parameter.dims[0]) / static_cast<float>(count));
    } else if (ends_with(parameter.name, ".weight") || ends_with(parameter.name, ".running_var")) {
      centre = 1;
    }
    tensor.data.resize(static_cast<size_t>(count));
    for (float& value : tensor.data) {
      value = centre + spread * symmetric(random);
    }
    weights.emplace(parameter.name, std::move(tensor));
  }
  return weights;
}

}  // namespace tridex::models
