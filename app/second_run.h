#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace tridex::app {

/// A simulation that is made again to look at one cycle of it, which the first one finds. A SystemC kernel
/// elaborates once in a process, so a child is forked before the first simulation, and waits.
class SecondRun {
 public:
  /// `simulate` gets the cycle, in the child, and gives what go() returns.
  explicit SecondRun(const std::function<std::string(int64_t cycle)>& simulate);
  /// Ends a child that was not asked.
  ~SecondRun();
  SecondRun(const SecondRun&) = delete;
  SecondRun& operator=(const SecondRun&) = delete;

  /// Once. Error: what the child has thrown, or that it has died.
  std::string go(int64_t cycle);

 private:
  [[nodiscard]] bool wait_for_child();

  pid_t child_ = -1;
  int socket_ = -1;  ///< to the child: a pipe would end this process with a signal where the child has died
};

}  // namespace tridex::app
