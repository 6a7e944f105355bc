#include "arch/mapping/build.h"

#include "arch/mapping/program_builder.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

void declare(ProgramBuilder& b, size_t stage) {
  switch (b.stages[stage].kind) {
    case Stage::Kind::kConv:
      return declare_conv(b, stage);
    case Stage::Kind::kFusedPair:
      return declare_pair(b, stage);
    case Stage::Kind::kAttention:
      return declare_attention(b, stage);
    case Stage::Kind::kVector:
      return declare_vector(b, stage);
  }
}

void emit(ProgramBuilder& b, const Item& item) {
  const size_t stage = item.stage;
  switch (b.stages[stage].kind) {
    case Stage::Kind::kConv:
      return emit_conv(b, stage, b.blocks(item));
    case Stage::Kind::kFusedPair:
      return emit_pair(b, stage);
    case Stage::Kind::kAttention:
      return emit_attention(b, stage);
    case Stage::Kind::kVector:
      return emit_vector(b, stage);
  }
}

}  // namespace

Program build_program(const DesignPoint& design, const quant::IntegerGraph& graph,
                      const MappingOptions& options, int frames, std::vector<int> weights_outside) {
  ProgramBuilder builder(design, graph, options);
  builder.weights_outside = std::move(weights_outside);
  for (size_t stage = 0; stage < builder.stages.size(); ++stage) {
    declare(builder, stage);
  }
  if (builder.dram_bytes() > static_cast<uint64_t>(design.dram.capacity_bytes())) {
    fail("{}: needs {} bytes of DRAM for weights and tensors; memory '{}' of design '{}' has {}", graph.model,
         builder.dram_bytes(), design.dram.name, design.name, design.dram.capacity_bytes());
  }
  for (const Item& item : builder.begin(frames)) {
    builder.begin_item(item);
    emit(builder, item);
    builder.end_item(item);
  }
  return builder.finish();
}

}  // namespace tridex::arch
