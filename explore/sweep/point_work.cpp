#include "explore/sweep/point_work.h"

#include "arch/platform/run.h"
#include "explore/evaluate.h"
#include "explore/network.h"
#include "explore/sweep/point.h"

namespace tridex::explore {

using nlohmann::json;

PointWork::PointWork(const Sweep& sweep, const std::vector<NetworkVariant>& networks,
                     std::filesystem::path folder, unsigned threads, MakeDesign design)
    : sweep_(sweep),
      networks_(networks),
      folder_(std::move(folder)),
      threads_(threads),
      design_(std::move(design)),
      held_(networks.size()) {}

std::string PointWork::work(const json& request, const ForkServer::Progress& progress) const {
  const auto kind = request.at("kind").get<std::string>();
  const auto network = request.at("network").get<size_t>();
  if (kind == "network") {
    return quantize(network, progress);
  }
  if (kind == "accuracy") {
    return accuracy(network, progress);
  }
  return point(request.at("design"), network);
}

std::string PointWork::hold(const json& request) {
  const auto network = request.at("network").get<size_t>();
  const auto file = request.at("file").get<std::string>();
  held_[network] = file.empty() ? shapes_of(networks_[network]) : quant::load_network(file);
  return json{{"hash", held_[network].hash()}}.dump();
}

std::string PointWork::quantize(size_t network, const ForkServer::Progress& progress) const {
  const NetworkVariant& variant = networks_[network];
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

std::string PointWork::accuracy(size_t network, const ForkServer::Progress& progress) const {
  const quant::IntegerGraph& graph = held_[network];
  const NetworkVariant& variant = networks_[network];
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

std::string PointWork::point(const json& design, size_t network) const {
  arch::RunOptions options;
  options.fidelity = sweep_.fidelity;
  options.frames = sweep_.frames;
  options.seed = sweep_.seed;
  return json_text(arch::run(design_(design), held_[network], options).result);
}

}  // namespace tridex::explore
