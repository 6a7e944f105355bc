#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "arch/buffer/buffer.h"
#include "arch/controller/controller.h"
#include "arch/controller/dma.h"
#include "arch/dram/dram.h"
#include "arch/mapping/program.h"
#include "arch/monitor/protocol_monitor.h"
#include "arch/pe/engine_module.h"
#include "arch/vector/vector_module.h"

namespace tridex::arch {

/// The machine of one design point with one program: all modules and their binding.
class Platform : public sc_core::sc_module {
 public:
  /// Makes an engine, a child of the module that calls; none where the TLM model is to be made.
  using MakeEngine = std::function<std::unique_ptr<EngineModule>(const Engine& engine)>;
  /// `monitor`: a protocol monitor goes between the sockets of every binding.
  Platform(const sc_core::sc_module_name& name, const DesignPoint& design, const Program& program,
           bool functional, bool monitor = false, const MakeEngine& make_engine = {});

  Dram dram;
  BufferModule input_buffer, weight_buffer, output_buffer;
  std::vector<std::unique_ptr<EngineModule>> engines;
  VectorModule vector_unit;
  Dma dma;
  Controller controller;

  /// Whole cycles of a time on the accelerator's clock.
  [[nodiscard]] int64_t cycles(const sc_core::sc_time& time) const {
    return static_cast<int64_t>((time.value() + cycle_.value() / 2) / cycle_.value());
  }
  /// Called when all sockets are bound and before the first event: fill the DRAM here.
  std::function<void()> prepare;
  /// Debug access, without time, from then on: from a buffer (BufferId) or the DRAM.
  void read_buffer(int32_t buffer, int64_t address, std::span<uint8_t> bytes);
  void read_dram(uint64_t address, std::span<uint8_t> bytes);
  void write_dram(uint64_t address, std::span<const uint8_t> bytes);
  /// After the simulation: what the monitors found, a line each. Transactions that are still open count.
  std::vector<std::string> violations();

 private:
  template <typename Initiator, typename Target>
  void join(Initiator& initiator, Target& target);
  void start_of_simulation() override;
  sc_core::sc_time cycle_;
  tlm_utils::simple_initiator_socket<Platform> probe_dram_;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Platform>> probe_buffers_;
  bool monitor_;
  std::vector<std::unique_ptr<ProtocolMonitor<>>> monitors_;
};

}  // namespace tridex::arch
