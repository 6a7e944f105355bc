#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

constexpr int kCandidates = 64;
constexpr double kLeastScaleShare = 0.25;  ///< of the scale that clips nothing
constexpr size_t kRowsAtOnce = 16;
constexpr int kTriedOfLongRow = 4;

/// Hessian-weighted weight scales (the objective is OBQ's, Frantar and Alistarh 2022): of each row, the scale
/// s on a grid from that which clips nothing down to a quarter of it that has the least (s q - w) C (s q -
/// w)^T for nearest codes q.
class WeightScale : public WeightPass {
 public:
  [[nodiscard]] int order() const override { return 1; }
  [[nodiscard]] bool applies(const Recipe& recipe, const LayerProblem& problem) const override {
    return recipe.hessian_scales && !problem.folds.empty();
  }
  void run(LayerProblem& problem, const Recipe&, unsigned threads) const override {
    const auto rows = static_cast<size_t>(problem.rows());
    parallel_for((rows + kRowsAtOnce - 1) / kRowsAtOnce, threads, [&](size_t block) {
      const auto first = static_cast<int>(block * kRowsAtOnce);
      const int last = std::min(problem.rows(), first + static_cast<int>(kRowsAtOnce));
      search(problem, first, last);
    });
  }

 private:
  /// The scale with which codes up to `last` reach `extreme`; 0 where there are no such codes.
  static double share_of(double extreme, double last) { return last > 0 ? extreme / last : 0; }
  /// Rows [first, last) together: a matrix product a candidate.
  static void search(LayerProblem& p, int first, int last) {
    const int rows = last - first;
    Eigen::VectorXd widest(rows);
    Eigen::VectorXd least(rows);
    Eigen::MatrixXd codes(rows, p.taps());
    for (int r = 0; r < rows; ++r) {
      const auto w = p.wanted.row(first + r);
      widest[r] = std::max(share_of(w.maxCoeff(), p.highest[first + r]),
                           share_of(-w.minCoeff(), -p.lowest[first + r]));
      least[r] = p.objective(first + r);
    }
    // Long rows are ranked by the diagonal of C first: a product with C for all candidates would take
    // minutes.
    std::vector<std::vector<int>> order(static_cast<size_t>(rows));
    const int tried = p.taps() > kLongRow ? kTriedOfLongRow : kCandidates;
    for (int r = 0; r < rows; ++r) {
      order[static_cast<size_t>(r)] =
          p.taps() > kLongRow ? ranked(p, first + r, widest[r]) : all_candidates();
    }
    for (int i = 0; i < tried; ++i) {
      Eigen::VectorXd scale(rows);
      for (int r = 0; r < rows; ++r) {
        scale[r] = candidate(p, first + r, widest[r], order[static_cast<size_t>(r)][static_cast<size_t>(i)]);
        codes.row(r) = p.nearest_codes(first + r, scale[r]);
      }
      const Eigen::MatrixXd error = scale.asDiagonal() * codes - p.wanted.middleRows(first, rows);
      const Eigen::VectorXd objective = (error * p.gram).cwiseProduct(error).rowwise().sum();
      for (int r = 0; r < rows; ++r) {
        if (objective[r] < least[r]) {
          least[r] = objective[r];
          p.scale[first + r] = scale[r];
          p.codes.row(first + r) = codes.row(r);
        }
      }
    }
  }

  static double candidate(const LayerProblem& p, int row, double widest, int i) {
    const double share = 1 - (1 - kLeastScaleShare) * i / (kCandidates - 1);
    return widest > 0 ? p.allowed(row, widest * share) : p.scale[row];
  }
  static std::vector<int> all_candidates() {
    std::vector<int> result(kCandidates);
    std::iota(result.begin(), result.end(), 0);
    return result;
  }
  static std::vector<int> ranked(const LayerProblem& p, int row, double widest) {
    std::vector<double> error(kCandidates);
    for (int i = 0; i < kCandidates; ++i) {
      const double scale = candidate(p, row, widest, i);
      const Eigen::RowVectorXd e = scale * p.nearest_codes(row, scale) - p.wanted.row(row);
      error[static_cast<size_t>(i)] = e.cwiseAbs2().dot(p.gram.diagonal());
    }
    std::vector<int> result = all_candidates();
    std::stable_sort(result.begin(), result.end(), [&](int a, int b) {
      return error[static_cast<size_t>(a)] < error[static_cast<size_t>(b)];
    });
    return result;
  }
};

const Registry<WeightPass>::Entry weight_scale_entry("weight_scale",
                                                     [] { return std::make_unique<WeightScale>(); });

}  // namespace

}  // namespace tridex::quant
