#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

constexpr int kRowsAtOnce = 16;
/// Scales that are tried for a row, as shares of the one that it has: compensated errors clip elsewhere.
constexpr std::array<double, 5> kShares = {1, 0.9, 0.95, 1.05, 1.1};

/// GPTQ (Frantar et al. 2023, after OBQ): codes are rounded one tap after another, those with the most input
/// energy first, and the error of each is made up for by the taps that are still real,
///   w_j -= (w_k - s q_k) U_kj / U_kk,    U^T U = C^-1 (U upper triangular, taps in that order).
/// Its rounding is Babai's nearest plane for the lattice problem of the row. The gram is of the quantized
/// inputs, and with compensation `wanted` is fitted to the float outputs: that is Qronos' (2025) pair of
/// steps. Grouped convolutions are a problem, and so an order, a group. A row keeps its codes where this is
/// no better.
class Gptq : public WeightPass {
 public:
  [[nodiscard]] int order() const override { return 2; }
  [[nodiscard]] bool applies(const Recipe& recipe, const LayerProblem& problem) const override {
    return recipe.gptq && !problem.folds.empty();
  }
  void run(LayerProblem& problem, const Recipe&, unsigned threads) const override {
    const int taps = problem.taps();
    std::vector<int> order(static_cast<size_t>(taps));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return problem.gram(a, a) > problem.gram(b, b); });
    Eigen::MatrixXd gram(taps, taps);
    for (int i = 0; i < taps; ++i) {
      for (int j = 0; j < taps; ++j) {
        gram(i, j) = problem.gram(order[static_cast<size_t>(i)], order[static_cast<size_t>(j)]);
      }
    }
    const Eigen::MatrixXd inverse = gram.llt().solve(Eigen::MatrixXd::Identity(taps, taps));
    // Row-major: row k is read from the diagonal on.
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> upper =
        inverse.llt().matrixU();
    const int blocks = (problem.rows() + kRowsAtOnce - 1) / kRowsAtOnce;
    parallel_for(static_cast<size_t>(blocks), threads, [&](size_t block) {
      const int first = static_cast<int>(block) * kRowsAtOnce;
      for (const double share : std::span(kShares).first(taps > kLongRow ? 1 : kShares.size())) {
        round_rows(problem, first, std::min(kRowsAtOnce, problem.rows() - first), share, order, upper);
      }
    });
  }

 private:
  template <typename Upper>
  static void round_rows(LayerProblem& p, int first, int rows, double share, const std::vector<int>& order,
                         const Upper& upper) {
    const int taps = p.taps();
    // A column a tap: the rows of a tap lie together.
    Eigen::Matrix<double, kRowsAtOnce, Eigen::Dynamic> w =
        Eigen::Matrix<double, kRowsAtOnce, Eigen::Dynamic>::Zero(kRowsAtOnce, taps);
    Eigen::Matrix<double, kRowsAtOnce, 1> scale;
    scale.setOnes();
    for (int r = 0; r < rows; ++r) {
      scale[r] = p.allowed(first + r, p.scale[first + r] * share);
      for (int k = 0; k < taps; ++k) {
        w(r, k) = p.wanted(first + r, order[static_cast<size_t>(k)]);
      }
    }
    Eigen::MatrixXd codes(rows, taps);
    for (int k = 0; k < taps; ++k) {
      Eigen::Matrix<double, kRowsAtOnce, 1> error;
      error.setZero();
      for (int r = 0; r < rows; ++r) {
        const double q =
            std::clamp(std::nearbyint(w(r, k) / scale[r]), p.lowest[first + r], p.highest[first + r]);
        codes(r, order[static_cast<size_t>(k)]) = q;
        error[r] = (w(r, k) - scale[r] * q) / upper(k, k);
      }
      for (int j = k + 1; j < taps; ++j) {
        w.col(j) -= error * upper(k, j);
      }
    }
    const Eigen::MatrixXd difference =
        scale.head(rows).asDiagonal() * codes - p.wanted.middleRows(first, rows);
    const Eigen::VectorXd objective = (difference * p.gram).cwiseProduct(difference).rowwise().sum();
    for (int r = 0; r < rows; ++r) {
      if (objective[r] < p.objective(first + r)) {
        p.scale[first + r] = scale[r];
        p.codes.row(first + r) = codes.row(r);
      }
    }
  }
};

const Registry<WeightPass>::Entry gptq_entry("gptq", [] { return std::make_unique<Gptq>(); });

}  // namespace

}  // namespace tridex::quant
