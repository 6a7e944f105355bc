#pragma once
#include <Eigen/Core>
#include <functional>
#include <vector>

#include "models/float_executor.h"
#include "quant/integer_executor.h"
#include "quant/weights/layer_problem.h"

namespace tridex::quant {

/// What one group of a convolution's inputs and wanted outputs are over all calibration images.
struct GroupMoments {
  std::vector<Moments> folds;   ///< 2: images with even and with odd index (1 where there is one image)
  Eigen::VectorXd input_mean;   ///< of raw codes, a tap of the group
  Eigen::VectorXd target_mean;  ///< a row of the group
};

/// Measures a convolution. inputs(image): the codes of its input; targets(image): what its output is to be,
/// before activation and without the shortcut's part, real. x of a tap is its code less the channel's centre;
/// t is divided by reference[o]. Codes and targets are asked for once an image, from several threads. The
/// result does not depend on the number of threads. `means_only`: no grams.
std::vector<GroupMoments> measure_moments(const IntegerGraph& graph, const IntNode& node, size_t images,
                                          const std::function<Codes(size_t)>& inputs,
                                          const std::function<models::Activation(size_t)>& targets,
                                          const std::vector<double>& reference, bool means_only,
                                          unsigned threads);

/// The real zero point of an input channel: for images it is not a whole number (NUMERICS.md, Input).
double centre_of(const IntegerGraph& graph, const IntNode& in, int c);

}  // namespace tridex::quant
