#include "random_designs.h"

#include <fmt/format.h>

#include "arch/cost/cost.h"
#include "models/builder.h"
#include "quant/quantize.h"

namespace tridex::test {
namespace {

int power_of_two(Random& random, int low, int high) {
  return 1 << random.integer(low, high);
}

template <typename T>
T one_of(Random& random, const std::vector<T>& values) {
  return values[static_cast<size_t>(random.integer(0, static_cast<int>(values.size()) - 1))];
}

arch::DesignPoint any_design(Random& random) {
  const int kind = random.integer(0, 9);
  const std::string base = kind < 7 ? "trio_vit_zcu102" : kind < 9 ? "mat_only_zcu102" : "rmac_only_zcu102";
  std::vector<std::string> keys;
  const auto set = [&](const std::string& key, const auto& value) {
    keys.push_back(fmt::format("{}={}", key, value));
  };
  const auto sizes = [&](int engine) {
    const int lanes = random.coin() ? power_of_two(random, 2, 4) : 4 * random.integer(1, 5);
    set(fmt::format("engines.{}.lanes", engine), lanes);
    set(fmt::format("engines.{}.inputs", engine), power_of_two(random, 2, 4));
    set(fmt::format("engines.{}.pipeline_depth", engine), random.integer(4, 24));
    set(fmt::format("engines.{}.post_lanes", engine), random.integer((lanes + 1) / 2, lanes));
  };
  sizes(0);
  if (kind < 7) {
    sizes(1);
    set("schedule.inter_layer_pipeline", random.integer(0, 3) != 0);
    set("schedule.intra_layer_pipeline", random.coin());
  }
  set("device", one_of<std::string>(random, {"zcu102", "zcu104", "kv260", "u50", "u250", "vck190"}));
  set("copies", random.coin() ? power_of_two(random, 0, 5) : random.integer(1, 24));
  set("spread", one_of<std::string>(random, {"best", "best", "best", "pixels", "channels"}));
  set("vector.lanes", power_of_two(random, 4, 7));
  for (const char* buffer : {"input", "weight", "output"}) {
    set(fmt::format("buffers.{}.kib", buffer), random.integer(4, 7) * power_of_two(random, 4, 8));
    set(fmt::format("buffers.{}.banks", buffer), power_of_two(random, 3, 5));
    set(fmt::format("buffers.{}.width_bits", buffer), power_of_two(random, 6, 8));
  }
  set("memory.name",
      one_of<std::string>(random, {"ddr4_2400_x64", "ddr4_3200_x64", "lpddr4_3200", "lpddr5_6400", "hbm2"}));
  set("memory.channels", power_of_two(random, 0, 2));
  set("ports.count", random.integer(1, 8));
  set("ports.width_bits", power_of_two(random, 6, 9));
  set("ports.outstanding", power_of_two(random, 2, 4));
  set("ports.latency_cycles", random.integer(0, 60));
  set("clock_mhz", 50 * random.integer(2, 8));
  set("schedule.double_buffer", random.integer(0, 7) != 0);
  set("schedule.command_cycles", random.integer(0, 8));
  return arch::read_design(arch::find_config(base, "designs"), keys);
}

}  // namespace

arch::DesignPoint random_design(Random& random) {
  for (;;) {
    arch::DesignPoint design = any_design(random);
    if (arch::estimate_cost(design).fits) {
      return design;
    }
  }
}

std::string design_text(const arch::DesignPoint& design) {
  return design.text;
}

const std::vector<NamedNetwork>& property_networks() {
  static const std::vector<NamedNetwork> networks = [] {
    std::vector<NamedNetwork> all;
    for (const char* name : {"efficientvit_b0_r224", "efficientvit_b1_r224", "mobilenet_v2_r224",
                             "efficientvit_seg_b0_r256x512"}) {
      all.push_back({name, quant::shape_only(models::build_network(name), {})});
    }
    return all;
  }();
  return networks;
}

}  // namespace tridex::test
