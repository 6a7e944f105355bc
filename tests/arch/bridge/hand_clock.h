#pragma once
#include <systemc>

namespace tridex::test {

/// A clock and a reset that a test moves by hand.
struct HandClock {
  sc_core::sc_signal<bool> clk{"clk"}, aresetn{"aresetn"};

  /// An edge in reset, one out of it. What the clock drives is bound.
  void reset() {
    edges();
    aresetn.write(true);
    edges();
  }
  /// To 1 ns after so many rising edges.
  void edges(int count = 1) {
    for (int i = 0; i < count; ++i) {
      for (const bool level : {false, true}) {
        clk.write(level);
        sc_core::sc_start(1, sc_core::SC_NS);
      }
    }
  }
};

}  // namespace tridex::test
