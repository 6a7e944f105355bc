#include "arch/mapping/residency.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "arch/mapping/plan.h"
#include "arch/mapping/ring.h"
#include "trio_vit.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

int count(const Residency& residency) {
  int kept = 0;
  for (const auto& place : residency.places) {
    kept += place ? 1 : 0;
  }
  return kept;
}

}  // namespace

TEST_CASE("residency: places that live at the same time do not meet, and leave tiles the limit") {
  for (const char* name : {"efficientvit_b1_r224", "mobilenet_v2_r224", "efficientvit_seg_b0_r256x256"}) {
    const quant::IntegerGraph graph = shapes(name);
    for (const auto& [kib, keep_in] :
         {std::pair(64, "room"), {256, "room"}, {1024, "room"}, {256, "ports"}, {1024, "ports"}}) {
      INFO(name << ", " << kib << " KiB, kept by the " << keep_in);
      const std::string size = std::to_string(kib);
      const DesignPoint machine =
          trio_vit({"buffers.input.kib=" + size, "buffers.output.kib=" + size, "buffers.weight.kib=1024",
                    std::string("mapping.keep_in=") + keep_in});
      const ProgramPlan plan = plan_program(machine, graph, machine.mapping);
      for (const auto& one : plan.residency.places) {
        if (!one) {
          continue;
        }
        CHECK(one->address % Ring::kAlignment == 0);
        CHECK(one->address + one->bytes <= kib * 1024);
        CHECK(one->first < one->last);
        for (size_t s = one->first; s <= one->last; ++s) {
          CHECK(plan.residency.limits.at(one->buffer)[s] <= one->address);
        }
        for (const auto& other : plan.residency.places) {
          if (other && &*other != &*one && other->buffer == one->buffer && other->first <= one->last &&
              one->first <= other->last) {
            CHECK((other->address + other->bytes <= one->address ||
                   one->address + one->bytes <= other->address));
          }
        }
      }
    }
  }
}

TEST_CASE("residency: by the ports, the buffer with narrow ones holds less") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r224");
  const auto kept = [&](const std::string& keep_in, const std::string& banks) {
    const DesignPoint machine = trio_vit({"buffers.input.kib=1024", "buffers.output.kib=2048",
                                          "buffers.output.banks=" + banks, "mapping.keep_in=" + keep_in});
    int64_t bytes = 0;
    for (const auto& place : plan_program(machine, graph, machine.mapping).residency.places) {
      bytes += place && place->buffer == kOutputBuffer ? place->bytes : 0;
    }
    return bytes;
  };
  CHECK(kept("room", "4") == kept("room", "16"));
  CHECK(kept("ports", "4") < kept("ports", "16"));
  CHECK(kept("ports", "16") < kept("room", "16"));
}

TEST_CASE("residency: in large buffers everything stays but the network's input and output") {
  const quant::IntegerGraph graph = shapes("efficientvit_b1_r224");
  const DesignPoint large = trio_vit({"buffers.input.kib=4096", "buffers.output.kib=4096"});
  const ProgramPlan plan = plan_program(large, graph, large.mapping);
  for (size_t s = 0; s < plan.stages.size(); ++s) {
    const auto root = static_cast<size_t>(plan.aliases[static_cast<size_t>(plan.stages[s].node)].root);
    INFO(graph.node(plan.stages[s].node).name);
    CHECK(plan.residency.places[root].has_value() == (static_cast<int>(root) != graph.output));
  }
  CHECK_FALSE(plan.residency.places[static_cast<size_t>(graph.input)].has_value());
  // Larger buffers keep no less.
  int64_t before = 0;
  for (const int kib : {64, 128, 256, 512, 1024, 2048}) {
    const std::string size = std::to_string(kib);
    const DesignPoint machine = trio_vit({"buffers.input.kib=" + size, "buffers.output.kib=" + size});
    const Residency residency = plan_program(machine, graph, machine.mapping).residency;
    INFO(kib << " KiB: " << count(residency) << " tensors");
    CHECK(residency.saved_bytes >= before);
    before = residency.saved_bytes;
  }
}

TEST_CASE(
    "residency: a tensor stays in exactly its bytes and its stages' tiles, in 64 bytes less it does not") {
  // A chain of two convolutions: what is between them is 8 rows of 8 x 64 bytes.
  models::GraphBuilder builder("two");
  int x = builder.input({64, 8, 8});
  models::ConvAttributes one_by_one;
  one_by_one.kernel_h = one_by_one.kernel_w = 1;
  for (const char* name : {"first", "second"}) {
    x = builder.conv(name, x, 64, one_by_one);
  }
  const quant::IntegerGraph graph = quant::shape_only(builder.finish(x), {});
  DesignPoint machine = trio_vit();
  const int64_t row = 8 * 64;
  const int64_t tensor = 8 * row;
  const auto kept = [&](int64_t output) {
    machine.input_buffer.bytes = 4 * (row + 64);  // no room there
    machine.output_buffer.bytes = output;
    return count(plan_program(machine, graph, machine.mapping).residency);
  };
  // Beside it, the second stage's tiles of the output: two of a quarter, or what a quarter of the buffer
  // holds.
  int64_t least = 0;
  for (int64_t output = tensor; least == 0; output += 64) {
    const int64_t out = row * graph.node(graph.output).out.bytes();
    const int64_t tiles = std::max(2 * (out + 64), std::min(2 * (2 * out + 64), output / 4));
    if (output - tensor >= tiles) {
      least = output;
    }
  }
  CHECK(kept(least) == 1);
  CHECK(kept(least - 64) == 0);
}
