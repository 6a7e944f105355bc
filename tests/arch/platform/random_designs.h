#pragma once
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "quant/integer_graph.h"
#include "support/random.h"

namespace tridex::test {

/// A machine at random that one of the boards has room for: engines of both kinds or one of them, 1 to 32
/// copies, buffers of 64 KiB to 1.75 MiB, one to eight ports of 64 to 512 bits with 4 to 16 runs under way,
/// all memories, 100 to 400 MHz.
arch::DesignPoint random_design(Random& random);
/// What read_design was given for it: to run it again by hand.
std::string design_text(const arch::DesignPoint& design);

/// A small network at random, in shapes alone: convolutions of all kinds (strides beyond the kernel, groups
/// of several channels), shortcuts, concatenations, pooling with fully connected layers behind it.
quant::IntegerGraph random_small_network(Random& random);

/// The networks of the properties over random designs, in shapes alone.
struct NamedNetwork {
  std::string name;
  quant::IntegerGraph graph;
};
const std::vector<NamedNetwork>& property_networks();

}  // namespace tridex::test
