#pragma once

namespace tridex::app {

/// Exit status after Ctrl-C, as shells have it.
inline constexpr int kInterrupted = 130;

/// From now on Ctrl-C (and SIGTERM) ends the program at once with kInterrupted, unless an InterruptShield
/// stands.
void install_interrupt_handler();

/// While one stands, Ctrl-C only raises a flag. Around the writing of results, so that nothing is left half
/// done, and around a sweep, which stops by itself.
class InterruptShield {
 public:
  InterruptShield();
  ~InterruptShield();
  InterruptShield(const InterruptShield&) = delete;
  InterruptShield& operator=(const InterruptShield&) = delete;
  [[nodiscard]] bool interrupted() const;
};

}  // namespace tridex::app
