#include "arch/platform/platform.h"

#include <string>

#include "base/error.h"

namespace tridex::arch {
namespace {

/// The accelerator's clock, on the kernel's resolution of one picosecond.
sc_core::sc_time period(const DesignPoint& design) {
  return {design.cycle_ns(), sc_core::SC_NS};
}

template <typename Socket>
void debug_access(Socket& socket, tlm::tlm_command command, uint64_t address, unsigned char* data,
                  size_t bytes) {
  constexpr size_t kChunk = 4096;  // the DRAM takes no longer run
  for (size_t done = 0; done < bytes;) {
    const auto length = static_cast<unsigned>(std::min(kChunk, bytes - done));
    tlm::tlm_generic_payload trans;
    trans.set_command(command);
    trans.set_address(address + done);
    trans.set_data_ptr(data + done);
    trans.set_data_length(length);
    trans.set_streaming_width(length);
    if (socket->transport_dbg(trans) != length) {
      throw std::logic_error("debug access outside of a memory");
    }
    done += length;
  }
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, const DesignPoint& design, const Program& program,
                   bool functional, bool monitor, const MakeEngine& make_engine)
    : sc_module(name),
      dram("dram", design.dram, functional ? static_cast<size_t>(program.dram_bytes) : 0,
           static_cast<unsigned>(2 * design.ports.count * design.ports.outstanding)),
      input_buffer("input_buffer", design.input_buffer, period(design), functional),
      weight_buffer("weight_buffer", design.weight_buffer, period(design), functional),
      output_buffer("output_buffer", design.output_buffer, period(design), functional),
      vector_unit("vector_unit", design, period(design), functional),
      dma("dma", design, period(design), functional),
      controller("controller", design, program, period(design)),
      cycle_(period(design)),
      probe_dram_("probe_dram"),
      probe_buffers_("probe_buffer", 3),
      monitor_(monitor) {
  BufferModule* buffers[] = {&input_buffer, &weight_buffer, &output_buffer};
  const auto connect = [&](CommandUnit& unit, size_t index) {
    join(controller.unit_sockets[index], unit.command_socket);
    unit.done.bind(controller.completion);
    for (size_t i = 0; i < 3; ++i) {
      join(unit.data_sockets[i], buffers[i]->socket);
      unit.buffer_ports[i].bind(*buffers[i]);
    }
  };
  for (const Engine& engine : design.engines) {
    engines.push_back(make_engine ? make_engine(engine) : nullptr);
    if (engines.back() == nullptr) {
      engines.back() =
          std::make_unique<EngineModule>(engine.name.c_str(), design, engine, period(design), functional);
    }
    connect(*engines.back(), engines.size() - 1);
  }
  connect(vector_unit, design.engines.size());
  join(controller.dma_socket, dma.command_socket);
  dma.done.bind(controller.completion);
  for (size_t i = 0; i < 3; ++i) {
    join(dma.buffer_sockets[i], buffers[i]->socket);
    dma.buffer_ports[i].bind(*buffers[i]);
    join(probe_buffers_[i], buffers[i]->socket);
  }
  for (auto& socket : dma.memory_sockets) {
    join(socket, dram.ports);
  }
  join(probe_dram_, dram.ports);
}

template <typename Initiator, typename Target>
void Platform::join(Initiator& initiator, Target& target) {
  if (!monitor_) {
    initiator.bind(target);
    return;
  }
  const std::string name =
      std::string("monitor_") + initiator.get_parent_object()->basename() + "_" + initiator.basename();
  monitors_.push_back(std::make_unique<ProtocolMonitor<>>(name.c_str()));
  monitors_.back()->bind_between(initiator, target);
}

std::vector<std::string> Platform::violations() {
  std::vector<std::string> lines;
  for (const auto& monitor : monitors_) {
    monitor->finish();
    for (const Violation& violation : monitor->violations()) {
      lines.push_back(violation.line());
    }
  }
  return lines;
}

void Platform::start_of_simulation() {
  if (prepare) {
    prepare();
  }
}

void Platform::read_buffer(int32_t buffer, int64_t address, std::span<uint8_t> bytes) {
  debug_access(probe_buffers_[static_cast<size_t>(buffer)], tlm::TLM_READ_COMMAND,
               static_cast<uint64_t>(address), bytes.data(), bytes.size());
}

void Platform::read_dram(uint64_t address, std::span<uint8_t> bytes) {
  debug_access(probe_dram_, tlm::TLM_READ_COMMAND, address, bytes.data(), bytes.size());
}

void Platform::write_dram(uint64_t address, std::span<const uint8_t> bytes) {
  debug_access(probe_dram_, tlm::TLM_WRITE_COMMAND, address, const_cast<uint8_t*>(bytes.data()),
               bytes.size());
}

}  // namespace tridex::arch
