#include "arch/analytic/segments.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "models/builder.h"
#include "quant/quantize.h"

using namespace tridex;
using namespace tridex::arch;
using quant::IntegerGraph;

namespace {

int node(const IntegerGraph& graph, const std::string& name) {
  for (const auto& n : graph.nodes) {
    if (n.name == name) {
      return n.id;
    }
  }
  FAIL("no node " << name);
  return -1;
}

}  // namespace

TEST_CASE("segments: attentions and fully connected layers cut EfficientViT") {
  const IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b1_r224"), {});
  const Segments segments = cut_network(graph);
  // Seven attentions, two fully connected layers.
  CHECK(segments.count == 10);
  const auto of = [&](const std::string& name) {
    return segments.of[static_cast<size_t>(node(graph, name))];
  };
  CHECK(of("backbone.input_stem.op_list.0.act") == 0);
  CHECK(of("backbone.stages.1.op_list.1.add") == 0);
  // k and v need all pixels of what the q/k/v convolution reads, but not its q: it may be anywhere.
  CHECK(of("backbone.stages.2.op_list.1.context_module.main.qkv.conv") == kFloating);
  CHECK(of("backbone.stages.2.op_list.1.context_module.add") == 1);
  CHECK(of("backbone.stages.2.op_list.1.local_module.add") == 1);
  CHECK(of("head.op_list.2.linear") == 8);
  CHECK(of("head.op_list.3.linear") == 9);
}

TEST_CASE("segments: nothing of a segment reads from a later one") {
  for (const char* name : {"efficientvit_b0_r224", "efficientvit_b2_r224", "mobilenet_v2_r224",
                           "efficientvit_seg_b0_r256x256"}) {
    const IntegerGraph graph = quant::shape_only(models::build_network(name), {});
    const Segments segments = cut_network(graph);
    std::vector<int> latest(graph.nodes.size(), kFloating);  // of all that a node needs
    for (const auto& n : graph.nodes) {
      const auto id = static_cast<size_t>(n.id);
      for (const int input : n.inputs) {
        latest[id] = std::max(
            {latest[id], latest[static_cast<size_t>(input)], segments.of[static_cast<size_t>(input)]});
      }
      INFO(name << ": " << n.name);
      CHECK((segments.of[id] == kFloating || segments.of[id] >= latest[id]));
      CHECK(segments.of[id] < segments.count);
    }
  }
}
