#include "explore/search/accuracy_prediction.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "explore/evaluate.h"
#include "quant/lowering.h"

namespace tridex::explore {
namespace {

/// Of a margin: one in forty is beyond, if they are normal.
constexpr double kErrors = 2;

/// None where the network cannot have its recipe's widths.
std::optional<quant::Lowered> lowered(SearchNetworks& networks, size_t network) {
  try {
    return quant::lower(networks.graph(network), networks.variants()[network].recipe);
  } catch (const Error&) {
    return std::nullopt;  // making it says why
  }
}

}  // namespace

double margin_of(double percent, int64_t images) {
  // A share p of n images has the variance p (1 - p) / n, the difference of two independent ones twice as
  // much; accuracies of alike networks on the same images vary less against one another. p is Laplace's
  // estimate (k + 1) / (n + 2), so that all or none of a few images are no certainty.
  const auto n = static_cast<double>(images);
  const double p = (percent / 100 * n + 1) / (n + 2);
  return kErrors * 100 * std::sqrt(2 * p * (1 - p) / n);
}

void AccuracyRule::add(double noise, const Accuracy& accuracy) {
  const auto after = std::upper_bound(measured_.begin(), measured_.end(), noise,
                                      [](double value, const auto& entry) { return value < entry.first; });
  measured_.insert(after, {noise, accuracy});
  fit();
}

void AccuracyRule::fit() {
  // Least squares among functions that never rise: pool adjacent violators (Barlow et al., Statistical
  // Inference under Order Restrictions, 1972). It takes between one and two degrees of freedom for each of
  // its steps (Meyer and Woodroofe, On the degrees of freedom in shape-restricted regression, 2000); two are
  // counted, which makes the deviation rather larger.
  steps_.clear();
  for (size_t i = 0; i < measured_.size();) {
    Step step{measured_[i].first, 0, 0};
    for (; i < measured_.size() && measured_[i].first == step.noise; ++i) {
      step.sum += measured_[i].second.value;
      ++step.count;
    }
    while (!steps_.empty() && steps_.back().value() <= step.value()) {
      step = {steps_.back().noise, steps_.back().sum + step.sum, steps_.back().count + step.count};
      steps_.pop_back();
    }
    steps_.push_back(step);
  }
  deviation_.reset();
  if (measured_.size() < 2 * steps_.size() + kFewestFree) {
    return;
  }
  double squares = 0;
  size_t i = 0;
  for (const Step& step : steps_) {
    for (const size_t end = i + step.count; i < end; ++i) {
      const double off = measured_[i].second.value - step.value();
      squares += off * off;
    }
  }
  deviation_ = std::sqrt(squares / static_cast<double>(measured_.size() - 2 * steps_.size()));
}

const AccuracyRule::Step* AccuracyRule::step_of(double noise) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), noise,
                                      [](double value, const Step& step) { return value < step.noise; });
  return after == steps_.begin() ? nullptr : &*std::prev(after);
}

std::optional<double> AccuracyRule::fitted(double noise) const {
  const Step* step = step_of(noise);
  return step != nullptr ? std::optional(step->value()) : std::nullopt;
}

std::optional<double> AccuracyRule::most(double noise) const {
  const Step* step = step_of(noise);
  if (step == nullptr) {
    return std::nullopt;
  }
  const double value = step->value();
  const Accuracy& any = measured_[0].second;
  if (margin_) {
    return value + *margin_;
  }
  if (deviation_) {  // not less than an image, of networks that happen to be equal
    const double error = *deviation_ * std::sqrt(1 + 1 / static_cast<double>(step->count));
    return value + std::max(kErrors * error, 100 / static_cast<double>(any.images));
  }
  return any.metric == metric_name(models::Task::kClassification)
             ? std::optional(value + margin_of(value, any.images))
             : std::nullopt;
}

AccuracyPrediction::AccuracyPrediction(const Search& search, SearchSpace& space, PointPool& pool,
                                       std::string program)
    : search_(search), space_(space), pool_(pool), program_(std::move(program)) {}

WidthNoise AccuracyPrediction::measure(const Choice& choice, size_t network) {
  SearchNetworks& networks = space_.networks();
  const NetworkVariant base = networks.base(network);
  std::vector<quant::Lowered> steps;
  for (const size_t step : space_.network_steps(choice)) {
    if (networks.base_of(step) == networks.base_of(network)) {
      if (auto its = lowered(networks, step)) {
        steps.push_back(std::move(*its));
      }
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
  if (const auto its = lowered(space_.networks(), network)) {
    noise = base.noise.of(its->graph);
  }
  return noises_[network] = noise;
}

void AccuracyPrediction::add(const Choice& choice, const Accuracy& accuracy) {
  if (const auto its = noise(choice)) {
    const size_t network = space_.network(choice);
    base_of(choice, network).rule.add(*its, accuracy);
    added_.push_back({network, *its, accuracy.value, 0});
  }
}

std::vector<FittedNetwork> AccuracyPrediction::fitted() const {
  std::vector<FittedNetwork> result = added_;
  for (FittedNetwork& one : result) {
    one.fitted = bases_.at(space_.networks().base_of(one.network)).rule.fitted(one.noise).value();
  }
  return result;
}

std::optional<double> AccuracyPrediction::most(const Choice& choice) {
  const auto its = noise(choice);
  return its ? base_of(choice, space_.network(choice)).rule.most(*its) : std::nullopt;
}

}  // namespace tridex::explore
