#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/cosim/rtl_parameters.h"
#include "arch/mapping/command.h"
#include "arch/pe/buffer_view.h"
#include "support/random.h"

namespace tridex::test {

/// Bytes of the three buffers with a command that works on them.
struct CommandCase {
  arch::Command command;
  std::array<std::vector<uint8_t>, 3> bytes;
  [[nodiscard]] arch::BufferViews views();
};

/// Random parameters: small arrays of odd shapes, one to six copies.
arch::RtlParameters random_parameters(Random& random);
/// A command of any kind that RTL does, with random operands, records and spread.
CommandCase random_command(const arch::RtlParameters& parameters, Random& random);

}  // namespace tridex::test
