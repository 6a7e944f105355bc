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

/// Three standard errors of the difference of two top-1 accuracies of about `percent` on so many images, in
/// percentage points.
double margin_of(double percent, int64_t images);

/// What the accuracies that have been measured say of another network's, given the noises of both: accuracy
/// is taken to fall as noise grows.
class AccuracyRule {
 public:
  /// `margin`: percentage points; none: margin_of().
  explicit AccuracyRule(std::optional<double> margin) : margin_(margin) {}
  void add(double noise, const Accuracy& accuracy);
  /// The most that is expected of a network of this noise, percent: the least accuracy of those of at most as
  /// much noise, and the margin. None where there is no such network.
  [[nodiscard]] std::optional<double> most(double noise) const;

 private:
  std::optional<double> margin_;
  std::vector<std::pair<double, Accuracy>> measured_;
};

/// Predicts accuracies of networks that a search has not made, from those that it has made and that differ in
/// widths alone. A heuristic: noise orders networks, and not strictly.
class AccuracyPrediction {
 public:
  /// `program`: identifies the program in sensitivities.jsonl. All outlive it.
  AccuracyPrediction(const Search& search, SearchSpace& space, PointPool& pool, std::string program);

  /// Predicted noise of the choice's network on the logits (WidthNoise). The first time that a network of a
  /// base is asked for, the sensitivities of its layers are measured. None where there is no prediction.
  /// Interrupted. Error: PointPool::sensitivities().
  std::optional<double> noise(const Choice& choice);
  /// The choice's network has been measured.
  void add(const Choice& choice, const Accuracy& accuracy);
  /// Of the choice's network: AccuracyRule::most().
  std::optional<double> most(const Choice& choice);
  /// Why there are networks without a prediction; else empty.
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  /// What is known of the networks that differ in widths alone.
  struct Base {
    std::optional<WidthNoise> noise;  ///< none: no prediction
    AccuracyRule rule;
  };
  Base& base_of(const Choice& choice, size_t network);
  std::optional<WidthNoise> measure(const Choice& choice, size_t network);

  const Search& search_;
  SearchSpace& space_;
  PointPool& pool_;
  std::string program_, note_;
  std::map<std::pair<size_t, Settings>, Base> bases_;  ///< by the network of the sweep and other settings
  std::map<size_t, std::optional<double>> noises_;     ///< by network
};

}  // namespace tridex::explore
