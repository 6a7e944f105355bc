#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/search/search_space.h"
#include "explore/search/search_spec.h"
#include "explore/search/width_noise.h"
#include "explore/store/store.h"
#include "explore/sweep/point_pool.h"

namespace tridex::explore {

/// Two standard errors of the difference of two top-1 accuracies of about `percent` on so many images, in
/// percentage points.
double margin_of(double percent, int64_t images);

/// What the accuracies that have been measured say of another network's, given the noises of both: accuracy
/// is taken to be a function that falls, or stays, as noise grows, and something by chance.
class AccuracyRule {
 public:
  /// `margin`: percentage points; none: two standard errors of the difference between an accuracy and what
  /// the function says, as the measured ones show them, whatever the noise; or where they are too few for
  /// that, margin_of().
  explicit AccuracyRule(std::optional<double> margin) : margin_(margin) {}
  void add(double noise, const Accuracy& accuracy);
  /// The most that is expected of a network of this noise, percent: the function's value at the most noise
  /// that has been measured and is no more than that, and the margin. None where there is no such noise, and
  /// of mIoU where there are too few for a margin.
  [[nodiscard]] std::optional<double> most(double noise) const;
  /// The function's value there, percent. None where no noise that has been measured is as little.
  [[nodiscard]] std::optional<double> fitted(double noise) const;

  /// So many accuracies to spare, for a margin from them; a step of the function takes two.
  static constexpr size_t kFewestFree = 8;

 private:
  /// The function has the same value from this noise to that of the next step.
  struct Step {
    double noise, sum;
    size_t count;
    [[nodiscard]] double value() const { return sum / static_cast<double>(count); }
  };
  void fit();
  [[nodiscard]] const Step* step_of(double noise) const;  ///< null: there is none

  std::optional<double> margin_;
  std::vector<std::pair<double, Accuracy>> measured_;  ///< least noise first
  std::vector<Step> steps_;                            ///< of measured_
  std::optional<double> deviation_;                    ///< of accuracies from the function
};

/// A network that has been made, beside what the prediction makes of it now.
struct FittedNetwork {
  size_t network;   ///< of SearchNetworks
  double noise;     ///< WidthNoise::of()
  double accuracy;  ///< measured, percent
  double fitted;    ///< AccuracyRule::fitted()
};

/// Predicts accuracies of networks that a search has not made, from those that it has made and that differ in
/// widths alone. A heuristic: noise orders networks, and not strictly.
class AccuracyPrediction {
 public:
  /// `program`: identifies the program in sensitivities.jsonl. All outlive it.
  AccuracyPrediction(const Search& search, SearchSpace& space, PointPool& pool, std::string program);

  /// Predicted noise of the choice's network on the logits (WidthNoise). The first time that a network of a
  /// base is asked for, the sensitivities of its layers are measured. None where there is no prediction: a
  /// width that was not measured, or that the network cannot have.
  /// Interrupted. Error: PointPool::sensitivities().
  std::optional<double> noise(const Choice& choice);
  /// The choice's network has been measured.
  void add(const Choice& choice, const Accuracy& accuracy);
  /// Of the choice's network: AccuracyRule::most().
  std::optional<double> most(const Choice& choice);
  /// The networks of add(), in that order.
  [[nodiscard]] std::vector<FittedNetwork> fitted() const;

 private:
  /// What is known of the networks that differ in widths alone.
  struct Base {
    WidthNoise noise;
    AccuracyRule rule;
  };
  Base& base_of(const Choice& choice, size_t network);
  WidthNoise measure(const Choice& choice, size_t network);

  const Search& search_;
  SearchSpace& space_;
  PointPool& pool_;
  std::string program_;
  std::map<std::pair<size_t, Settings>, Base> bases_;  ///< by the network of the sweep and other settings
  std::map<size_t, std::optional<double>> noises_;     ///< by network
  std::vector<FittedNetwork> added_;                   ///< without `fitted`
};

}  // namespace tridex::explore
