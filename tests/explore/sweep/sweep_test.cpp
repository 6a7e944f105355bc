#include "explore/sweep/sweep.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "explore/sweep/point.h"
#include "explore/sweep/sweep_space.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

const std::string kHead =
    "design: trio_vit_zcu102\n"
    "networks:\n"
    "  - model: efficientvit_b1_r224\n"
    "    recipes: [default]\n";

struct SweepFile {
  explicit SweepFile(const std::string& text) { write_file(file(), text); }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "sweep.yaml"; }
  test::TempFolder folder;
};

/// The process works in a folder as long as this lives.
class InFolder {
 public:
  explicit InFolder(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

Sweep read(const std::string& text) {
  return read_sweep(SweepFile(text).file());
}

}  // namespace

TEST_CASE("axes are crossed, zipped keys move together, the last axis fastest") {
  const Sweep sweep = read(kHead +
                           "axes:\n  copies: [8, 16]\nzip:\n  - engines.0.lanes: [4, 8, 16]\n"
                           "    engines.0.inputs: [16, 8, 4]\n");
  CHECK(sweep.name == "sweep");
  const auto designs = expand(sweep).designs;
  REQUIRE(designs.size() == 6);
  REQUIRE(designs[1].design);
  CHECK(designs[1].design->copies == 8);
  CHECK(designs[1].design->engines[0].lanes == 8);
  CHECK(designs[5].design->copies == 16);
  CHECK(designs[5].design->engines[0].lanes == 16);
  CHECK(designs[5].design->engines[0].inputs == 4);
  CHECK(designs[5].settings.at("engines.0.inputs") == "4");
}

TEST_CASE("a nonsense value among good ones is a variant with a reason") {
  const auto designs = expand(read(kHead + "axes:\n  copies: [-3, 8, 99999999999, many]\n")).designs;
  REQUIRE(designs.size() == 4);
  for (const size_t i : {size_t{0}, size_t{2}, size_t{3}}) {
    CHECK_FALSE(designs[i].design);
    CHECK_THAT(designs[i].reason, Contains("copies"));
  }
  CHECK(designs[1].design);
}

TEST_CASE("no axes: one point") {
  CHECK(expand(read(kHead)).points.size() == 1);
}

TEST_CASE("recipes expand to networks") {
  const Sweep sweep = read(
      "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [default, w4a8]}\n  - "
      "{model: efficientvit_b0_r64, recipes: "
      "[default]}\n");
  REQUIRE(sweep.networks.size() == 3);
  CHECK(sweep.networks[1].model.name == "efficientvit_b0_r32");
  CHECK(sweep.networks[1].recipe_name == "w4a8");
  CHECK(sweep.networks[1].recipe.weight_bits == 4);
}

TEST_CASE("network files are found beside the sweep, then where the program runs") {
  const auto net = [](const std::string& name, int channels) {
    return fmt::format(
        "tridex_network: 1\nname: {}\ninput: {{shape: [3, 8, 8]}}\noutput: a\nnodes:\n"
        "  - {{name: a, op: conv, inputs: [input], channels: {}, kernel: 1}}\n",
        name, channels);
  };
  const auto networks = [](const std::string& models) {
    return "design: trio_vit_zcu102\nnetworks:\n" + models;
  };
  const test::TempFolder here;
  here.write("one.yaml", net("far", 8));
  here.write("two.yaml", net("two", 8));
  const InFolder in(here.path());
  const SweepFile file(
      networks("  - {model: one.yaml, recipes: [default]}\n"
               "  - {model: two.yaml, recipes: [default, w4a8]}\n"
               "  - {model: tiny_cnn, recipes: [default]}\n"));
  file.folder.write("one.yaml", net("near", 8));
  const Sweep sweep = read_sweep(file.file());
  REQUIRE(sweep.networks.size() == 4);
  CHECK(sweep.networks[0].model.name == "near");
  CHECK(sweep.networks[2].model.name == "two");
  CHECK(sweep.networks[3].model.name == "tiny_cnn");
  CHECK(sweep.networks[3].model.graph);

  const auto fails = [&](const std::string& models, const std::string& a, const std::string& b) {
    file.folder.write("sweep.yaml", networks(models));
    CHECK_THROWS_WITH(read_sweep(file.file()), Contains("sweep.yaml:") && Contains(a) && Contains(b));
  };
  fails("  - {model: gone.yaml, recipes: [default]}\n", "networks.0.model", "no such network file");
  file.folder.write("bad.yaml", net("bad", 0));
  fails("  - {model: bad.yaml, recipes: [default]}\n", "networks.0.model", "bad.yaml:6: nodes.0.channels");
  file.folder.write("twin.yaml", net("near", 16));
  fails("  - {model: one.yaml, recipes: [default]}\n  - {model: twin.yaml, recipes: [default]}\n",
        "networks.1.model", "another network of this sweep is called 'near'");
}

TEST_CASE("errors name the file, the line and the key") {
  const auto fails = [](const std::string& text, const std::string& a, const std::string& b) {
    CHECK_THROWS_WITH(read(text), Contains("sweep.yaml") && Contains(a) && Contains(b));
  };
  fails("desing: x\n" + kHead, "unknown key 'desing'", "did you mean 'design'?");
  fails("design: trio_vit_zcu120\nnetworks: []\n", "sweep.yaml:1: design", "trio_vit_zcu102");
  fails("design: trio_vit_zcu102\n", "networks", "missing");
  fails("design: trio_vit_zcu102\nnetworks: []\n", "networks", "at least one");
  fails(kHead + "fidelity: exact\n", "fidelity", "analytic, timed");
  fails(kHead + "frames: 0\n", "frames", "outside 1 to 1000");
  fails(kHead + "axes:\n  copies: []\n", "axes.copies", "at least one value");
  fails(kHead + "axes:\n  copies: 8\n", "sweep.yaml:6: axes.copies", "expected a list");
  fails(kHead + "axes:\n  copies: [8, 8]\n", "axes.copies", "given twice");
  fails(kHead + "axes:\n  copies: [8]\nzip:\n  - copies: [16]\n", "zip.0.copies", "already an axis");
  fails(kHead + "zip:\n  - copies: [8, 16]\n    clock_mhz: [100]\n", "clock_mhz", "one length");
  fails("design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [w9]}\n",
        "networks.0.recipes.0", "default");
  fails("design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [default], data: x}\n",
        "data", "needs weights");
  fails(
      "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [default], weights: "
      "nowhere.safetensors}\n",
      "networks.0.weights", "nowhere.safetensors");
  std::string huge = kHead + "axes:\n";
  for (const char* key :
       {"copies", "clock_mhz", "command_cycles", "vector.lanes", "ports.count", "ports.outstanding"}) {
    huge += std::string("  ") + key + ": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n";
  }
  fails(huge, "1000000 points", "axes");
}

TEST_CASE("an axis over a key that no design has is an error of the sweep") {
  const SweepFile file(kHead + "axes:\n  copys: [8, 16]\n");
  CHECK_THROWS_WITH(expand(read_sweep(file.file())),
                    Contains("sweep.yaml:6: axes.copys") && Contains("did you mean 'copies'?"));
}

TEST_CASE("every field of a memory is part of a point's hash") {
  using arch::DramTiming;
  const arch::DesignPoint design;
  const auto hash = [&](const std::function<void(DramTiming&)>& change) {
    arch::DesignPoint other = design;
    change(other.dram);
    return point_hash({}, &other, {});
  };
  std::set<std::string> hashes{hash([](DramTiming&) {})};
  const auto is_new = [&](const std::function<void(DramTiming&)>& change) {
    return hashes.insert(hash(change)).second;
  };
  int DramTiming::*const numbers[] = {&DramTiming::bus_bits,
                                      &DramTiming::burst_length,
                                      &DramTiming::beats_per_clock,
                                      &DramTiming::bank_groups,
                                      &DramTiming::banks_per_group,
                                      &DramTiming::rows,
                                      &DramTiming::row_bytes,
                                      &DramTiming::cl,
                                      &DramTiming::cwl,
                                      &DramTiming::trcd,
                                      &DramTiming::trp,
                                      &DramTiming::tras,
                                      &DramTiming::trc,
                                      &DramTiming::tccd_s,
                                      &DramTiming::tccd_l,
                                      &DramTiming::trrd_s,
                                      &DramTiming::trrd_l,
                                      &DramTiming::tfaw,
                                      &DramTiming::twr,
                                      &DramTiming::twtr_s,
                                      &DramTiming::twtr_l,
                                      &DramTiming::trtp,
                                      &DramTiming::trfc,
                                      &DramTiming::trefi,
                                      &DramTiming::channels,
                                      &DramTiming::interleave_bytes};
  for (const auto number : numbers) {
    CHECK(is_new([&](DramTiming& t) { t.*number += 1; }));
  }
  CHECK(is_new([](DramTiming& t) { t.tck_ns += 0.1; }));
  CHECK(is_new([](DramTiming& t) { t.refresh = !t.refresh; }));
  CHECK(is_new([](DramTiming& t) { t.ideal = !t.ideal; }));
  CHECK(is_new([](DramTiming& t) { std::swap(t.mapping[0], t.mapping[1]); }));
  CHECK(is_new([](DramTiming& t) {
    t.mapping.insert(t.mapping.begin(), {arch::AddressPiece::Field::kColumn, 2});
  }));
  CHECK(is_new([](DramTiming& t) { t.controller.kind = arch::DramController::Kind::kFcfs; }));
  CHECK(is_new([](DramTiming& t) { t.controller.page = arch::DramController::Page::kClosed; }));
  for (int arch::DramController::*const number :
       {&arch::DramController::read_queue, &arch::DramController::write_queue,
        &arch::DramController::write_high, &arch::DramController::write_low,
        &arch::DramController::max_wait}) {
    CHECK(is_new([&](DramTiming& t) { t.controller.*number += 1; }));
  }
}
