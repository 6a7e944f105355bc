#pragma once
#include <Eigen/Core>
#include <vector>

namespace tridex::quant {

/// What the calibration images say about one group of a convolution: second moments about the mean of its
/// quantized inputs x (a vector of `taps` real values a pixel: a tap's centred code times what its scale is
/// of the reference scale) and of the float network's outputs t, in the same unit. Means are left out because
/// the bias is free: bias correction sets it afterwards.
struct Moments {
  Eigen::MatrixXd gram;   ///< taps x taps: Cov(x, x)
  Eigen::MatrixXd cross;  ///< rows x taps: Cov(t, x)
  double pixels = 0;      ///< over how many pixels
};

/// The codes of one group's weights as a least-squares problem: rows of codes q and scales s such that s q
/// comes as near to `wanted` as the inputs can tell,  f(row) = (s q - wanted) gram (s q - wanted)^T.
/// Weight passes change `wanted`, `scale` and `codes`, one after the other.
struct LayerProblem {
  Eigen::VectorXd lowest, highest;  ///< rows: of a code
  Eigen::MatrixXd gram;             ///< taps x taps, positive definite (shrunk: see regularize)
  Eigen::MatrixXd wanted;           ///< rows x taps
  Eigen::MatrixXd codes;            ///< rows x taps, whole numbers
  Eigen::VectorXd scale;            ///< rows
  Eigen::VectorXd least_scale;      ///< rows: a scale may not be below
  std::vector<Moments> folds;       ///< of disjoint parts of the images; empty without calibration
  bool power_of_two = false;        ///< scale * input_scale must be powers of two
  Eigen::VectorXd input_scale;      ///< rows: what an accumulator's scale has beside that of the weights

  [[nodiscard]] int rows() const { return static_cast<int>(wanted.rows()); }
  [[nodiscard]] int taps() const { return static_cast<int>(wanted.cols()); }
  [[nodiscard]] double objective(int row) const;
  /// The objective of other codes for a row.
  [[nodiscard]] double objective(int row, double row_scale, const Eigen::RowVectorXd& row_codes) const;
  [[nodiscard]] Eigen::RowVectorXd nearest_codes(int row, double row_scale) const;
  /// A scale as it may be: not below least_scale, rounded up to a power of two where that is asked for.
  [[nodiscard]] double allowed(int row, double wished) const;
};

/// The gram that the codes are fitted to. An estimate from few images is shrunk towards its diagonal,
///   gram = (1 - rho) C + rho diag(C),   rho = sum_ij (A_ij - B_ij)^2 / 4 / sum_ij C_ij^2   (i != j,
///   correlations)
/// with A, B of the two folds: the share of the off-diagonal that is noise (Ledoit and Wolf 2004, with the
/// noise measured between halves of the images, so that neighbouring pixels do not count as independent).
/// `damping` times the mean of the diagonal is added to it.
Eigen::MatrixXd regularize(const std::vector<Moments>& folds, double damping);

}  // namespace tridex::quant
