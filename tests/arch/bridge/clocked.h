#pragma once
#include <functional>
#include <systemc>

namespace tridex::test {

inline sc_core::sc_time nanoseconds(double count) {
  return {count, sc_core::SC_NS};
}

/// A clock with rising edges at 0, 10, 20 ns, and a reset that is low until 25 ns: the first edge out of it
/// is at 30 ns.
struct Clocked : sc_core::sc_module {
  sc_core::sc_clock aclk{"aclk", nanoseconds(10)};
  sc_core::sc_signal<bool> aresetn{"aresetn"};
  static constexpr int kFirst = 30;  // ns

  explicit Clocked(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}

  template <typename... Modules>
  void connect(Modules&... modules) {
    (modules.aclk.bind(aclk), ...);
    (modules.aresetn.bind(aresetn), ...);
  }
  /// Runs `work` in a thread, from 1 ns after the edge before the first one out of reset on, until it ends.
  void run(const std::function<void()>& work) {
    sc_core::sc_spawn(
        [this, work] {
          sc_core::wait(nanoseconds(21));
          work();
          sc_core::sc_stop();
          sc_core::wait(never_);  // a thread that has ended leaves its stack to LeakSanitizer
        },
        "work");
    sc_core::sc_spawn(
        [this] {
          sc_core::wait(nanoseconds(25));
          aresetn.write(true);
          sc_core::wait(never_);
        },
        "reset");
    sc_core::sc_start();
  }

 private:
  sc_core::sc_event never_{"never"};
};

}  // namespace tridex::test
