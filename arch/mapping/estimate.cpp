#include "arch/mapping/estimate.h"

#include <algorithm>

#include "arch/mapping/engine_timing.h"

namespace tridex::arch {

Estimate::Estimate(const DesignPoint& design) : design_(design), ports_(design) {
  const double port_mhz = design.ports.clock_mhz > 0 ? design.ports.clock_mhz : design.clock_mhz;
  port_bytes_ = static_cast<double>(int64_t{design.ports.count} * design.ports.width_bits) / 8 * port_mhz /
                design.clock_mhz;
  const DramTiming& dram = design.dram;
  const double usable = dram.refresh ? 1 - static_cast<double>(dram.trfc) / dram.trefi : 1;
  memory_bytes_ = dram.peak_bandwidth() / (design.clock_mhz * 1e6) * usable;
  const auto buffers = design.buffers();
  std::transform(buffers.begin(), buffers.end(), buffer_bytes_.begin(),
                 [](const Buffer* buffer) { return static_cast<double>(buffer->bytes_per_cycle()); });
}

double Estimate::engines_free() const {
  return *std::max_element(free_.begin() + kVectorUnitId, free_.end());
}

double Estimate::transfer_end(bool store, double ready, const Transfer& transfer) {
  const int64_t bytes = transfer.bytes();
  moved_ += bytes;
  if (design_.dram.ideal || bytes == 0) {
    return ready;
  }
  const size_t way = store ? 1 : 0;
  const double rate =
      std::min({port_bytes_, memory_bytes_, buffer_bytes_[static_cast<size_t>(transfer.buffer)]});
  const double start = std::max(ready, free_[store ? kStoreUnit : kLoadUnit]);
  double end = start + static_cast<double>(bytes) / rate;
  // While the other direction moves too, both have what the memory gives.
  const double together =
      std::min(end, free_[store ? kLoadUnit : kStoreUnit]) - std::max(start, begin_[1 - way]);
  if (together > 0) {
    end += together * std::max(0.0, 2 * rate / memory_bytes_ - 1);
  }
  if (start > free_[store ? kStoreUnit : kLoadUnit]) {
    begin_[way] = start;
  }
  return end;
}

double Estimate::command_end(Unit unit, double ready, const Command& command) {
  const PortTraffic traffic = port_traffic(command);
  const bool vector = unit == kVectorUnitId;
  const Engine* engine = vector ? nullptr : &design_.engines[static_cast<size_t>(unit - kEngine0)];
  const int64_t cycles = vector ? vector_unit_cycles(design_, command, traffic)
                                : engine_cycles(design_, *engine, command, traffic);
  const int fill = vector ? design_.vector.pipeline_depth : engine->pipeline_depth;
  // The queue hides the controller's cycles, unless the unit was waiting.
  const double start = std::max(free_[unit], ready + design_.command_cycles);
  return ports_.add(unit, start, start + static_cast<double>(cycles - fill), traffic) + fill;
}

void Estimate::add(const Program& program, uint32_t id) {
  const Instruction& instruction = program.instructions[id];
  double ready = 0;
  for (uint32_t w = 0; w < instruction.wait_count; ++w) {
    ready = std::max(ready, ends_[program.waits[instruction.wait_begin + w]]);
  }
  double end = 0;
  const Unit unit = instruction.unit;
  if (unit == kLoadUnit || unit == kStoreUnit) {
    const Transfer& transfer = program.transfer(instruction);
    end = transfer_end(unit == kStoreUnit, ready, transfer);
    ports_.add_transfer(unit, std::max(ready, free_[unit]), end, transfer.buffer, transfer.bytes());
    free_[unit] = end;
    end += design_.dram.ideal ? 0 : design_.ports.latency_cycles;
  } else {
    end = free_[unit] = command_end(unit, ready, program.command(instruction));
  }
  ends_.resize(std::max<size_t>(ends_.size(), id + 1));
  ends_[id] = end;
  const auto frame = static_cast<size_t>(instruction.frame);
  frames_.resize(std::max(frames_.size(), frame + 1));
  frames_[frame] = std::max(frames_[frame], end);
}

Estimate estimate(const DesignPoint& design, const Program& program) {
  Estimate result(design);
  for (uint32_t id = 0; id < program.instructions.size(); ++id) {
    result.add(program, id);
  }
  return result;
}

}  // namespace tridex::arch
