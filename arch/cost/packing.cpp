#include "arch/cost/packing.h"

#include <algorithm>
#include <limits>

#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

constexpr int kPortBits = 27;  // of a DSP48E2 and a DSP58
constexpr int kQuadField = 11;

bool has_dot_product(const DesignPoint& design, const Engine& engine) {
  const auto [narrow, wide] = std::minmax(design.can.max_weight_bits, design.can.max_activation_bits);
  return design.device.dsp_kind == Device::DspKind::kDsp58 && engine.kind == EngineKind::kMat &&
         design.packing == PackingMode::kSharedOperand && narrow <= 8 && wide <= 9;
}

/// Without the dot product.
int packed_products(const DesignPoint& design, const Engine& engine) {
  const int weight = design.can.max_weight_bits;
  const int activation = design.can.max_activation_bits;
  if (design.packing == PackingMode::kNone || weight > 8 || activation > 8) {
    return 1;
  }
  const int most = design.packs_four() ? 4 : 2;
  return engine.kind == EngineKind::kRmac ? std::min(most, design.depthwise_packing) : most;
}

int64_t packed_dsps(const DesignPoint& design, const Engine& engine) {
  switch (packed_products(design, engine)) {
    case 4:
      return ceil_div(engine.lanes, 2) * ceil_div(design.copies, 2) * engine.inputs;
    case 2:
      return ceil_div(int64_t{engine.lanes} * design.copies, 2) * engine.inputs;
    default:
      return int64_t{engine.lanes} * design.copies * engine.inputs;
  }
}

int64_t dot_product_dsps(const DesignPoint& design, const Engine& engine) {
  return int64_t{engine.lanes} * design.copies * ceil_div(engine.inputs, 3);
}

bool takes_dot_product(const DesignPoint& design, const Engine& engine) {
  return has_dot_product(design, engine) && dot_product_dsps(design, engine) <= packed_dsps(design, engine);
}

}  // namespace

int64_t multiplier_dsps(const DesignPoint& design, const Engine& engine) {
  return takes_dot_product(design, engine) ? dot_product_dsps(design, engine) : packed_dsps(design, engine);
}

int products_per_dsp(const DesignPoint& design, const Engine& engine) {
  return takes_dot_product(design, engine) ? 1 : packed_products(design, engine);
}

int64_t cascade_terms(const DesignPoint& design, const Engine& engine) {
  const int products = products_per_dsp(design, engine);
  if (products == 1) {
    return std::numeric_limits<int64_t>::max();
  }
  const int weight = design.can.max_weight_bits;
  const int field = products == 4 ? kQuadField : kPortBits - weight;
  const int64_t largest = int64_t{1} << (weight - 1 + design.can.max_activation_bits);
  return std::max<int64_t>(1, ((int64_t{1} << (field - 1)) - 1) / largest);
}

}  // namespace tridex::arch
