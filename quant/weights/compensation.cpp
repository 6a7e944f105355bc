#include <Eigen/Cholesky>
#include <array>
#include <limits>
#include <vector>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

/// Strengths of the pull towards the float weights, as shares of the mean input energy; infinite: those
/// weights as they are. The first is where a tie ends.
constexpr std::array<double, 8> kStrengths = {
    std::numeric_limits<double>::infinity(), 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

/// Ridge compensation (ERQ, Zhong et al. 2024, step 1; also the first half of Qronos): real weights that undo
/// what quantization before this layer did to its inputs, as far as it can be predicted from the inputs,
///   wanted = argmin_w E|t - w x|^2 + lambda mean(diag C) |w - w0|^2
///          = (Cov(t, x) + lambda' w0) (C + lambda' I)^-1,    lambda' = lambda mean(diag C)
/// with t the float network's output and x the quantized inputs. lambda is the one that predicts each fold of
/// the calibration images best when fitted to the other: the error on images that were not fitted never gets
/// worse than with w0.
class Compensation : public WeightPass {
 public:
  [[nodiscard]] int order() const override { return 0; }
  [[nodiscard]] bool applies(const Recipe& recipe, const LayerProblem& problem) const override {
    return recipe.compensation && problem.folds.size() == 2;
  }
  void run(LayerProblem& problem, const Recipe&, unsigned threads) const override {
    const Eigen::MatrixXd& w0 = problem.wanted;
    const size_t step = problem.taps() > kLongRow ? 3 : 1;
    const size_t count = (kStrengths.size() + step - 1) / step;
    std::vector<double> errors(2 * count);
    parallel_for(errors.size(), threads, [&](size_t task) {
      const size_t fold = task % 2;
      const Moments& other = problem.folds[1 - fold];
      const Eigen::MatrixXd w = fit({problem.folds[fold]}, w0, kStrengths[task / 2 * step]);
      // E|t - w x|^2 of the other fold, less E|t|^2.
      errors[task] =
          other.pixels * ((w * other.gram).cwiseProduct(w).sum() - 2 * w.cwiseProduct(other.cross).sum());
    });
    size_t best = 0;
    for (size_t i = 1; i < count; ++i) {
      if (errors[2 * i] + errors[2 * i + 1] < errors[2 * best] + errors[2 * best + 1]) {
        best = i;
      }
    }
    const double chosen = kStrengths[best * step];
    problem.wanted = fit(problem.folds, w0, chosen);
    for (int row = 0; row < problem.rows(); ++row) {
      const Eigen::RowVectorXd codes = problem.nearest_codes(row, problem.scale[row]);
      if (problem.objective(row, problem.scale[row], codes) < problem.objective(row)) {
        problem.codes.row(row) = codes;
      }
    }
  }

 private:
  static Eigen::MatrixXd fit(const std::vector<Moments>& folds, const Eigen::MatrixXd& w0, double strength) {
    if (strength == kStrengths[0]) {
      return w0;
    }
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(w0.cols(), w0.cols());
    Eigen::MatrixXd cross = Eigen::MatrixXd::Zero(w0.rows(), w0.cols());
    double pixels = 0;
    for (const Moments& fold : folds) {
      gram += fold.pixels * fold.gram;
      cross += fold.pixels * fold.cross;
      pixels += fold.pixels;
    }
    const double pull = strength * gram.diagonal().mean();
    if (!(pull > 0) || pixels == 0) {
      return w0;
    }
    // The change that is left to make, so that what w0 gets right costs no digits.
    const Eigen::MatrixXd residual = cross - w0 * gram;
    gram.diagonal().array() += pull;
    return w0 + gram.llt().solve(residual.transpose()).transpose();
  }
};

const Registry<WeightPass>::Entry compensation_entry("compensation",
                                                     [] { return std::make_unique<Compensation>(); });

}  // namespace

}  // namespace tridex::quant
