#include "random_designs.h"

#include <fmt/format.h>

#include "arch/cost/cost.h"
#include "models/builder.h"
#include "quant/quantize.h"
#include "support/same_conv.h"

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

quant::IntegerGraph random_small_network(Random& random) {
  models::GraphBuilder builder("small");
  int x = builder.input({8 * random.integer(1, 3), random.integer(6, 40), random.integer(4, 40)});
  int number = 0;
  const auto conv = [&](int from, int channels, int kernel, int stride, int groups) {
    return builder.conv("conv" + std::to_string(number++), from, channels,
                        same_conv(kernel, stride, groups, false));
  };
  const int blocks = random.integer(2, 6);
  for (int b = 0; b < blocks; ++b) {
    const int channels = builder.shape(x).c;
    const int kernel = 2 * random.integer(0, 2) + 1;
    const bool large = builder.shape(x).h > 6 && builder.shape(x).w > 6;
    const int stride = large ? random.integer(1, 3) : 1;
    switch (random.integer(0, 4)) {
      case 0:
        x = conv(x, 8 * random.integer(1, 8), kernel, stride, 1);
        break;
      case 1: {  // an inverted bottleneck, with a shortcut where it can have one
        const int wide = conv(x, channels * random.integer(1, 4), 1, 1, 1);
        const int deep = conv(wide, builder.shape(wide).c, kernel, stride, builder.shape(wide).c);
        const int out = conv(deep, random.coin() ? channels : 8 * random.integer(1, 6), 1, 1, 1);
        const bool same = builder.shape(out) == builder.shape(x) && random.coin();
        x = same ? builder.add("add" + std::to_string(number++), {x, out}) : out;
        break;
      }
      case 2:  // groups of two to eight channels
        x = conv(x, channels, kernel, stride, channels / (2 << random.integer(0, 2)));
        break;
      case 3: {
        const int one = conv(x, 8 * random.integer(1, 4), kernel, stride, 1);
        const int other = conv(x, 8 * random.integer(1, 4), 1, stride, 1);
        x = builder.concat("join" + std::to_string(number++), {one, other});
        break;
      }
      default:
        x = conv(x, channels, kernel, stride, channels);
    }
  }
  if (random.coin()) {
    x = builder.unary("pool", models::Op::kGlobalAvgPool, x);
    x = conv(x, 8 * random.integer(1, 300), 1, 1, 1);
    x = conv(x, 10 * random.integer(1, 100), 1, 1, 1);
  }
  return quant::shape_only(builder.finish(x), {});
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
