#include "quant/weights/layer_problem.h"

#include <algorithm>
#include <cmath>

#include "quant/range.h"

namespace tridex::quant {

double LayerProblem::objective(int row, double row_scale, const Eigen::RowVectorXd& row_codes) const {
  const Eigen::RowVectorXd error = row_scale * row_codes - wanted.row(row);
  return (error * gram).dot(error);
}

double LayerProblem::objective(int row) const {
  return objective(row, scale[row], codes.row(row));
}

Eigen::RowVectorXd LayerProblem::nearest_codes(int row, double row_scale) const {
  return (wanted.row(row) / row_scale).unaryExpr([&](double x) {
    return std::clamp(std::nearbyint(x), lowest[row], highest[row]);
  });
}

double LayerProblem::allowed(int row, double wished) const {
  const double scale_at_least = std::max(wished, least_scale[row]);
  return power_of_two && scale_at_least > 0
             ? power_of_two_above(scale_at_least * input_scale[row]) / input_scale[row]
             : scale_at_least;
}

namespace {

/// C scaled to a unit diagonal with `inverse_deviation`.
Eigen::MatrixXd correlation(const Eigen::MatrixXd& c, const Eigen::VectorXd& inverse_deviation) {
  return inverse_deviation.asDiagonal() * c * inverse_deviation.asDiagonal();
}

}  // namespace

Eigen::MatrixXd regularize(const std::vector<Moments>& folds, double damping) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(folds[0].gram.rows(), folds[0].gram.cols());
  double pixels = 0;
  for (const Moments& fold : folds) {
    sum += fold.pixels * fold.gram;
    pixels += fold.pixels;
  }
  sum /= pixels;
  const double mean = sum.diagonal().mean();
  if (!(mean > 0)) {
    return Eigen::MatrixXd::Identity(sum.rows(), sum.cols());  // inputs that never change tell nothing
  }
  double noise_share = 0;
  if (folds.size() == 2 && sum.rows() > 1) {
    const Eigen::VectorXd inverse =
        sum.diagonal().unaryExpr([](double v) { return v > 0 ? 1 / std::sqrt(v) : 0.0; });
    Eigen::MatrixXd noise = correlation(folds[0].gram - folds[1].gram, inverse);
    Eigen::MatrixXd signal = correlation(sum, inverse);
    noise.diagonal().setZero();
    signal.diagonal().setZero();
    const double energy = signal.squaredNorm();
    noise_share = energy > 0 ? std::min(1.0, noise.squaredNorm() / 4 / energy) : 1.0;
  }
  const Eigen::VectorXd diagonal = sum.diagonal();
  sum *= 1 - noise_share;
  sum.diagonal() = diagonal.array() + damping * mean;
  return sum;
}

}  // namespace tridex::quant
