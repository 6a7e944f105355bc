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

}  // namespace

void Score::add(const Activation& logits, const Label& label) {
  check_classes(info_, logits.shape.c);
  if (info_.task == Task::kClassification) {
    if (logits.shape.pixels() != 1 || label.class_index < 0 || label.class_index >= logits.shape.c) {
      fail("the network makes {} classes of {}x{}, the label is class {}", logits.shape.c, logits.shape.h,
           logits.shape.w, label.class_index);
    }
    const int rank = rank_of(logits.data, label.class_index);
    top1_ += rank < 1 ? 1 : 0;
    top5_ += rank < 5 ? 1 : 0;
    ++images_;
    return;
  }
  const bool mapped = !info_.class_map.empty();
  const auto channels = static_cast<size_t>(logits.shape.c);
  const size_t classes = info_.classes.empty() ? channels : info_.classes.size();
  if (confusion_.empty()) {
    confusion_.assign(classes * classes, 0);
  }
  if (label.pixels.size() != static_cast<size_t>(label.height) * static_cast<size_t>(label.width)) {
    throw std::logic_error("Score::add: a label without its pixels");
  }
  const auto decisions = decide(logits, label.height, label.width);
  for (size_t i = 0; i < decisions.size(); ++i) {
    const size_t wanted = label.pixels[i];
    if (static_cast<int>(wanted) == info_.ignore) {
      continue;
    }
    if (wanted >= classes) {
      fail("label {} is not one of {} classes (a data set YAML can map and ignore labels)", wanted, classes);
    }
    const auto decided = static_cast<size_t>(decisions[i]);
    confusion_[wanted * classes + (mapped ? static_cast<size_t>(info_.class_map[decided]) : decided)]++;
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
    agreed_ += argmax(logits.data) == argmax(reference.data) ? 1 : 0;
    ++decisions_;
    return;
  }
  const auto ours = decide(logits, label.height, label.width);
  const auto theirs = decide(reference, label.height, label.width);
  for (size_t i = 0; i < ours.size(); ++i) {
    agreed_ += ours[i] == theirs[i] ? 1 : 0;
  }
  decisions_ += static_cast<int64_t>(ours.size());
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
  const int64_t classes = side_of(confusion_);
  std::vector<double> result;
  for (int64_t one = 0; one < classes; ++one) {
    int64_t either = -confusion_[static_cast<size_t>(one * classes + one)];
    for (int64_t other = 0; other < classes; ++other) {
      either += confusion_[static_cast<size_t>(one * classes + other)] +
                confusion_[static_cast<size_t>(other * classes + one)];
    }
    result.push_back(either > 0 ? percent(confusion_[static_cast<size_t>(one * classes + one)], either)
                                : std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

double Score::miou() const {
  double sum = 0;
  int count = 0;
  for (const double iou : class_iou()) {
    if (!std::isnan(iou)) {
      sum += iou;
      ++count;
    }
  }
  return count > 0 ? sum / count : 0.0;
}

}  // namespace tridex::models
