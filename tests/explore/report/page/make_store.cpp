// make_store FOLDER COUNT: a store of COUNT made-up points, as a sweep of two networks would leave it, and a
// search.json, for the tests of the report's page. Figures are formulas of the settings and a little noise
// (seed 1).
#include <fmt/format.h>

#include <cmath>
#include <random>

#include "base/file.h"
#include "explore/store/store.h"

namespace {

using nlohmann::json;
using tridex::explore::PointRow;

PointRow made_point(int number, std::mt19937_64& random) {
  const int copies = 1 + number % 20, lanes = 4 * (1 + number / 20 % 10), ports = 1 + number / 200 % 10;
  const int width = 64 << number / 2000 % 5;
  const bool fewer_bits = number / 10'000 % 2 == 1, failed = number % 997 == 5;
  std::uniform_real_distribution<double> noise(0.95, 1.05);
  const double peak = copies * lanes * 8.0, fed = ports * width * 1.5;
  const double fps = 1 / (1 / peak + 1 / fed) * noise(random);
  const auto cycles = static_cast<int64_t>(4e6 / fps);
  PointRow row;
  row.hash = fmt::format("{:016x}{:016x}", 0x9e3779b97f4a7c15ULL * static_cast<uint64_t>(number + 1), number);
  row.sweep = "made";
  row.model = "m";
  row.recipe = fewer_bits ? "w4a8" : "w8a8";
  row.design = fmt::format(
      "name: made\nclock_mhz: 200\ndevice: zcu102\nports:\n  count: {}\n  width_bits: {}\ncopies: "
      "{}\nengines:\n  - name: "
      "mat\n    lanes: {}\n{}",
      ports, width, copies, lanes, number % 2 == 0 ? "" : "packing: none\n");
  row.settings = {{"copies", std::to_string(copies)},
                  {"engines.0.lanes", std::to_string(lanes)},
                  {"ports.count", std::to_string(ports)},
                  {"ports.width_bits", std::to_string(width)}};
  row.network_hash = row.recipe;
  row.dataset_key = "d";
  row.fidelity = "timed";
  row.tool_version = "0";
  row.frames = 2;
  row.seed = 1;
  row.status = failed ? "error" : "ok";
  row.reason = failed ? "no tile fits" : "";
  row.host = "h";
  row.time = "2000-01-01T00:00:00Z";
  if (failed) {
    return row;
  }
  json layers = json::array();
  for (int64_t i = 0; i < 12; ++i) {
    layers.push_back({{"name", fmt::format("backbone.layer{}.conv", i)},
                      {"region", i < 6 ? "stem" : "mbconv"},
                      {"op", "conv"},
                      {"engine", "mat"},
                      {"macs", 1000 * (i + 1)},
                      {"start_cycle", cycles * i / 12},
                      {"end_cycle", cycles * (i + 1) / 12},
                      {"busy_cycles", cycles / 24},
                      {"read_bytes", 500 * i},
                      {"write_bytes", i == 11 ? 64 : 0},
                      {"stalls", {{"input", cycles / 48}, {"fill", 3}}},
                      {"stall_parts", {{"input.row_miss", cycles / 48}, {"fill", 3}}}});
  }
  const double dsp = peak / 2 + 10 * ports;
  row.result = {{"cycles", cycles},
                {"latency_ms", static_cast<double>(cycles) / 2e5},
                {"fps", fps},
                {"gops", fps / 10},
                {"utilization", fps / 10 / (peak * 0.4)},
                {"macs", 78'000},
                {"frames", 2},
                {"energy_mj", 0.1 + 2 / fps + dsp * 1e-5},
                {"power_w", fps * (0.1 + 2 / fps + dsp * 1e-5) / 1000},
                {"dram", {{"read_bytes", 66'000 / copies * 2}, {"write_bytes", 128}}},
                {"cost",
                 {{"dsp", static_cast<int64_t>(dsp)},
                  {"bram36", lanes * 4 + ports},
                  {"uram", 0},
                  {"lut", static_cast<int64_t>(peak * 20)},
                  {"ff", static_cast<int64_t>(peak * 21)},
                  {"fits", dsp < 2520}}},
                {"stalls", {{"input", cycles / 4}, {"fill", 36}}},
                {"stall_parts", {{"input.row_miss", cycles / 4}, {"fill", 36}}},
                {"layers", layers}};
  return row;
}

}  // namespace

int main(int count_of_arguments, char** arguments) {
  if (count_of_arguments != 3) {
    fmt::print(stderr, "make_store FOLDER COUNT\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  tridex::ensure_folder(folder);
  std::mt19937_64 random(1);
  tridex::explore::Store store(folder / "store.sqlite");
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    store.put(made_point(i, random));
  }
  store.put_accuracy("w8a8", "d", {"top1", 90.5, 1000, "integer"});
  store.put_accuracy("w4a8", "d", {"top1", 88.25, 1000, "integer"});
  json generations = json::array();
  for (int i = 1; i <= 20; ++i) {
    generations.push_back({{"evaluations", 40 * i}, {"hypervolume", 1 - std::exp(-0.2 * i)}});
  }
  const json search{
      {"name", "made"},
      {"algorithm", "nsga2"},
      {"seed", 1},
      {"objectives", {{{"name", "fps"}, {"direction", "max"}}, {{"name", "dsp"}, {"direction", "min"}}}},
      {"reference", {0.0, 3000.0}},
      {"generations", generations},
      {"front", json::array()}};
  tridex::write_file(folder / "search.json", search.dump());
  return 0;
}
