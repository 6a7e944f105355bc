#include "arch/platform/stalls.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "arch/mapping/engine_timing.h"

namespace tridex::arch {
namespace {

const char* cause_of(const Instruction& awaited) {
  if (awaited.unit == kLoadUnit) {
    return awaited.weights ? "weights" : "input";
  }
  return awaited.unit == kStoreUnit ? "output" : "dependency";
}

/// Appends segments of one instruction.
class Writer {
 public:
  Writer(std::vector<Segment>& out, const Instruction& instruction) : out_(out), instruction_(instruction) {}
  /// From where the one before ended to `until`, where that is later.
  void upto(int64_t until, const std::string& cause, const std::string& part = "") {
    const int64_t from = out_.empty() ? 0 : out_.back().until;
    if (until > from) {
      out_.push_back({from, until, instruction_.layer, instruction_.frame, cause,
                      part.empty() ? cause : cause + "." + part});
    }
  }
  [[nodiscard]] int64_t end() const { return out_.empty() ? 0 : out_.back().until; }

 private:
  std::vector<Segment>& out_;
  const Instruction& instruction_;
};

/// The wait for a transfer up to `until`.
void wait_for_transfer(const Platform& platform, uint32_t id, const std::string& cause, int64_t until,
                       Writer& writer) {
  const Dma::TransferTime& time = platform.dma.time(id);
  const int64_t begin = writer.end();
  const auto inside = [&](const sc_core::sc_time& t) {
    return std::clamp(platform.cycles(t), begin, std::max(begin, until));
  };
  const std::array<std::pair<const char*, int64_t>, 6> parts{{{"latency", time.latency},
                                                              {"port", time.port},
                                                              {"bandwidth", time.dram.queue + time.dram.data},
                                                              {"turnaround", time.dram.turnaround},
                                                              {"row_miss", time.dram.row_miss},
                                                              {"refresh", time.dram.refresh}}};
  double sum = 0;
  for (const auto& [part, weight] : parts) {
    sum += static_cast<double>(weight);
  }
  writer.upto(inside(platform.controller.times()[id].ready), cause, "blocked");
  if (sum > 0) {
    writer.upto(inside(time.first), cause, "queue");
    const int64_t from = writer.end();
    double passed = 0;
    for (const auto& [part, weight] : parts) {
      passed += static_cast<double>(weight);
      writer.upto(from + static_cast<int64_t>(static_cast<double>(until - from) * (passed / sum)), cause,
                  part);
    }
  }
  writer.upto(until, cause, "queue");
}

}  // namespace

std::vector<Segment> segments(const DesignPoint& design, const Program& program, const Platform& platform,
                              Unit unit, int64_t total) {
  const auto& times = platform.controller.times();
  const bool vector = unit == kVectorUnitId;
  const Engine* engine = vector ? nullptr : &design.engines[static_cast<size_t>(unit - kEngine0)];
  const int64_t depth = vector ? design.vector.pipeline_depth : engine->pipeline_depth;
  std::vector<Segment> found;
  for (size_t id = 0; id < times.size(); ++id) {
    const Instruction& instruction = program.instructions[id];
    if (instruction.unit != unit) {
      continue;
    }
    Writer writer(found, instruction);
    const int64_t start = platform.cycles(times[id].start);
    const int64_t end = platform.cycles(times[id].end);
    const int64_t ready = std::min(platform.cycles(times[id].ready), start);
    if (const uint32_t awaited = times[id].last_wait; awaited != kNoInstruction && ready > writer.end()) {
      const Instruction& other = program.instructions[awaited];
      if (other.unit == kLoadUnit || other.unit == kStoreUnit) {
        wait_for_transfer(platform, awaited, cause_of(other), ready, writer);
      } else {
        writer.upto(ready, cause_of(other));
      }
    }
    writer.upto(start, "controller");
    writer.upto(start + depth, "fill");
    const Command& command = program.command(instruction);
    const int64_t without_ports =
        vector ? vector_cycles(design.vector, command) : unhindered_cycles(design, *engine, command);
    const int64_t hindered = std::max<int64_t>(0, end - start - depth - without_ports);
    writer.upto(end - hindered, Segment::kBusy);
    writer.upto(end, "buffer_port");
  }
  Writer(found, Instruction()).upto(total, "finished");
  return found;
}

void add_stalls(const std::vector<Segment>& segments, Stalls& stalls, Stalls& parts) {
  for (const Segment& s : segments) {
    if (s.cause != Segment::kBusy) {
      stalls[s.cause] += s.until - s.from;
      parts[s.part] += s.until - s.from;
    }
  }
}

}  // namespace tridex::arch
