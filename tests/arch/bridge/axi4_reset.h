#pragma once
#include <fmt/format.h>

#include <random>
#include <string>

#include "axi4_chain.h"
#include "axi4_traffic.h"

namespace tridex::test {

/// Lets the traffic run for some clocks, then resets in the middle of it and takes the real memory's bytes as
/// the new model.
inline std::string reset_once(Axi4ChainBase& chain, Axi4Traffic& traffic, std::mt19937_64& random) {
  chain.clocks(50 + static_cast<int>(random() % 400));
  sc_core::sc_start(static_cast<double>(1 + random() % 20) * 0.1, sc_core::SC_NS);  // at any time of a clock
  traffic.pause();
  traffic.expect_reset();
  chain.aresetn.write(false);
  for (int waited = 0; traffic.open() > 0; ++waited) {
    chain.clocks(1);
    if (waited > 2000) {
      return fmt::format("{} payloads have no answer after a reset\n", traffic.open());
    }
  }
  chain.clocks(1 + static_cast<int>(random() % 4));
  traffic.resume(chain.memory.bytes);
  chain.aresetn.write(true);
  return "";
}

}  // namespace tridex::test
