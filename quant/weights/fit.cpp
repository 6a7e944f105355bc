#include "quant/weights/fit.h"

#include "base/parallel.h"
#include "quant/weights/weight_pass.h"

namespace tridex::quant {

namespace {

constexpr double kDamping = 0.01;  ///< GPTQ's: of the mean of the diagonal

}  // namespace

bool fits_weights(const Recipe& recipe) {
  return recipe.compensation || recipe.hessian_scales || recipe.gptq || recipe.lattice ||
         recipe.polish_sweeps > 0;
}

void fit_weights(IntNode& node, const ConvValues& values, const std::vector<GroupMoments>& groups,
                 const Recipe& recipe, std::vector<ChannelCodes>& channels, unsigned threads) {
  const auto passes = weight_passes();
  const int rows = node.shape.c / static_cast<int>(groups.size());
  const int taps = static_cast<int>(values.weights.size()) / node.shape.c;
  const auto fit = [&](size_t g, unsigned inner_threads) {
    LayerProblem p;
    p.folds = groups[g].folds;
    p.gram = regularize(p.folds, kDamping);
    p.wanted.resize(rows, taps);
    p.codes.resize(rows, taps);
    p.scale.resize(rows);
    p.least_scale.resize(rows);
    p.power_of_two = recipe.power_of_two_scales;
    p.input_scale.resize(rows);
    p.lowest.resize(rows);
    p.highest.resize(rows);
    const size_t first = g * static_cast<size_t>(rows);
    for (int r = 0; r < rows; ++r) {
      const size_t o = first + static_cast<size_t>(r);
      p.scale[r] = channels[o].scale;
      p.lowest[r] = channels[o].low;
      p.highest[r] = channels[o].high;
      p.least_scale[r] = values.least[o];
      p.input_scale[r] = values.reference[o];
      for (int k = 0; k < taps; ++k) {
        const size_t at = o * static_cast<size_t>(taps) + static_cast<size_t>(k);
        p.wanted(r, k) = values.weights[at];
        p.codes(r, k) = node.weights[at];
      }
    }
    for (const auto& pass : passes) {
      if (pass->applies(recipe, p)) {
        pass->run(p, recipe, inner_threads);
      }
    }
    for (int r = 0; r < rows; ++r) {
      const size_t o = first + static_cast<size_t>(r);
      channels[o].scale = p.scale[r];
      for (int k = 0; k < taps; ++k) {
        node.weights[o * static_cast<size_t>(taps) + static_cast<size_t>(k)] =
            static_cast<int16_t>(p.codes(r, k));
      }
    }
  };
  if (groups.size() == 1) {
    fit(0, threads);
  } else {
    parallel_for(groups.size(), threads, [&](size_t g) { fit(g, 1); });
  }
}

}  // namespace tridex::quant
