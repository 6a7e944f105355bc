#include "explore/search/accuracy_prediction.h"

#include <algorithm>
#include <cmath>

#include "models/dataset.h"
#include "quant/lowering.h"

namespace tridex::explore {

double margin_of(double percent, int64_t images) {
  // A share p of n images has the variance p (1 - p) / n, the difference of two independent ones twice as
  // much; accuracies of alike networks on the same images vary less against one another. p is Laplace's
  // estimate (k + 1) / (n + 2), so that all or none of a few images are no certainty.
  const auto n = static_cast<double>(images);
  const double p = (percent / 100 * n + 1) / (n + 2);
  return 3 * 100 * std::sqrt(2 * p * (1 - p) / n);
}

void AccuracyRule::add(double noise, const Accuracy& accuracy) {
  measured_.emplace_back(noise, accuracy);
}

std::optional<double> AccuracyRule::most(double noise) const {
  const Accuracy* least = nullptr;
  for (const auto& [its, accuracy] : measured_) {
    if (its <= noise && (least == nullptr || accuracy.value < least->value)) {
      least = &accuracy;
    }
  }
  if (least == nullptr) {
    return std::nullopt;
  }
  return least->value + margin_.value_or(margin_of(least->value, least->images));
}

AccuracyPrediction::AccuracyPrediction(const Search& search, SearchSpace& space, PointPool& pool,
                                       std::string program)
    : search_(search), space_(space), pool_(pool), program_(std::move(program)) {}

std::optional<WidthNoise> AccuracyPrediction::measure(const Choice& choice, size_t network) {
  SearchNetworks& networks = space_.networks();
  const models::Graph& graph = networks.graph(network);
  const NetworkVariant base = networks.base(network);
  const auto data = models::open_dataset(base.data, graph.node(graph.input).shape);
  if (data->info().task != models::Task::kClassification && !search_.prediction_margin) {
    note_ = base.model.name +
            ": no prediction of accuracy without prediction_margin: the error of its mIoU is not known";
    return std::nullopt;
  }
  std::vector<quant::Lowered> steps;
  for (const size_t step : space_.network_steps(choice)) {
    if (networks.base_of(step) == networks.base_of(network)) {
      steps.push_back(quant::lower(graph, networks.variants()[step].recipe));
    }
  }
  WidthNoise noise(steps);
  if (!noise.bits().empty()) {
    noise.measured(pool_.sensitivities(base, noise.bits(), noise.only_weights(), program_));
  }
  return noise;
}

AccuracyPrediction::Base& AccuracyPrediction::base_of(const Choice& choice, size_t network) {
  const auto key = space_.networks().base_of(network);
  const auto found = bases_.find(key);
  return found != bases_.end()
             ? found->second
             : bases_.emplace(key, Base{measure(choice, network), AccuracyRule(search_.prediction_margin)})
                   .first->second;
}

std::optional<double> AccuracyPrediction::noise(const Choice& choice) {
  const size_t network = space_.network(choice);
  if (const auto found = noises_.find(network); found != noises_.end()) {
    return found->second;
  }
  const Base& base = base_of(choice, network);
  std::optional<double> noise;
  if (base.noise) {
    SearchNetworks& networks = space_.networks();
    noise = base.noise->of(quant::lower(networks.graph(network), networks.variants()[network].recipe).graph);
  }
  return noises_[network] = noise;
}

void AccuracyPrediction::add(const Choice& choice, const Accuracy& accuracy) {
  if (const auto its = noise(choice)) {
    base_of(choice, space_.network(choice)).rule.add(*its, accuracy);
  }
}

std::optional<double> AccuracyPrediction::most(const Choice& choice) {
  const auto its = noise(choice);
  return its ? base_of(choice, space_.network(choice)).rule.most(*its) : std::nullopt;
}

}  // namespace tridex::explore
