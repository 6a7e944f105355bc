#include "explore/sweep/point_work.h"

#include "arch/platform/run.h"
#include "explore/evaluate.h"
#include "explore/network.h"
#include "explore/sensitivity.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {

using nlohmann::json;

namespace {

/// As many as `tridex sensitivity` and `tridex mixed` measure on.
constexpr int kSensitivityImages = 8;

}  // namespace

PointWork::PointWork(const Sweep& sweep, const std::vector<NetworkVariant>& networks,
                     std::filesystem::path folder, unsigned threads, MakeDesign design)
    : sweep_(sweep),
      networks_(networks),
      folder_(std::move(folder)),
      threads_(threads),
      design_(std::move(design)) {}

json PointWork::variant_json(const NetworkVariant& variant) {
  return {{"entry", variant.entry}, {"settings", variant.settings}};
}

NetworkVariant PointWork::variant(const json& request) const {
  if (const size_t network = request.value("network", networks_.size()); network < networks_.size()) {
    return networks_[network];  // as files were when it was read
  }
  const json& variant = request.at("variant");
  return network_with(sweep_, variant.at("entry").get<size_t>(), variant.at("settings").get<Settings>(), {});
}

std::string PointWork::work(const json& request, const ForkServer::Progress& progress) const {
  const auto kind = request.at("kind").get<std::string>();
  if (kind == "network") {
    return quantize(variant(request), progress);
  }
  if (kind == "sensitivities") {
    return sensitivities(variant(request), request, progress);
  }
  const auto network = request.at("network").get<size_t>();
  if (kind == "accuracy") {
    return accuracy(variant(request), network, progress);
  }
  return point(request.at("design"), network);
}

std::string PointWork::hold(const json& request) {
  if (request.contains("drop")) {
    held_.erase(request.at("drop").get<size_t>());
    return "{}";
  }
  const auto file = request.at("file").get<std::string>();
  quant::IntegerGraph& graph = held_[request.at("network").get<size_t>()];
  graph = file.empty() ? shapes_of(variant(request)) : quant::load_network(file);
  return json{{"hash", graph.hash()}}.dump();
}

std::string PointWork::quantize(const NetworkVariant& variant, const ForkServer::Progress& progress) const {
  const auto cached = cache_network(variant, folder_, threads_, [&](const quant::QuantizeProgress& step) {
    progress({{"step", step.step}, {"done", step.done}, {"total", step.total}});
  });
  json result{{"file", cached.file.string()}};
  if (!variant.data.empty()) {
    const quant::IntegerGraph graph = quant::load_network(cached.file);
    const auto data = models::open_dataset(variant.data, graph.node(graph.input).shape);
    result["dataset_key"] = dataset_key(variant.data, *data, variant.images);
  }
  return result.dump();
}

std::string PointWork::accuracy(const NetworkVariant& variant, size_t network,
                                const ForkServer::Progress& progress) const {
  const quant::IntegerGraph& graph = held_.at(network);
  const auto data = models::open_dataset(variant.data, graph.node(graph.input).shape);
  EvaluateOptions options{variant.images, threads_, [&](size_t done, size_t total) {
                            progress({{"step", "images"}, {"done", done}, {"total", total}});
                          }};
  const Evaluation evaluation = evaluate({nullptr, nullptr, &graph, nullptr}, *data, options);
  return json{{"metric", evaluation.metric()},
              {"value", evaluation.value()},
              {"images", evaluation.images},
              {"executor", evaluation.executor}}
      .dump();
}

std::string PointWork::sensitivities(const NetworkVariant& variant, const json& request,
                                     const ForkServer::Progress& progress) const {
  const FloatNetwork network = load_float_network(variant.model, variant.weights);
  const auto images =
      models::open_dataset(variant.calibration, network.graph.node(network.graph.input).shape);
  SensitivityJob job;
  job.network = &network;
  job.weights = variant.weights;
  job.recipe = variant.recipe;
  job.images = split_calibration(*images, variant.recipe.calibration_images, kSensitivityImages);
  job.bits = request.at("bits").get<std::vector<int>>();
  job.convolutions = request.at("convolutions").get<bool>();
  job.file = folder_.parent_path() / "sensitivities.jsonl";
  job.program = request.at("program").get<std::string>();
  job.threads = threads_;
  job.progress = [&](const std::string& step, size_t done, size_t total) {
    progress({{"step", step}, {"done", done}, {"total", total}});
  };
  json result = json::array();
  for (const SensitivityLine& line : measure_sensitivities(job)) {
    result.push_back(to_json(line));
  }
  return result.dump();
}

std::string PointWork::point(const json& design, size_t network) const {
  arch::RunOptions options;
  options.fidelity = sweep_.fidelity;
  options.frames = sweep_.frames;
  options.seed = sweep_.seed;
  return json_text(arch::run(design_(design), held_.at(network), options).result);
}

}  // namespace tridex::explore
