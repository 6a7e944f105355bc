// Takes the place of Verilator's functions (VL_USER_FINISH, VL_USER_STOP), in a library with its runtime.
#include "arch/bridge/verilated_finish.h"

#include <verilated.h>

namespace {

std::string& first_end() {
  static std::string text;
  return text;
}

void note(const char* call, const char* file, int line) {
  Verilated::threadContextp()->gotFinish(true);
  if (first_end().empty()) {
    first_end() = std::string(call) + " at " + file + ":" + std::to_string(line);
  }
}

}  // namespace

const std::string& tridex::arch::verilated_end() {
  return first_end();
}

void vl_finish(const char* filename, int linenum, const char*) {
  note("$finish", filename, linenum);
}

void vl_stop(const char* filename, int linenum, const char*) {
  Verilated::threadContextp()->gotError(true);
  note("$stop", filename, linenum);
}
