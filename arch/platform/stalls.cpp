#include "arch/platform/stalls.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <string>

#include "arch/mapping/engine_timing.h"

namespace tridex::arch {
namespace {

// In the order of Cause and Part.
constexpr std::array<const char*, 12> kCauseNames{
    "busy",       "fill",     "buffer_port",  "bank_conflict", "rtl",     "dependency",
    "controller", "finished", "other_layers", "input",         "weights", "output"};
constexpr std::array<const char*, 8> kPartNames{"blocked",   "queue",      "latency",  "port",
                                                "bandwidth", "turnaround", "row_miss", "refresh"};

Cause cause_of(const Instruction& awaited) {
  if (awaited.unit == kLoadUnit) {
    return awaited.weights ? Cause::kWeights : Cause::kInput;
  }
  return awaited.unit == kStoreUnit ? Cause::kOutput : Cause::kDependency;
}

/// Appends segments of one instruction.
class Writer {
 public:
  Writer(std::vector<Segment>& out, const Instruction& instruction) : out_(out), instruction_(instruction) {}
  /// From where the one before ended to `until`, where that is later.
  void upto(int64_t until, Cause cause, Part part = Part::kBlocked) {
    const int64_t from = end();
    if (until > from) {
      out_.push_back({from, until, instruction_.layer, instruction_.frame, cause, part});
    }
  }
  [[nodiscard]] int64_t end() const { return out_.empty() ? 0 : out_.back().until; }

 private:
  std::vector<Segment>& out_;
  const Instruction& instruction_;
};

/// The wait for a transfer up to `until`.
void wait_for_transfer(const Platform& platform, uint32_t id, Cause cause, int64_t until, Writer& writer) {
  const Dma::TransferTime& time = platform.dma.time(id);
  const int64_t begin = writer.end();
  const auto inside = [&](const sc_core::sc_time& t) {
    return std::clamp(platform.cycles(t), begin, std::max(begin, until));
  };
  const std::array<std::pair<Part, int64_t>, 6> parts{{{Part::kLatency, time.latency},
                                                       {Part::kPort, time.port},
                                                       {Part::kBandwidth, time.dram.queue + time.dram.data},
                                                       {Part::kTurnaround, time.dram.turnaround},
                                                       {Part::kRowMiss, time.dram.row_miss},
                                                       {Part::kRefresh, time.dram.refresh}}};
  double sum = 0;
  for (const auto& [part, weight] : parts) {
    sum += static_cast<double>(weight);
  }
  writer.upto(inside(platform.controller.times()[id].ready), cause, Part::kBlocked);
  if (sum > 0) {
    writer.upto(inside(time.first), cause, Part::kQueue);
    const int64_t from = writer.end();
    double passed = 0;
    for (const auto& [part, weight] : parts) {
      passed += static_cast<double>(weight);
      writer.upto(from + static_cast<int64_t>(static_cast<double>(until - from) * (passed / sum)), cause,
                  part);
    }
  }
  writer.upto(until, cause, Part::kQueue);
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
    writer.upto(start, Cause::kController);
    const Command& command = program.command(instruction);
    const int64_t without_ports =
        vector ? vector_cycles(design.vector, command) : unhindered_cycles(design, *engine, command);
    const int64_t alone = depth + std::max(without_ports, port_cycles(design, port_traffic(command)));
    const CommandUnit& module = vector ? static_cast<const CommandUnit&>(platform.vector_unit)
                                       : *platform.engines[static_cast<size_t>(unit - kEngine0)];
    const bool modelled = module.keeps_formula(static_cast<int32_t>(id));
    if (modelled && end - start != alone + module.bank_conflict(static_cast<int32_t>(id))) {
      throw std::logic_error("the cycles of command " + std::to_string(id) + " do not add up");
    }
    writer.upto(std::min(end, start + depth), Cause::kFill);
    writer.upto(std::min(end, start + depth + without_ports), Cause::kBusy);
    writer.upto(std::min(end, start + alone), Cause::kBufferPort);
    writer.upto(end, modelled ? Cause::kBankConflict : Cause::kRtl);
  }
  Writer(found, Instruction()).upto(total, Cause::kFinished);
  return found;
}

int64_t CycleCounts::sum() const {
  return std::accumulate(cycles_.begin(), cycles_.end(), int64_t{0});
}

void CycleCounts::add_to(Stalls& stalls, Stalls& parts) const {
  for (size_t c = 1; c < kCauseNames.size(); ++c) {  // all but busy
    const std::string cause = kCauseNames.at(c);
    for (size_t p = 0; p < (c < kWhole ? 1 : kParts); ++p) {
      const int64_t cycles = cycles_.at(slot(static_cast<Cause>(c), static_cast<Part>(p)));
      if (cycles != 0) {
        stalls[cause] += cycles;
        parts[c < kWhole ? cause : cause + "." + kPartNames.at(p)] += cycles;
      }
    }
  }
}

}  // namespace tridex::arch
