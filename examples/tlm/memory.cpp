// Somebody else's memory where our DRAM is. It has b_transport only: the convenience socket makes the four
// phases that the DMA speaks out of it.
#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <memory>
#include <vector>

#include "arch/buffer/buffer.h"
#include "arch/controller/dma.h"
#include "arch/monitor/protocol_monitor.h"

namespace {

using sc_core::sc_time;
using tridex::arch::Dma;
using tridex::arch::Transfer;

constexpr size_t kBytes = 1 << 20;

/// Loosely timed memory with a socket a port: 60 ns an access.
struct Memory : sc_core::sc_module {
  sc_core::sc_vector<tlm_utils::simple_target_socket<Memory>> sockets;
  std::vector<unsigned char> bytes;
  int accesses = 0;

  Memory(const sc_core::sc_module_name& name, size_t ports)
      : sc_module(name), sockets("socket", ports), bytes(kBytes) {
    for (auto& socket : sockets) {
      socket.register_b_transport(this, &Memory::b_transport);
    }
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    ++accesses;
    delay += sc_time(60, sc_core::SC_NS);
    if (payload.get_address() + payload.get_data_length() > bytes.size()) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    unsigned char* const at = bytes.data() + payload.get_address();
    if (payload.is_write()) {
      std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    } else if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// Gives the DMA a load and, when it is done, a store of the same rows to another place.
struct Driver : sc_core::sc_module, tridex::arch::CompletionIf {
  tlm_utils::simple_initiator_socket<Driver> socket{"socket"};
  sc_core::sc_export<tridex::arch::CompletionIf> completion{"completion"};
  sc_core::sc_event done;
  int completions = 0;
  Transfer rows;

  explicit Driver(const sc_core::sc_module_name& name) : sc_module(name) {
    completion.bind(*this);
    rows.dram = 4000;
    rows.dram_stride = 5000;
    rows.row_bytes = 3000;
    rows.stride = 3000;
    rows.rows = 10;
    SC_HAS_PROCESS(Driver);
    SC_THREAD(run);
  }
  static constexpr uint64_t kOffset = kBytes / 2;

 private:
  void run() {
    command(0, rows);
    wait(done);
    Transfer store = rows;
    store.dram += kOffset;
    command(Dma::kStoreOffset, store);
    wait(done);
  }
  void command(uint64_t address, const Transfer& transfer) {
    Dma::Words words = Dma::encode(transfer, 0);
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
    payload.set_data_length(sizeof(words));
    payload.set_streaming_width(sizeof(words));
    sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    wait(delay);
  }
  void completed(int32_t, const sc_time&, const sc_time&) override {
    ++completions;
    done.notify();
  }
};

}  // namespace

int sc_main(int, char*[]) {
  using namespace tridex::arch;
  const DesignPoint design;
  const sc_time cycle(design.cycle_ns(), sc_core::SC_NS);
  Buffer buffer_design;
  buffer_design.bytes = 65536;
  BufferModule buffer("buffer", buffer_design, cycle, true);
  Dma dma("dma", design, cycle, true);
  Memory memory("memory", dma.memory_sockets.size());
  Driver driver("driver");
  std::vector<std::unique_ptr<ProtocolMonitor<>>> monitors;
  const auto join = [&](auto& initiator, auto& target) {
    monitors.push_back(std::make_unique<ProtocolMonitor<>>(sc_core::sc_gen_unique_name("monitor")));
    monitors.back()->bind_between(initiator, target);
  };
  join(driver.socket, dma.command_socket);
  for (size_t i = 0; i < dma.memory_sockets.size(); ++i) {
    join(dma.memory_sockets[i], memory.sockets[i]);
  }
  for (auto& socket : dma.buffer_sockets) {
    join(socket, buffer.socket);
  }
  dma.done.bind(driver.completion);
  for (size_t i = 0; i < kBytes; ++i) {
    memory.bytes[i] = static_cast<unsigned char>(i % 251);
  }
  sc_core::sc_start();

  int errors = driver.completions == 2 ? 0 : 1;
  for (int64_t row = 0; row < driver.rows.rows; ++row) {
    const auto at =
        static_cast<size_t>(driver.rows.dram) + static_cast<size_t>(row * driver.rows.dram_stride);
    errors += std::memcmp(&memory.bytes[at], &memory.bytes[at + Driver::kOffset],
                          static_cast<size_t>(driver.rows.row_bytes)) == 0
                  ? 0
                  : 1;
  }
  fmt::print("{} accesses of the memory in {}\n", memory.accesses, sc_core::sc_time_stamp().to_string());
  for (auto& monitor : monitors) {
    monitor->finish();
    for (const Violation& violation : monitor->violations()) {
      fmt::print("{}\n", violation.line());
      ++errors;
    }
  }
  fmt::print("{}\n", errors == 0 ? "all data right, no rule broken" : "FAILED");
  return errors == 0 ? 0 : 1;
}
