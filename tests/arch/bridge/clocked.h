#pragma once
#include <functional>
#include <stdexcept>
#include <systemc>

namespace tridex::test {

inline sc_core::sc_time nanoseconds(double count) {
  return {count, sc_core::SC_NS};
}

/// A clock with rising edges at 0, 10, 20 ns, and a reset that is low until 25 ns: the first edge out of it
/// is at 30 ns.
struct Clocked : sc_core::sc_module {
  sc_core::sc_clock aclk{"aclk", nanoseconds(10)};
  sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> aresetn{"aresetn"};
  static constexpr int kFirst = 30;  // ns

  explicit Clocked(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}

  template <typename... Modules>
  void connect(Modules&... modules) {
    (modules.aclk.bind(aclk), ...);
    (modules.aresetn.bind(aresetn), ...);
  }
  /// Runs `work` in a thread, from 1 ns after the edge before the first one out of reset on, until it ends,
  /// which has to be before the limit.
  void run(const std::function<void()>& work, double limit_ns = 1e6) {
    bool ended = false;
    sc_core::sc_spawn(
        [this, work, &ended] {
          sc_core::wait(nanoseconds(21));
          work();
          ended = true;
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
    sc_core::sc_start(nanoseconds(limit_ns));
    if (!ended) {
      throw std::runtime_error("the work has not come to its end");
    }
  }

 private:
  sc_core::sc_event never_{"never"};
};

/// In the place of a module of RTL, where there is none.
struct NoRtl {};

}  // namespace tridex::test
