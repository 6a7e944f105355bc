#pragma once
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "quant/integer_graph.h"
#include "support/random.h"

namespace tridex::test {

/// A machine at random: engines of both kinds or one of them, buffers of 32 KiB to 2 MiB, 1 to 32 copies, one to
/// eight ports of 32 to 512 bits, all memories, 75 to 600 MHz.
arch::DesignPoint random_design(Random& random);
/// What read_design was given for it: to run it again by hand.
std::string design_text(const arch::DesignPoint& design);

/// The networks of the properties over random designs, in shapes alone.
struct NamedNetwork {
  std::string name;
  quant::IntegerGraph graph;
};
const std::vector<NamedNetwork>& property_networks();

}  // namespace tridex::test
