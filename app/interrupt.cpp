#include "app/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <stdexcept>

namespace tridex::app {
namespace {

volatile sig_atomic_t shields = 0;
volatile sig_atomic_t raised = 0;

void handle(int) {
  raised = 1;
  if (shields == 0) {
    const char text[] = "\ntridex: interrupted\n";
    [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, text, sizeof text - 1);
    ::_exit(kInterrupted);
  }
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = handle;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(SIGINT, &action, nullptr) != 0 || ::sigaction(SIGTERM, &action, nullptr) != 0) {
    throw std::logic_error("sigaction");
  }
}

InterruptShield::InterruptShield() {
  shields = shields + 1;
}
InterruptShield::~InterruptShield() {
  shields = shields - 1;
}
bool InterruptShield::interrupted() const {
  return raised != 0;
}

}  // namespace tridex::app
