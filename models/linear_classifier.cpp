#include "models/linear_classifier.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/parallel.h"

namespace tridex::models {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int64_t kBatch = 256;
constexpr float kRate = 1e-3f, kFirst = 0.9f, kSecond = 0.999f, kTiny = 1e-8f;

/// d loss / d logits of softmax and cross-entropy, a row per image, over the batch's mean.
void to_gradient(Matrix& logits, const std::vector<int>& labels) {
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    auto row = logits.row(i);
    row = (row.array() - row.maxCoeff()).exp();
    row /= row.sum();
    row(labels[static_cast<size_t>(i)]) -= 1;
  }
  logits /= static_cast<float>(logits.rows());
}

}  // namespace

LinearClassifier::LinearClassifier(const Dataset& data, int64_t images, int epochs, unsigned threads,
                                   const std::function<void(size_t, size_t)>& progress) {
  if (data.info().task != Task::kClassification) {
    fail("a linear classifier needs a data set for classification");
  }
  if (data.info().classes.empty()) {
    fail("a linear classifier needs a data set that says its classes (a data set YAML with `classes`)");
  }
  images = std::min(images, static_cast<int64_t>(data.size()));
  classes_ = static_cast<int>(data.info().classes.size());
  inputs_ = static_cast<int>(data.load(0).image.shape.elements());
  Matrix weights = Matrix::Zero(classes_, inputs_ + 1), first = weights, second = weights;
  const int64_t batches = (images + kBatch - 1) / kBatch, steps = batches * epochs;
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t begin = step % batches * kBatch, count = std::min(kBatch, images - begin);
    Matrix inputs(count, inputs_ + 1);
    std::vector<int> labels(static_cast<size_t>(count));
    parallel_for(labels.size(), threads, [&](size_t i) {
      const Sample sample = data.load(static_cast<size_t>(begin) + i);
      const auto row = static_cast<Eigen::Index>(i);
      inputs.row(row).head(inputs_) = Eigen::Map<const Eigen::RowVectorXf>(sample.image.data.data(), inputs_);
      inputs(row, inputs_) = 1;
      labels[i] = sample.label.class_index;
    });
    Matrix logits = inputs * weights.transpose();
    to_gradient(logits, labels);
    const Matrix gradient = logits.transpose() * inputs;
    first = kFirst * first + (1 - kFirst) * gradient;
    second.array() = kSecond * second.array() + (1 - kSecond) * gradient.array().square();
    const auto t = static_cast<float>(step + 1);
    const float rate =
        kRate * 0.5f *
        (1 + std::cos(std::numbers::pi_v<float> * static_cast<float>(step) / static_cast<float>(steps))) *
        std::sqrt(1 - std::pow(kSecond, t)) / (1 - std::pow(kFirst, t));
    weights.array() -= rate * first.array() / (second.array().sqrt() + kTiny);
    if (progress) {
      progress(static_cast<size_t>(step) + 1, static_cast<size_t>(steps));
    }
  }
  weights_.assign(weights.data(), weights.data() + weights.size());
}

Activation LinearClassifier::run(const Activation& image) const {
  if (image.shape.elements() != inputs_) {
    fail("a linear classifier of {} inputs got an image of {}", inputs_, image.shape.elements());
  }
  const Eigen::Map<const Matrix> weights(weights_.data(), classes_, inputs_ + 1);
  const Eigen::Map<const Eigen::VectorXf> input(image.data.data(), inputs_);
  const Eigen::VectorXf logits = weights.leftCols(inputs_) * input + weights.col(inputs_);
  return {{classes_, 1, 1}, std::vector<float>(logits.data(), logits.data() + classes_)};
}

}  // namespace tridex::models
