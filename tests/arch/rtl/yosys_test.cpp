// What Yosys infers from the engines (synth_xilinx for UltraScale+) against what arch/cost predicts: DSPs
// exactly; LUTs and flip-flops are printed with their ratio.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "arch/cost/cost.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;

namespace {

struct Parameters {
  bool rmac;
  int lanes, inputs, copies, post_lanes, pack;
};

struct Netlist {
  int64_t dsp = 0, lut = 0, ff = 0;
};

/// DSPs are inferred in Yosys' first steps; the others take most of the time.
enum class Until { kDsps, kEnd };

/// LUTs that a cell takes of a CLB (UG974: a RAM32M16 and a RAM64M8 are the eight LUTs of a slice), -1 for a
/// cell that is not known here.
int luts_of(const std::string& cell) {
  static const std::map<std::string, int> kCells{
      {"LUT1", 1},   {"LUT2", 1},    {"LUT3", 1},     {"LUT4", 1},     {"LUT5", 1},     {"LUT6", 1},
      {"SRL16E", 1}, {"SRLC32E", 1}, {"RAM32X1D", 2}, {"RAM64X1D", 2}, {"RAM32X1S", 1}, {"RAM64X1S", 1},
      {"RAM32M", 4}, {"RAM64M", 4},  {"RAM32M16", 8}, {"RAM64M8", 8},  {"CARRY4", 0},   {"CARRY8", 0},
      {"MUXF7", 0},  {"MUXF8", 0},   {"MUXF9", 0},    {"FDRE", 0},     {"FDSE", 0},     {"DSP48E2", 0},
      {"BUFG", 0},   {"INV", 1}};
  const auto found = kCells.find(cell);
  return found == kCells.end() ? -1 : found->second;
}

/// Without -nowidelut Yosys 0.23 takes functions of seven to nine inputs for free and makes shifters of twice
/// the LUTs.
Netlist synthesize(const Parameters& p, Until until) {
  const TempFolder folder;
  const auto script = folder.path() / "synth.ys";
  const auto statistics = folder.path() / "stat.json";
  const std::string top = p.rmac ? "rmac_engine" : "mat_engine";
  {
    std::ofstream out(script);
    out << "read_verilog -sv " << TRIDEX_ENGINE_RTL << "\nchparam -set LANES " << p.lanes << " -set INPUTS "
        << p.inputs << " -set COPIES " << p.copies << " -set POST_LANES " << p.post_lanes << " -set PACK "
        << p.pack << " " << top << "\nsynth_xilinx -family xcup -flatten -noiopad -nowidelut -top " << top
        << (until == Until::kDsps ? " -run begin:coarse" : "") << "\ntee -q -o " << statistics.string()
        << " stat -json\n";
  }
  const std::string command = std::string(TRIDEX_YOSYS) + " -q " + script.string();
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream in(statistics);
  const auto json = nlohmann::json::parse(in);
  Netlist netlist;
  for (const auto& [cell, count] : json.at("design").at("num_cells_by_type").items()) {
    netlist.dsp += cell == "DSP48E2" ? count.get<int64_t>() : 0;
    if (until == Until::kEnd) {
      INFO("cell " << cell);
      REQUIRE(luts_of(cell) >= 0);
      netlist.lut += luts_of(cell) * count.get<int64_t>();
      netlist.ff += cell == "FDRE" || cell == "FDSE" ? count.get<int64_t>() : 0;
    }
  }
  return netlist;
}

/// A second engine of the kind costs what one costs.
Netlist predict(const Parameters& p) {
  arch::DesignPoint design = arch::read_design(
      arch::find_config(p.rmac ? "rmac_only_zcu102" : "mat_only_zcu102", "designs"),
      {"engines.0.lanes=" + std::to_string(p.lanes), "engines.0.inputs=" + std::to_string(p.inputs),
       "engines.0.post_lanes=" + std::to_string(p.post_lanes), "copies=" + std::to_string(p.copies),
       std::string("packing=") + (p.pack != 0 ? "shared_operand" : "none")});
  REQUIRE(design.engines.size() == 1);
  const arch::Cost one = arch::estimate_cost(design);
  design.engines.push_back(design.engines[0]);
  design.engines[1].name = "second";
  const arch::Cost two = arch::estimate_cost(design);
  Netlist items;
  for (const auto& [name, count] : two.dsp_items) {
    items.dsp += name.starts_with("second ") ? count : 0;
  }
  CHECK(items.dsp == two.dsp - one.dsp);
  return {items.dsp, two.lut - one.lut, two.ff - one.ff};
}

std::string name(const Parameters& p) {
  return (p.rmac ? "R-MAC " : "MAT ") + std::to_string(p.lanes) + " x " + std::to_string(p.inputs) + " x " +
         std::to_string(p.copies) + ", post-processing " + std::to_string(p.post_lanes) +
         (p.pack != 0 ? ", packed" : ", not packed");
}

void compare_dsps(const std::vector<Parameters>& sets) {
  for (const Parameters& p : sets) {
    const int64_t predicted = predict(p).dsp;
    const int64_t inferred = synthesize(p, Until::kDsps).dsp;
    std::printf("%-48s DSPs predicted %4lld, inferred %4lld\n", name(p).c_str(),
                static_cast<long long>(predicted), static_cast<long long>(inferred));
    std::fflush(stdout);
    INFO(name(p));
    CHECK(inferred == predicted);
  }
}

}  // namespace

TEST_CASE("quick: DSPs of small engines are those predicted") {
  compare_dsps({{false, 2, 2, 1, 1, 1}, {true, 2, 2, 1, 1, 1}});
}

TEST_CASE("MAT: DSPs are those predicted") {
  compare_dsps({{false, 2, 4, 1, 2, 1},
                {false, 4, 4, 1, 2, 1},
                {false, 4, 4, 2, 1, 1},
                {false, 4, 4, 1, 4, 0},
                {false, 6, 3, 1, 3, 1},
                {false, 4, 10, 1, 2, 0},
                {false, 8, 4, 2, 2, 1},
                {false, 8, 8, 1, 4, 1}});
}

TEST_CASE("R-MAC: DSPs are those predicted") {
  compare_dsps({{true, 2, 4, 1, 2, 1},
                {true, 4, 4, 1, 2, 1},
                {true, 4, 4, 2, 1, 1},
                {true, 4, 4, 1, 4, 0},
                {true, 6, 3, 1, 3, 1},
                {true, 4, 10, 1, 2, 0},
                {true, 8, 4, 2, 2, 1},
                {true, 8, 8, 1, 8, 1}});
}

TEST_CASE("fabric: LUTs and flip-flops beside their estimate") {
  for (const Parameters& p :
       {Parameters{false, 2, 4, 1, 2, 1}, {true, 2, 4, 1, 2, 1}, {false, 8, 8, 1, 4, 1}}) {
    const Netlist predicted = predict(p);
    const Netlist inferred = synthesize(p, Until::kEnd);
    const auto row = [&](const char* what, int64_t estimate, int64_t made) {
      std::printf("%-48s %s estimated %6lld, made %6lld: %.2f times\n", name(p).c_str(), what,
                  static_cast<long long>(estimate), static_cast<long long>(made),
                  static_cast<double>(made) / static_cast<double>(estimate));
    };
    row("LUT", predicted.lut, inferred.lut);
    row("FF ", predicted.ff, inferred.ff);
    std::fflush(stdout);
    INFO(name(p));
    CHECK(inferred.dsp == predicted.dsp);  // the whole way gives no other number
  }
}
