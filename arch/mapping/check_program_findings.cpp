#include "arch/mapping/check_program_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/mapping/check_program_layout.h"

namespace tridex::arch {

const char* illegal_kind_name(IllegalKind kind) {
  switch (kind) {
    case IllegalKind::kWait:
      return "wait";
    case IllegalKind::kUnit:
      return "unit";
    case IllegalKind::kRange:
      return "range";
    case IllegalKind::kField:
      return "field";
    case IllegalKind::kUnwritten:
      return "unwritten";
    case IllegalKind::kContent:
      return "content";
    case IllegalKind::kUnordered:
      return "unordered";
    case IllegalKind::kOverwrite:
      return "overwrite";
    case IllegalKind::kPlace:
      return "place";
    case IllegalKind::kTwice:
      return "twice";
    case IllegalKind::kMissing:
      return "missing";
  }
  throw std::logic_error("illegal_kind_name: not an IllegalKind");
}

namespace checking {
namespace {

const char* memory_name(int memory) {
  return memory == kInputBuffer    ? "input buffer"
         : memory == kWeightBuffer ? "weight buffer"
         : memory == kOutputBuffer ? "output buffer"
                                   : "DRAM";
}

}  // namespace

void Findings::add(IllegalKind kind, uint32_t instruction, const std::string& what, int memory, int64_t begin,
                   int64_t end) {
  const auto same = [&](const Illegal& other) {
    return other.kind == kind && other.instruction == instruction && other.memory == memory;
  };
  // An instruction's findings follow one another: only the last ones can be of the same.
  const auto known = std::find_if(found_.rbegin(), found_.rend(), [&](const Illegal& other) {
    return other.instruction != instruction || same(other);
  });
  if (full() || (known != found_.rend() && same(*known))) {
    return;
  }
  const Instruction& i = program_.instructions[instruction];
  std::string text = describe(instruction);
  if (memory != kNoMemory) {
    text += fmt::format(", {} [{}, {})", memory_name(memory), begin, end);
  }
  found_.push_back({kind, instruction, i.layer, i.tile, i.frame, memory, begin, end, text + ": " + what});
}

void Findings::add_of_node(IllegalKind kind, int node, int frame, const std::string& what) {
  if (!full()) {
    const std::string when = frame < 0 ? "" : fmt::format(" in frame {}", frame);
    found_.push_back(
        {kind, kNoInstruction, node, -1, frame, kNoMemory, 0, 0, node_name(node) + when + ": " + what});
  }
}

std::string Findings::node_name(int node) const {
  return node < 0 || node >= static_cast<int>(graph_.nodes.size()) ? "program"
                                                                   : "'" + graph_.node(node).name + "'";
}

std::string Findings::describe(const Content& content, int64_t bytes) const {
  const std::string frame = content.frame < 0 ? "" : fmt::format(" of frame {}", content.frame);
  switch (content.kind) {
    case Content::Kind::kNothing:
      return "nothing";
    case Content::Kind::kTensor: {
      const TensorBytes own(graph_.node(content.node));
      const int64_t last = content.at + std::max<int64_t>(bytes, 1) - 1;
      const auto channel = [&](int64_t at) {
        return at % own.row_bytes / own.block_bytes * kLanes + at / own.code % kLanes;
      };
      return fmt::format("row {}, channel {} to row {}, channel {} of {}{}", content.at / own.row_bytes,
                         channel(content.at), last / own.row_bytes, channel(last), node_name(content.node),
                         frame);
    }
    case Content::Kind::kConstants:
      return fmt::format("constants of {} from byte {} on", node_name(content.node), content.at);
    case Content::Kind::kKv:
      return fmt::format("k^T v of {}{} from byte {} on", node_name(content.node), frame, content.at);
    case Content::Kind::kKsum:
      return fmt::format("sums of k of {}{} from byte {} on", node_name(content.node), frame, content.at);
    case Content::Kind::kSums:
      return fmt::format("running sums over {} rows of {}{} from byte {} on", content.step,
                         node_name(content.node), frame, content.at);
  }
  throw std::logic_error("describe: not a kind of content");
}

std::string Findings::describe(uint32_t instruction) const {
  const Instruction& i = program_.instructions[instruction];
  constexpr const char* kUnits[] = {"load", "store", "vector unit"};
  const std::string unit =
      i.unit < kEngine0 ? kUnits[i.unit] : fmt::format("engine {}", static_cast<int>(i.unit) - kEngine0);
  return fmt::format("instruction {} ({} of {}, tile {}, frame {})", instruction, unit, node_name(i.layer),
                     i.tile, i.frame);
}

}  // namespace checking
}  // namespace tridex::arch
