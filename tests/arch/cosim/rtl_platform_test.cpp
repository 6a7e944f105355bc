// Engines in RTL on the platform: the bits of the TLM engines and of the integer reference on every layer,
// their cycles within the bound, and a difference that is planted is found where it was planted.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "quant/random_networks.h"
#include "support/child.h"
#include "support/prepared_network.h"
#include "support/zoo.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Contains;

namespace {

/// The Trio-ViT machine with two copies of small arrays, as tridex_rtl_small has them, all in RTL.
arch::DesignPoint small_machine(const std::vector<std::string>& more = {}) {
  std::vector<std::string> keys = {"copies=2",
                                   "engines.0.lanes=4",
                                   "engines.0.inputs=2",
                                   "engines.0.post_lanes=2",
                                   "engines.0.implementation=rtl",
                                   "engines.1.lanes=4",
                                   "engines.1.inputs=4",
                                   "engines.1.implementation=rtl"};
  keys.insert(keys.end(), more.begin(), more.end());
  return arch::read_design(arch::find_config("trio_vit_zcu102", "designs"), keys);
}

arch::RunOptions in_rtl(const Prepared& prepared) {
  arch::RunOptions options = functional(prepared);
  options.fidelity = arch::Fidelity::kRtl;
  return options;
}

void check_bits(const arch::Run& run, const Prepared& prepared) {
  REQUIRE(!run.difference);
  REQUIRE(run.output.data == prepared.reference[static_cast<size_t>(prepared.graph.output)].data);
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    INFO(command.layer << ", tile " << command.tile << ", " << command.op << " on " << command.engine);
    REQUIRE(!command.difference);
    REQUIRE(command.results > 0);
  }
}

/// Requires equal bits everywhere and cycles within the larger of 2 % and 8 a command.
void check_equal(const arch::Run& run, const Prepared& prepared) {
  check_bits(run, prepared);
  int64_t rtl = 0;
  int64_t tlm = 0;
  std::map<int64_t, int> off;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    INFO(command.layer << ", tile " << command.tile << ", " << command.op << " on " << command.engine);
    CHECK(std::abs(command.rtl_cycles - command.tlm_cycles) <= std::max<int64_t>(8, command.tlm_cycles / 50));
    ++off[command.rtl_cycles - command.tlm_cycles];
    rtl += command.rtl_cycles;
    tlm += command.tlm_cycles;
  }
  for (const auto& [cycles, commands] : off) {
    std::printf("%d commands %+lld cycles; ", commands, static_cast<long long>(cycles));
  }
  std::printf("%zu commands, %lld cycles in RTL, %lld in TLM, %lld clocks\n", run.rtl_commands.size(),
              static_cast<long long>(rtl), static_cast<long long>(tlm),
              static_cast<long long>(run.rtl_clocks));
}

std::set<std::string> kinds(const arch::Run& run) {
  std::set<std::string> kinds;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    kinds.insert(command.engine + " " + command.op);
  }
  return kinds;
}

}  // namespace

TEST_CASE("rtl: a network with every operator, on MAT and R-MAC") {
  const Prepared prepared = prepare_random(tiny_network());
  const arch::Run run = arch::run(small_machine(), prepared.graph, in_rtl(prepared));
  check_equal(run, prepared);
  CHECK(kinds(run) == std::set<std::string>{"mat conv", "rmac attend", "rmac context", "rmac conv"});
}

TEST_CASE("rtl: a network with every operator, on MAT alone") {
  const Prepared prepared = prepare_random(tiny_network());
  const arch::DesignPoint design =
      arch::read_design(arch::find_config("mat_only_zcu102", "designs"),
                        {"copies=2", "engines.0.lanes=4", "engines.0.inputs=2", "engines.0.post_lanes=2",
                         "engines.0.implementation=rtl"});
  const arch::Run run = arch::run(design, prepared.graph, in_rtl(prepared));
  check_equal(run, prepared);
  CHECK(kinds(run) == std::set<std::string>{"mat attend", "mat context", "mat conv"});
}

TEST_CASE("rtl: the network that ships") {
  const Zoo zoo;
  std::vector<models::Activation> images;
  for (size_t i = 0; i < 4; ++i) {
    images.push_back(zoo.scenes("calib")->load(i).image);
  }
  const quant::IntegerGraph integer =
      quant::quantize(zoo.graph, zoo.weights,
                      quant::read_recipe(Yaml::load(arch::find_config("trio_paper", "quant"))), images);
  const Prepared prepared =
      prepare(integer, quant::quantize_input(integer, zoo.scenes("test")->load(0).image));
  const arch::Run run = arch::run(small_machine(), prepared.graph, in_rtl(prepared));
  check_equal(run, prepared);
  CHECK(run.rtl_commands.size() > 200);
}

TEST_CASE("rtl: the other divisor, narrow widths, one engine in RTL") {
  quant::Recipe recipe;
  recipe.weight_bits = 4;
  recipe.divisor = quant::Divisor::kLog2Code;
  recipe.y_max = 30;
  const Prepared prepared = prepare_random(tiny_network(), recipe);
  const arch::Run run =
      arch::run(small_machine({"engines.0.implementation=tlm"}), prepared.graph, in_rtl(prepared));
  check_equal(run, prepared);
  CHECK(kinds(run).count("mat conv") == 0);
  CHECK(kinds(run).count("rmac conv") == 1);
}

