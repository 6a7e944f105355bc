#include "quant/weights/weight_pass.h"

#include <algorithm>

#include "base/registry.h"

namespace tridex::quant {

std::vector<std::unique_ptr<WeightPass>> weight_passes() {
  std::vector<std::unique_ptr<WeightPass>> result;
  for (const std::string& name : Registry<WeightPass>::names()) {
    result.push_back(Registry<WeightPass>::make(name, "weight pass"));
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a->order() < b->order(); });
  return result;
}

}  // namespace tridex::quant
