#pragma once
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "models/builder.h"
#include "quant/quantize.h"

namespace tridex::test {

/// The Trio-ViT machine with some keys changed.
inline arch::DesignPoint trio_vit(const std::vector<std::string>& keys = {}) {
  return arch::read_design(arch::find_config("trio_vit_zcu102", "designs"), keys);
}

/// A built-in network in shapes alone.
inline quant::IntegerGraph shapes(const std::string& network) {
  return quant::shape_only(models::build_network(network), {});
}

}  // namespace tridex::test
