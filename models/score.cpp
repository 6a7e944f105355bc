#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "models/dataset.h"
#include "models/float_kernels.h"

namespace tridex::models {

namespace {

/// For each pixel of the label, the channel with the largest logit (the first of equal ones).
std::vector<int> decide(const Activation& logits, int height, int width) {
  const size_t pixels = static_cast<size_t>(height) * static_cast<size_t>(width);
  std::vector<float> plane(pixels);
  std::vector<float> best(pixels, -std::numeric_limits<float>::infinity());
  std::vector<int> decision(pixels, 0);
  for (int c = 0; c < logits.shape.c; ++c) {
    float_resize_bicubic(logits.channel(c), logits.shape.h, logits.shape.w, plane.data(), height, width);
    for (size_t i = 0; i < pixels; ++i) {
      const bool better = plane[i] > best[i];
      best[i] = better ? plane[i] : best[i];
      decision[i] = better ? c : decision[i];
    }
  }
  return decision;
}

int argmax(const std::vector<float>& values) {
  return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

/// How many classes come before `index` in order of falling logits.
int rank_of(const std::vector<float>& logits, int index) {
  const float own = logits[static_cast<size_t>(index)];
  if (std::isnan(own)) {
    return static_cast<int>(logits.size());
  }
  int rank = 0;
  for (int i = 0; i < static_cast<int>(logits.size()); ++i) {
    const float other = logits[static_cast<size_t>(i)];
    rank += other > own || (other == own && i < index) ? 1 : 0;
  }
  return rank;
}

double percent(int64_t part, int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

int64_t side_of(const std::vector<int64_t>& square) {
  return std::llround(std::sqrt(static_cast<double>(square.size())));
}

void check_label(const Activation& logits, const Label& label) {
  if (logits.shape.pixels() != 1 || label.class_index < 0 || label.class_index >= logits.shape.c) {
    fail("the network makes {} classes of {}x{}, the label is class {}", logits.shape.c, logits.shape.h,
         logits.shape.w, label.class_index);
  }
}

/// Of each class, from confusion counts.
Tally intersections_and_unions(const std::vector<int64_t>& confusion) {
  const int64_t classes = side_of(confusion);
  const auto count = [&](int64_t label, int64_t decided) {
    return confusion[static_cast<size_t>(label * classes + decided)];
  };
  Tally tally;
  for (int64_t one = 0; one < classes; ++one) {
    int64_t either = -count(one, one);
    for (int64_t other = 0; other < classes; ++other) {
      either += count(one, other) + count(other, one);
    }
    tally.part.push_back(count(one, one));
    tally.whole.push_back(either);
  }
  return tally;
}

}  // namespace

size_t Score::classes_of(const Activation& logits) const {
  return info_.classes.empty() ? static_cast<size_t>(logits.shape.c) : info_.classes.size();
}

std::vector<int64_t> Score::confusion_of(const std::vector<int>& decisions, const Label& label,
                                         size_t classes) const {
  if (label.pixels.size() != decisions.size()) {
    throw std::logic_error("Score: a label without its pixels");
  }
  const bool mapped = !info_.class_map.empty();
  std::vector<int64_t> counts(classes * classes, 0);
  for (size_t i = 0; i < decisions.size(); ++i) {
    const size_t wanted = label.pixels[i];
    if (static_cast<int>(wanted) == info_.ignore) {
      continue;
    }
    if (wanted >= classes) {
      fail("label {} is not one of {} classes (a data set YAML can map and ignore labels)", wanted, classes);
    }
    const auto decided = static_cast<size_t>(decisions[i]);
    counts[wanted * classes + (mapped ? static_cast<size_t>(info_.class_map[decided]) : decided)]++;
  }
  return counts;
}

void Score::add(const Activation& logits, const Label& label) {
  check_classes(info_, logits.shape.c);
  if (info_.task == Task::kClassification) {
    check_label(logits, label);
    const int rank = rank_of(logits.data, label.class_index);
    top1_ += rank < 1 ? 1 : 0;
    top5_ += rank < 5 ? 1 : 0;
    ++images_;
    return;
  }
  const size_t classes = classes_of(logits);
  if (confusion_.empty()) {
    confusion_.assign(classes * classes, 0);
  }
  const auto counts = confusion_of(decide(logits, label.height, label.width), label, classes);
  for (size_t i = 0; i < counts.size(); ++i) {
    confusion_[i] += counts[i];
  }
  ++images_;
}

void Score::compare(const Activation& logits, const Activation& reference, const Label& label) {
  if (logits.shape != reference.shape) {
    fail("logits of {}x{}x{} cannot be compared with {}x{}x{}", logits.shape.c, logits.shape.h,
         logits.shape.w, reference.shape.c, reference.shape.h, reference.shape.w);
  }
  for (size_t i = 0; i < logits.data.size(); ++i) {
    const double wanted = reference.data[i];
    const double error = wanted - logits.data[i];
    signal_ += wanted * wanted;
    noise_ += error * error;
  }
  if (info_.task == Task::kClassification) {
    check_label(logits, label);
    agreed_ += argmax(logits.data) == argmax(reference.data) ? 1 : 0;
    ++decisions_;
    const auto tally = [&](const Activation& made) {
      return Tally{{rank_of(made.data, label.class_index) == 0 ? 1 : 0}, {1}};
    };
    pairs_.push_back({tally(logits), tally(reference)});
    return;
  }
  const auto ours = decide(logits, label.height, label.width);
  const auto theirs = decide(reference, label.height, label.width);
  for (size_t i = 0; i < ours.size(); ++i) {
    agreed_ += ours[i] == theirs[i] ? 1 : 0;
  }
  decisions_ += static_cast<int64_t>(ours.size());
  const size_t classes = classes_of(logits);
  const auto tally = [&](const std::vector<int>& decisions) {
    return intersections_and_unions(confusion_of(decisions, label, classes));
  };
  pairs_.push_back({tally(ours), tally(theirs)});
}

double Score::top1() const {
  return percent(top1_, images_);
}
double Score::top5() const {
  return percent(top5_, images_);
}
double Score::agreement() const {
  return percent(agreed_, decisions_);
}

double Score::sqnr_db() const {
  return noise_ > 0 ? 10.0 * std::log10(signal_ / noise_) : std::numeric_limits<double>::infinity();
}

double Score::pixel_accuracy() const {
  const int64_t classes = side_of(confusion_);
  int64_t right = 0;
  int64_t all = 0;
  for (int64_t label = 0; label < classes; ++label) {
    for (int64_t decided = 0; decided < classes; ++decided) {
      const int64_t count = confusion_[static_cast<size_t>(label * classes + decided)];
      all += count;
      right += label == decided ? count : 0;
    }
  }
  return percent(right, all);
}

std::vector<double> Score::class_iou() const {
  const Tally tally = intersections_and_unions(confusion_);
  std::vector<double> result;
  for (size_t one = 0; one < tally.whole.size(); ++one) {
    result.push_back(tally.whole[one] > 0 ? percent(tally.part[one], tally.whole[one])
                                          : std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

double Score::miou() const {
  return mean_share(intersections_and_unions(confusion_));
}

}  // namespace tridex::models
