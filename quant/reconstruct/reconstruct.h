#pragma once
#include <functional>
#include <vector>

#include "models/float_executor.h"
#include "quant/quantize.h"
#include "quant/reconstruct/backward.h"
#include "quant/reconstruct/soft_rounding.h"

namespace tridex::quant {

/// A convolution of a block whose rounding is learned.
struct LearnedConv {
  int id = 0;
  SoftRounding rounding;
  std::vector<float> unit;   ///< the real weight that code 1 is, one a weight
  std::vector<double> bias;  ///< real, one an output, of the codes that the rounding began with
  /// Real mean of each tap's input, a row (taps) for each output: the bias follows the codes so that the mean
  /// of the output stays, as bias correction will have it. Empty: the bias is fixed.
  std::vector<float> input_mean;
};

/// What a block is to do: for each image the real tensors that it reads (in the order of
/// BlockNetwork::inputs) and the float network's at its outputs, in the order of `outputs`.
struct BlockSamples {
  std::vector<int> outputs;  ///< ids
  std::vector<std::vector<Patch<float>>> inputs;
  std::vector<std::vector<const models::Activation*>> targets;
};

/// Learns the rounding of all of a block's convolutions: recipe.reconstruction_steps steps on
/// recipe.reconstruction_batch images each, loss (mean over pixels of the squared error, summed over
/// channels, of the outputs before their quantizers) plus the penalty of SoftRounding: none in the first
/// fifth of the steps, then with beta from 20 down to 2. Blocks of convolutions learn from windows of large
/// maps. progress(step). Deterministic; does not depend on the number of threads.
void learn_rounding(BlockNetwork<float>& network, std::vector<LearnedConv>& convs,
                    const BlockSamples& samples, const Recipe& recipe, unsigned threads,
                    const std::function<void(int)>& progress);

}  // namespace tridex::quant
