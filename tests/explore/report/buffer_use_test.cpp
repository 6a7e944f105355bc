#include "explore/report/buffer_use.h"

#include <catch2/catch.hpp>

#include "arch/design/design_point.h"
#include "arch/platform/run.h"
#include "base/yaml.h"
#include "explore/network.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;

TEST_CASE("the most in a slice: what holds when it begins, and what comes in it") {
  using Values = std::vector<int64_t>;
  const arch::CounterTrack track{"t", {{2, 5}, {4, 1}, {5, 9}, {6, 0}}};
  CHECK(most_in_slices(track, 8, 8) == Values{0, 0, 5, 5, 1, 9, 0, 0});
  CHECK(most_in_slices(track, 8, 4) == Values{0, 5, 9, 0});
  CHECK(most_in_slices(track, 8, 2) == Values{5, 9});
  CHECK(most_in_slices(track, 8, 1) == Values{9});
  CHECK(most_in_slices({"t", {}}, 8, 2) == Values{0, 0});
  CHECK(most_in_slices({"t", {{0, 3}}}, 2, 4) == Values{3, 3, 3, 3});  // more slices than cycles
}

TEST_CASE("a point is run again for its buffers, and only as it was") {
  const test::TempFolder folder;
  BufferUse buffers(folder.path());
  PointRow row;
  row.hash = "h";
  row.status = "ok";
  row.model = "efficientvit_b0_r64";
  row.recipe = "default";
  row.fidelity = "timed";
  row.frames = 2;
  row.seed = 1;
  row.design = arch::read_design(arch::find_config("trio_vit_zcu102", "designs")).text;
  NetworkVariant variant;
  variant.model = find_model(row.model);
  variant.recipe = quant::read_recipe(Yaml::load(arch::find_config("default", "quant")));
  row.network_hash = shapes_of(variant).hash();
  ForkServer server({[&](const nlohmann::json&, const ForkServer::Progress&) {
                       arch::RunOptions options;
                       options.frames = row.frames;
                       const auto design = arch::read_design(Yaml::parse(row.design, "d"));
                       return to_json(arch::run(design, shapes_of(variant), options).result).dump();
                     },
                     {}});
  server.start({}, 60);
  const auto event = server.wait(60);
  REQUIRE(event);
  REQUIRE(event->outcome.status == Outcome::Status::kOk);
  row.result = nlohmann::json::parse(event->outcome.result);
  row.tool_version = row.result["version"];
  const auto tracks = buffers.of(row);
  REQUIRE(tracks.size() == 3);
  for (const auto& track : tracks) {
    CHECK(track["most"].size() == 240);
    CHECK(track["cycles"] > row.result["cycles"]);  // two frames
    int64_t most = 0;
    for (const auto& bytes : track["most"]) {
      most = std::max(most, bytes.get<int64_t>());
    }
    CHECK(most > 0);
    CHECK(most <= track["bytes"].get<int64_t>());
  }

  const auto refused = [&](auto change) {
    PointRow other = row;
    change(other);
    CHECK(buffers.of(other).is_null());
  };
  refused([](PointRow& r) { r.result["cycles"] = r.result["cycles"].get<int64_t>() + 1; });
  refused([](PointRow& r) { r.tool_version = "0"; });
  refused([](PointRow& r) { r.fidelity = "analytic"; });
  refused([](PointRow& r) { r.network_hash = "x"; });
  refused([](PointRow& r) { r.status = "error"; });
  refused([](PointRow& r) { r.design = "name: nonsense\n"; });
}
