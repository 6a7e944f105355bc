#include "arch/platform/systemc_version.h"

#include <fmt/format.h>

#include <systemc>

namespace tridex::arch {

std::string systemc_version() {
  return fmt::format("{}.{}.{}", SC_VERSION_MAJOR, SC_VERSION_MINOR, SC_VERSION_PATCH);
}

}  // namespace tridex::arch
