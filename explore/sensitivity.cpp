#include "explore/sensitivity.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "models/network_file.h"
#include "quant/fold.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

json noise_json(const std::optional<quant::LogitNoise>& noise) {
  if (!noise) {
    return nullptr;
  }
  const double db = noise->sqnr_db();
  return {
      {"relative", noise->relative}, {"sqnr_db", std::isfinite(db) ? json(db) : json()}, {"kl", noise->kl}};
}

std::optional<quant::LogitNoise> noise_of(const json& line, const char* key) {
  const json noise = line.value(key, json());
  if (!noise.is_object()) {
    return std::nullopt;
  }
  const auto number = [&](const char* name) {
    const json value = noise.value(name, json());
    return value.is_number() ? value.get<double>() : std::numeric_limits<double>::infinity();
  };
  return quant::LogitNoise{number("relative"), number("kl")};
}

/// The lines of earlier calls by key. A line that a crash cut is no JSON.
std::map<std::string, json> known_lines(const std::filesystem::path& file) {
  std::map<std::string, json> result;
  if (std::filesystem::exists(file)) {
    std::istringstream lines(read_text(file));
    for (std::string text; std::getline(lines, text);) {
      json line = json::parse(text, nullptr, false);
      if (line.is_object() && line.contains("key") && line["key"].is_string()) {
        const std::string key = line["key"];
        result[key] = std::move(line);
      }
    }
  }
  return result;
}

/// One write() of a line, begun on a new one whatever is there: what another call appends meanwhile stays
/// whole.
void append_line(const std::filesystem::path& file, const std::string& line) {
  const std::string text = "\n" + line + "\n";
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const ssize_t written = handle < 0 ? -1 : ::write(handle, text.data(), text.size());
  const int error = errno;
  if (handle >= 0) {
    ::close(handle);
  }
  if (written != static_cast<ssize_t>(text.size())) {
    fail("{}: cannot be written: {}", file.string(), written < 0 ? std::strerror(error) : "the disk is full");
  }
}

class Measurement {
 public:
  explicit Measurement(const SensitivityJob& job)
      : job_(job),
        lowered_(quant::lower(job.network->graph, job.recipe)),
        folded_(quant::fold_batch_norms(job.network->graph, job.network->weights)) {
    common_ = job.program + job.recipe.text + content_hash(models::network_text(job.network->graph)) +
              content_hash(std::span<const uint8_t>(read_bytes(job.weights)));
    for (const auto* images : {&job.images.calibration, &job.images.measured}) {
      for (const models::Activation& image : *images) {
        common_ += content_hash(std::span(reinterpret_cast<const uint8_t*>(image.data.data()),
                                          image.data.size() * sizeof(float)));
      }
      common_ += ';';
    }
  }

  [[nodiscard]] std::vector<int> layers() const {
    std::vector<int> result;
    for (const int id : quant::sensitive_layers(lowered_)) {
      const quant::IntNode& node = lowered_.graph.node(id);
      if ((node.op == quant::IntOp::kConv || !job_.convolutions) &&
          ::fnmatch(job_.layers.c_str(), node.name.c_str(), 0) == 0) {
        result.push_back(id);
      }
    }
    if (result.empty()) {
      fail("no layer of {} has a name like '{}' (tridex quantize --report lists them)",
           job_.network->graph.name, job_.layers);
    }
    return result;
  }

  [[nodiscard]] std::string key(int id, int bits) const {
    return content_hash(fmt::format("{} {} {} {}", common_, job_.whole_recipe ? "recipe" : "alone",
                                    lowered_.graph.node(id).name, bits));
  }

  SensitivityLine measure(int id, int bits) {
    const quant::IntNode& node = lowered_.graph.node(id);
    SensitivityLine line{node.name, int_op_name(node.op), bits, {}, {}, {}};
    if (job_.whole_recipe) {
      quant::Recipe recipe = job_.recipe;
      quant::LayerWidths widths;
      widths.match = node.name;
      widths.activation_bits = bits;
      if (node.op == quant::IntOp::kConv) {
        widths.weight_bits = bits;
      }
      recipe.layers.push_back(widths);
      line.both = quant::measure_recipe(job_.network->graph, job_.network->weights, recipe,
                                        job_.images.calibration, job_.images.measured, job_.threads);
      return line;
    }
    const quant::LayerSensitivity found = meter().measure(id, bits);
    line.weights = found.weights;
    line.activations = found.activations;
    line.both = found.both;
    return line;
  }

 private:
  /// Made for the first layer that must be measured: it takes a quantization.
  const quant::SensitivityMeter& meter() {
    if (!meter_) {
      base_ = quant::quantize(job_.network->graph, job_.network->weights, job_.recipe,
                              job_.images.calibration, job_.threads, [&](const quant::QuantizeProgress& p) {
                                if (job_.progress) {
                                  job_.progress("the recipe's network: " + p.step, p.done, p.total);
                                }
                              });
      meter_.emplace(lowered_, folded_, base_, job_.recipe, job_.images.measured, job_.threads);
    }
    return *meter_;
  }

  const SensitivityJob& job_;
  quant::Lowered lowered_;
  models::Weights folded_;
  std::string common_;
  quant::IntegerGraph base_;
  std::optional<quant::SensitivityMeter> meter_;
};

}  // namespace

json to_json(const SensitivityLine& line) {
  return {{"layer", line.layer},
          {"op", line.op},
          {"bits", line.bits},
          {"weights", noise_json(line.weights)},
          {"activations", noise_json(line.activations)},
          {"both", noise_json(line.both)}};
}

SensitivityLine sensitivity_line(const json& json) {
  return {json.at("layer"),
          json.at("op"),
          json.at("bits"),
          noise_of(json, "weights"),
          noise_of(json, "activations"),
          noise_of(json, "both")};
}

std::vector<SensitivityLine> measure_sensitivities(const SensitivityJob& job) {
  Measurement measurement(job);
  const std::vector<int> layers = measurement.layers();
  const auto known = known_lines(job.file);
  std::vector<SensitivityLine> result;
  const size_t total = layers.size() * job.bits.size();
  for (const int id : layers) {
    for (const int bits : job.bits) {
      const std::string key = measurement.key(id, bits);
      const auto found = known.find(key);
      if (found == known.end()) {
        result.push_back(measurement.measure(id, bits));
        json line = to_json(result.back());
        line["key"] = key;
        line["mode"] = job.whole_recipe ? "recipe" : "alone";
        append_line(job.file, line.dump());
      } else {
        result.push_back(sensitivity_line(found->second));
      }
      if (job.progress) {
        job.progress("layers", result.size(), total);
      }
    }
  }
  return result;
}

}  // namespace tridex::explore
