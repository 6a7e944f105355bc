#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

constexpr int kMostTaps = 25;
constexpr int64_t kMostNodes = 20000;  ///< of the search tree, a scale: 3x3 filters end far below it
constexpr int kScales = 9;
constexpr double kScaleStep = 0.03;

/// The nearest point of a bounded lattice: argmin over codes q of |R (s q - w)|^2, with C = R^T R, by
/// Schnorr-Euchner enumeration (Agrell et al. 2002): taps from the last to the first, codes of a tap in the
/// order of their distance, branches cut at the best point known.
class Search {
 public:
  Search(const LayerProblem& problem, const Eigen::MatrixXd& upper)
      : p_(problem), r_(upper), n_(problem.taps()) {}

  /// True when a point with an objective below `bound` was found: in best().
  bool run(int row, double scale, double bound) {
    target_ = p_.wanted.row(row).transpose() / scale;
    scale2_ = scale * scale;
    row_ = row;
    bound_ = bound;
    nodes_ = 0;
    found_ = false;
    q_ = Eigen::VectorXd::Zero(n_);
    descend(n_ - 1, 0);
    return found_;
  }
  [[nodiscard]] const Eigen::VectorXd& best() const { return best_; }
  [[nodiscard]] double bound() const { return bound_; }

 private:
  void descend(int k, double distance) {
    if (k < 0) {
      bound_ = distance;
      best_ = q_;
      found_ = true;
      return;
    }
    double centre = target_[k];
    for (int j = k + 1; j < n_; ++j) {
      centre -= r_(k, j) / r_(k, k) * (q_[j] - target_[j]);
    }
    const double low = p_.lowest[row_];
    const double high = p_.highest[row_];
    const double start = std::clamp(std::nearbyint(centre), low, high);
    double below = start - 1;
    double above = start + 1;
    double q = start;
    while (true) {
      const double step = r_(k, k) * (q - centre);
      const double next = distance + scale2_ * step * step;
      if (next >= bound_ || ++nodes_ > kMostNodes) {
        return;  // codes come in the order of their distance
      }
      q_[k] = q;
      descend(k - 1, next);
      const bool can_fall = below >= low;
      const bool can_rise = above <= high;
      if (!can_fall && !can_rise) {
        return;
      }
      if (can_rise && (!can_fall || above - centre <= centre - below)) {
        q = above++;
      } else {
        q = below--;
      }
    }
  }

  const LayerProblem& p_;
  const Eigen::MatrixXd& r_;
  int n_;
  int row_ = 0;
  Eigen::VectorXd target_, q_, best_;
  double scale2_ = 1, bound_ = 0;
  int64_t nodes_ = 0;
  bool found_ = false;
};

/// Integer least squares for filters of few taps (depthwise 3x3; 5x5 with a limit on the search tree): the
/// exact minimum of the objective over all codes, for scales around the one found so far. Starts from the
/// codes that are there (GPTQ's are Babai's point), so no row gets worse.
class Lattice : public WeightPass {
 public:
  [[nodiscard]] int order() const override { return 3; }
  [[nodiscard]] bool applies(const Recipe& recipe, const LayerProblem& problem) const override {
    return recipe.lattice && !problem.folds.empty() && problem.taps() <= kMostTaps && problem.taps() > 1;
  }
  void run(LayerProblem& problem, const Recipe&, unsigned) const override {
    const Eigen::MatrixXd upper = problem.gram.llt().matrixU();
    Search search(problem, upper);
    for (int row = 0; row < problem.rows(); ++row) {
      double least = problem.objective(row);
      const double middle = problem.scale[row];
      for (int i = 0; i < kScales; ++i) {
        const int away = (i + 1) / 2 * (i % 2 == 0 ? 1 : -1);  // 0, -1, 1, -2, ...
        const double scale = problem.allowed(row, middle * (1 + kScaleStep * away));
        if (search.run(row, scale, least)) {
          least = search.bound();
          problem.scale[row] = scale;
          problem.codes.row(row) = search.best().transpose();
        }
      }
    }
  }
};

const Registry<WeightPass>::Entry lattice_entry("lattice", [] { return std::make_unique<Lattice>(); });

}  // namespace

}  // namespace tridex::quant
