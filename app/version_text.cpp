#include "app/version_text.h"

#include <fmt/format.h>

#include "app/console.h"
#include "arch/platform/systemc_version.h"
#include "base/names.h"
#include "quant/isa.h"

namespace tridex::app {

std::string version_text() {
  std::vector<std::string> kernels;
  for (const auto isa : quant::available_isas()) {
    kernels.emplace_back(quant::isa_name(isa));
  }
#ifdef __clang__
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "gcc " __VERSION__;
#endif
  const std::string march = TRIDEX_MARCH;
  const std::string details = facts({{"compiler", compiler},
                                     {"build type", TRIDEX_BUILD_TYPE},
                                     {"instruction set", march.empty() ? "the compiler's default" : march},
                                     {"kernels here", join(kernels)},
                                     {"SystemC", arch::systemc_version()},
                                     {"engines as RTL", TRIDEX_HAS_RTL != 0 ? "yes" : "no"}});
  return fmt::format("{}\n{}", TRIDEX_VERSION, details.substr(0, details.size() - 1));
}

}  // namespace tridex::app