TEST_CASE("rtl: two frames through small buffers") {
  const Prepared prepared = prepare_random(tiny_network());
  arch::RunOptions options = in_rtl(prepared);
  options.frames = 2;
  const arch::Run run =
      arch::run(small_machine({"buffers.input.kib=4", "buffers.output.kib=4", "buffers.weight.kib=4"}),
                prepared.graph, options);
  check_equal(run, prepared);
}

TEST_CASE("rtl: a flipped bit is found at its layer, tile and element") {
  const Prepared prepared = prepare_random(tiny_network());
  std::set<std::string> layers;
  for (const int64_t number : {0, 100, 1000, 2000, 2300}) {
    INFO("result " << number << " of MAT");
    const std::string found = run_in_child([&] {
      arch::RunOptions options = in_rtl(prepared);
      options.check_program = false;
      options.fault = arch::Fault{arch::Fault::Kind::kFlipRtlResult, number};
      const arch::Run run = arch::run(small_machine(), prepared.graph, options);
      std::string text;
      int64_t results = 0;
      for (const arch::RtlCommandResult& command : run.rtl_commands) {
        const bool here = command.engine == "mat" && number >= results && number < results + command.results;
        results += command.engine == "mat" ? command.results : 0;
        if (!command.difference) {
          text += here ? "not found; " : "";
          continue;
        }
        const arch::Difference& d = *command.difference;
        text += here && d.layer == command.layer && d.tile == command.tile && d.got == (d.expected ^ 1)
                    ? command.layer
                    : "another place; ";
        // The integer reference finds it, too.
        const auto& r = run.difference;
        if (!r || std::tuple(r->layer, r->tile, r->c, r->y, r->x, r->got, r->expected) !=
                      std::tuple(d.layer, d.tile, d.c, d.y, d.x, d.got, d.expected)) {
          text += "; the reference says something else";
        }
      }
      return text;
    });
    INFO(found);
    CHECK(std::any_of(prepared.graph.nodes.begin(), prepared.graph.nodes.end(),
                      [&](const auto& node) { return node.name == found; }));
    layers.insert(found);
  }
  CHECK(layers.size() > 2);
}

TEST_CASE("rtl: only the commands of chosen layers go through it") {
  const Prepared prepared = prepare_random(tiny_network());
  arch::RunOptions options = in_rtl(prepared);
  options.rtl.layers = {"dw.act", "a.div"};
  const arch::Run run = arch::run(small_machine(), prepared.graph, options);
  check_equal(run, prepared);
  std::set<std::string> layers;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    layers.insert(command.layer);
  }
  CHECK(layers == std::set<std::string>{"a.div", "dw.act"});
}

TEST_CASE("rtl: what is not there is refused, and what would help is said") {
  const Prepared prepared = prepare_random(tiny_network());
  const arch::RunOptions options = in_rtl(prepared);
  const auto message = [&](const std::vector<std::string>& keys, const arch::RunOptions& with) {
    try {
      static_cast<void>(arch::run(small_machine(keys), prepared.graph, with));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message({"engines.0.lanes=6", "engines.0.post_lanes=3"}, options),
             Contains("mat_6x2_copies2_post3_pack1") && Contains("mat_4x2_copies2_post2_pack1") &&
                 Contains("TRIDEX_RTL_SETS"));
  CHECK_THAT(message({"copies=64"}, options), Contains("8192 bits") && Contains("copies=1"));
  // The most that the bridges carry, and a step more.
  const auto mat = [&](int copies, int lanes, int post_lanes) {
    return message(
        {fmt::format("copies={}", copies), fmt::format("engines.0.lanes={}", lanes), "engines.0.inputs=1",
         fmt::format("engines.0.post_lanes={}", post_lanes), "engines.1.implementation=tlm"},
        options);
  };
  CHECK_THAT(mat(16, 2, 1), Contains("mat_2x1_copies16_post1_pack1, is not compiled in"));
  CHECK_THAT(mat(17, 2, 1), Contains("copies x post_lanes x 64 = 1088 bits, are more than the 1024"));
  CHECK_THAT(mat(2, 30, 2), Contains("mat_30x1_copies2_post2_pack1, is not compiled in"));
  CHECK_THAT(mat(2, 32, 2),
             Contains("TUSER") && Contains("4 + copies x lanes = 68 bits, are more than the 64"));
  CHECK_THAT(message({"engines.0.lanes=5"}, options), Contains("lanes") && Contains("odd"));
  CHECK_THAT(message({"engines.1.post_lanes=3"}, options), Contains("post_lanes") && Contains("divide"));
  CHECK_THAT(message({"engines.1.divide_lanes=1"}, options), Contains("divide_lanes"));
  CHECK_THAT(message({"engines.0.implementation=tlm", "engines.1.implementation=tlm"}, options),
             Contains("no engine") && Contains("engines.0.implementation=rtl"));
  arch::RunOptions layers = options;
  layers.rtl.layers = {"pw3.act"};
  CHECK_THAT(message({}, layers), Contains("unknown layer 'pw3.act'") && Contains("pw1.act"));
  layers.rtl.layers = {"ln.act"};
  CHECK_THAT(message({}, layers), Contains("'ln.act'") && Contains("no engine in RTL"));
}

TEST_CASE("rtl: a divisor that RTL has not is refused with the layer") {
  quant::Recipe recipe;
  recipe.divisor = quant::Divisor::kUniform;
  recipe.min_code = 1;
  const Prepared prepared = prepare_random(tiny_network(), recipe);
  CHECK_THROWS_WITH(
      arch::run(small_machine({"capabilities.divisors=[uniform]"}), prepared.graph, in_rtl(prepared)),
      Contains("layer a.div") && Contains("'uniform'") && Contains("implementation: tlm"));
}
