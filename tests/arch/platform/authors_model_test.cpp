#include "authors_model.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <stdexcept>

#include "models/builder.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr double kCopies = 16;         // by which the authors divide
constexpr double kMultipliers = 2048;  // (8 x 8 + 8 x 8) x 16
constexpr double kClock = 200e6;

models::Graph network(const std::string& size, int resolution) {
  return models::build_network(fmt::format("efficientvit_{}_r{}", size, resolution));
}

/// Multiply-accumulates of the network's nodes that `counts` accepts.
template <typename Counts>
int64_t macs_of(const models::Graph& graph, Counts&& counts) {
  int64_t sum = 0;
  for (const models::Node& node : graph.nodes) {
    sum += counts(node) ? node.macs(graph.nodes) : 0;
  }
  return sum;
}

bool is_grouped_pointwise(const models::Node& node) {
  return node.role == models::Role::kAggregatePointwise;
}
bool is_head(const models::Node& node) {
  return node.role == models::Role::kHead;
}
bool is_row_sum(const models::Node& node) {
  return node.op == models::Op::kTokenSum;
}

}  // namespace

TEST_CASE("authors' model: the figures of latency_v2.py, to the last digit") {
  // [HIST] latency_v2.py at 224, as run for spec trio-vit 3.2: model outputs, none of them published.
  struct Row {
    const char* size;
    double mega_macs;
    int64_t cycles;
    double utilization, fps, gops;
  };
  for (const Row& row :
       {Row{"b0", 89.3, 51469, 0.847, 3886, 693.7}, Row{"b1", 489.4, 250343, 0.954, 798.9, 781.9},
        Row{"b2", 1506.8, 762009, 0.966, 262.5, 791.0}}) {
    INFO(row.size);
    const auto layers = authors_model(network(row.size, 224), {});
    const double cycles = static_cast<double>(total_cycles(layers)) / kCopies;
    const auto macs = static_cast<double>(total_macs(layers));
    CHECK(std::llround(cycles) == row.cycles);
    CHECK(fmt::format("{:.1f}", macs / 1e6) == fmt::format("{:.1f}", row.mega_macs));
    CHECK(fmt::format("{:.3f}", macs / cycles / kMultipliers) == fmt::format("{:.3f}", row.utilization));
    const double fps = kClock / cycles;
    CHECK(std::abs(fps - row.fps) < (row.fps > 1000 ? 0.5 : 0.05));
    CHECK(fmt::format("{:.1f}", 2e-9 * macs * fps) == fmt::format("{:.1f}", row.gops));
  }
}

TEST_CASE("authors' model: where the cycles of B1 at 224 go") {
  // [HIST] latency_v2.py, spec trio-vit 3.2: per cent of the cycles.
  const std::map<std::string, std::string> expected = {
      {"stem", "2.8"}, {"DSConv", "1.0"}, {"MBConv", "68.5"}, {"MSA", "27.7"}};
  const std::map<std::string, std::string> part_of = {
      {"stem", "stem"}, {"DS DW+PW", "DSConv"}, {"PW1", "MBConv"},    {"DW+PW2", "MBConv"},
      {"qkv", "MSA"},   {"aggregation", "MSA"}, {"attention", "MSA"}, {"proj", "MSA"}};
  const auto layers = authors_model(network("b1", 224), {});
  std::map<std::string, int64_t> cycles;
  for (const AuthorsLayer& layer : layers) {
    cycles[part_of.at(layer.kind)] += layer.cycles;
  }
  for (const auto& [part, percent] : expected) {
    INFO(part);
    const double share =
        100.0 * static_cast<double>(cycles[part]) / static_cast<double>(total_cycles(layers));
    CHECK(fmt::format("{:.1f}", share) == percent);
  }
}

TEST_CASE("authors' model: every multiply-accumulate that it and the network do not share has a name") {
  for (const char* size : {"b0", "b1", "b2", "b3"}) {
    for (const int resolution : {224, 256, 288}) {
      const models::Graph graph = network(size, resolution);
      const int64_t grouped = macs_of(graph, is_grouped_pointwise);
      const int64_t row_sums = macs_of(graph, is_row_sum);
      const int64_t divisors = row_sums;  // a product of Q with one column, as a sum over tokens is of K
      const int64_t head = macs_of(graph, is_head);
      const int64_t published = total_macs(authors_model(graph, {}));
      INFO(graph.name);
      CHECK(graph.macs() == published + grouped + row_sums + divisors + head);
      CHECK(graph.macs() == total_macs(authors_model(graph, Corrections::machine())));
      fmt::print(
          "{}: {} MACs, {} in the authors' model; not there: grouped 1x1 {}, row sums {}, divisors {}, head "
          "{}\n",
          graph.name, graph.macs(), published, grouped, row_sums, divisors, head);
    }
  }
}

TEST_CASE("authors' model: what each correction costs") {
  const auto cost = [](const models::Graph& graph, const Corrections& one) {
    return total_cycles(authors_model(graph, one)) - total_cycles(authors_model(graph, {}));
  };
  const auto only = [](bool Corrections::*member) {
    Corrections one;
    one.*member = true;
    return one;
  };
  for (const char* size : {"b0", "b1", "b2", "b3"}) {
    const models::Graph graph = network(size, 224);
    INFO(size);
    // Three times the outputs hide behind the depthwise convolution with heads of 16 channels, not of 32.
    CHECK((cost(graph, only(&Corrections::grouped_pointwise_width)) > 0) == (size[1] >= '2'));
    // Widths are multiples of 16 wherever there is attention, so that both shapes take the same cycles.
    CHECK(cost(graph, only(&Corrections::projection_shape)) == 0);
    CHECK(cost(graph, only(&Corrections::row_sums)) == 0);
    CHECK(cost(graph, only(&Corrections::residuals)) == 0);
    CHECK(cost(graph, only(&Corrections::head)) > 0);
    CHECK(cost(graph, only(&Corrections::pixels_across_rows)) < 0);
    // A column more, and a product with one column: half of all heads on an engine, C channels of them a
    // branch.
    int64_t ones = 0;
    int64_t divisors = 0;
    for (const models::Node& node : graph.nodes) {
      if (node.op == models::Op::kDivide) {
        const int64_t d = node.shape.c / node.heads;
        ones += node.heads / 2 * (d / 8) * ((node.shape.pixels() + 7) / 8);
        divisors += node.heads / 2 * (d / 8) * node.shape.pixels();
      }
    }
    CHECK(cost(graph, only(&Corrections::ones_column)) == ones);
    CHECK(cost(graph, only(&Corrections::divisors)) == divisors);
    int64_t residuals = 0;
    int64_t additions = 0;
    for (const models::Node& node : graph.nodes) {
      residuals += node.op == models::Op::kAdd ? node.shape.elements() : 0;
    }
    for (const AuthorsLayer& layer : authors_model(graph, only(&Corrections::residuals))) {
      additions += layer.additions;
    }
    CHECK(additions == residuals);
  }
  Corrections both;
  both.ones_column = both.row_sums = true;
  CHECK_THROWS_AS(authors_model(network("b0", 224), both), std::invalid_argument);
}
