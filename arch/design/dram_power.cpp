#include "arch/design/dram_power.h"

#include <fmt/format.h>

#include <tuple>

#include "arch/design/read_value.h"

namespace tridex::arch {

void read_dram_power(const Yaml& yaml, DramPower& power) {
  constexpr double kMaxVolts = 10;
  constexpr double kMaxMilliamperes = 1e5;
  const std::pair<const char*, double*> currents[] = {{"idd0", &power.idd0},   {"idd2n", &power.idd2n},
                                                      {"idd3n", &power.idd3n}, {"idd4r", &power.idd4r},
                                                      {"idd4w", &power.idd4w}, {"idd5b", &power.idd5b}};
  power.vdd = yaml.real("vdd", power.vdd, 0, kMaxVolts);
  power.devices = read_integer(yaml, "devices", power.devices, 0, 1024);
  int given = (power.vdd > 0 ? 1 : 0) + (power.devices > 0 ? 1 : 0);
  std::string missing = power.vdd > 0 ? "" : "vdd ";
  missing += power.devices > 0 ? "" : "devices ";
  for (const auto& [key, value] : currents) {
    *value = yaml.real(key, *value, 0, kMaxMilliamperes);
    given += *value > 0 ? 1 : 0;
    missing += *value > 0 ? "" : std::string(key) + " ";
  }
  if (given == 0) {
    return;
  }
  if (!missing.empty()) {
    missing.pop_back();
    yaml.fail(fmt::format("gives some of a memory's currents but not {}; give all of them or none", missing));
  }
  const std::tuple<const char*, double, const char*, double> orders[] = {
      {"idd3n", power.idd3n, "idd2n", power.idd2n}, {"idd0", power.idd0, "idd2n", power.idd2n},
      {"idd4r", power.idd4r, "idd3n", power.idd3n}, {"idd4w", power.idd4w, "idd3n", power.idd3n},
      {"idd5b", power.idd5b, "idd3n", power.idd3n},
  };
  for (const auto& [larger, a, smaller, b] : orders) {
    if (a < b) {
      yaml.fail(fmt::format("{} {:g} is less than {} {:g}", larger, a, smaller, b));
    }
  }
}

}  // namespace tridex::arch
