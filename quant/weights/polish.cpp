#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

/// Coordinate descent (COMQ, Zhang et al. 2024): each code in turn becomes the best one with all others
/// fixed,
///   q_k = clamp(round(q_k - g_k / (s C_kk))),   g = (s q - w) C,
/// and after each sweep the row's scale the best one for its codes,  s = q C w^T / q C q^T.  Both only lower
/// the objective. At most recipe.polish_sweeps sweeps; fewer when one changes nothing.
class Polish : public WeightPass {
 public:
  [[nodiscard]] int order() const override { return 4; }
  [[nodiscard]] bool applies(const Recipe& recipe, const LayerProblem& problem) const override {
    return recipe.polish_sweeps > 0 && !problem.folds.empty();
  }
  void run(LayerProblem& problem, const Recipe& recipe, unsigned threads) const override {
    parallel_for(static_cast<size_t>(problem.rows()), threads,
                 [&](size_t row) { descend(problem, static_cast<int>(row), recipe.polish_sweeps); });
  }

 private:
  static void descend(LayerProblem& p, int row, int sweeps) {
    Eigen::VectorXd q = p.codes.row(row).transpose();
    const Eigen::VectorXd w = p.wanted.row(row).transpose();
    double s = p.scale[row];
    double least = p.objective(row);
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      Eigen::VectorXd gradient = p.gram * (s * q - w);
      bool changed = false;
      for (int k = 0; k < p.taps(); ++k) {
        const double curvature = s * p.gram(k, k);
        if (!(curvature > 0)) {
          continue;
        }
        const double best =
            std::clamp(std::nearbyint(q[k] - gradient[k] / curvature), p.lowest[row], p.highest[row]);
        if (best != q[k]) {
          gradient += (s * (best - q[k])) * p.gram.col(k);
          q[k] = best;
          changed = true;
        }
      }
      const Eigen::VectorXd cq = p.gram * q;
      const double energy = q.dot(cq);
      if (energy > 0 && w.dot(cq) > 0) {
        const double refit = p.allowed(row, w.dot(cq) / energy);
        changed = changed || refit != s;
        s = refit;
      }
      const double objective = p.objective(row, s, q.transpose());
      if (!(objective < least)) {
        break;
      }
      least = objective;
      p.codes.row(row) = q.transpose();
      p.scale[row] = s;
      if (!changed) {
        break;
      }
    }
  }
};

const Registry<WeightPass>::Entry polish_entry("polish", [] { return std::make_unique<Polish>(); });

}  // namespace

}  // namespace tridex::quant
