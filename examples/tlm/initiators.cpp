// Two traffic generators, written as somebody would who knows of the modules only that they are TLM-2.0
// targets.
#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <array>
#include <cstring>
#include <vector>

#include "arch/buffer/buffer.h"
#include "arch/controller/payload_pool.h"
#include "arch/dram/dram.h"
#include "arch/monitor/protocol_monitor.h"

namespace {

using sc_core::sc_time;

/// The byte that a generator writes to an address.
unsigned char pattern(uint64_t address) {
  return static_cast<unsigned char>(address * 31 + 7);
}

/// Loosely timed: runs ahead of the kernel by up to a quantum, and uses DMI where the target offers it.
struct LooselyTimed : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<LooselyTimed> socket{"socket"};
  tlm_utils::tlm_quantumkeeper keeper;
  uint64_t bytes;
  int errors = 0, transports = 0, direct = 0;

  LooselyTimed(const sc_core::sc_module_name& name, uint64_t memory_bytes)
      : sc_module(name), bytes(memory_bytes) {
    socket.register_invalidate_direct_mem_ptr(this, &LooselyTimed::invalidate);
    SC_HAS_PROCESS(LooselyTimed);
    SC_THREAD(run);
  }

 private:
  void run() {
    keeper.reset();
    for (const bool write : {true, false}) {
      for (uint64_t address = 0; address < bytes; address += word_.size()) {
        if (write) {
          fill(address);
        }
        access(write, address);
        if (!write) {
          check(address);
        }
        if (keeper.need_sync()) {
          keeper.sync();
        }
      }
    }
  }
  void access(bool write, uint64_t address) {
    const bool granted = write ? dmi_.is_write_allowed() : dmi_.is_read_allowed();
    if (granted && address >= dmi_.get_start_address() &&
        address + word_.size() - 1 <= dmi_.get_end_address()) {
      unsigned char* const at = dmi_.get_dmi_ptr() + (address - dmi_.get_start_address());
      std::memcpy(write ? at : word_.data(), write ? word_.data() : at, word_.size());
      // DMI latencies are those of a byte (11.2.5).
      keeper.inc((write ? dmi_.get_write_latency() : dmi_.get_read_latency()) *
                 static_cast<double>(word_.size()));
      ++direct;
      return;
    }
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(word_.data());
    payload.set_data_length(static_cast<unsigned>(word_.size()));
    payload.set_streaming_width(static_cast<unsigned>(word_.size()));
    sc_time delay = keeper.get_local_time();
    socket->b_transport(payload, delay);
    keeper.set(delay);
    ++transports;
    errors += payload.is_response_error() ? 1 : 0;
    if (payload.is_dmi_allowed() && transports % 16 == 0) {
      dmi_.init();
      if (!socket->get_direct_mem_ptr(payload, dmi_)) {
        dmi_.init();
      }
    }
  }
  void fill(uint64_t address) {
    for (size_t i = 0; i < word_.size(); ++i) {
      word_[i] = pattern(address + i);
    }
  }
  void check(uint64_t address) {
    for (size_t i = 0; i < word_.size(); ++i) {
      errors += word_[i] == pattern(address + i) ? 0 : 1;
    }
  }
  void invalidate(sc_dt::uint64, sc_dt::uint64) { dmi_.init(); }

  std::array<unsigned char, 32> word_{};
  tlm::tlm_dmi dmi_;
};

/// Approximately timed: four requests in flight, every phase by a call of its own.
struct ApproximatelyTimed : sc_core::sc_module {
  static constexpr unsigned kBytes = 256;
  tlm_utils::simple_initiator_socket<ApproximatelyTimed> socket{"socket"};
  uint64_t runs;
  int errors = 0, responses = 0;

  ApproximatelyTimed(const sc_core::sc_module_name& name, uint64_t run_count)
      : sc_module(name), runs(run_count) {
    socket.register_nb_transport_bw(this, &ApproximatelyTimed::nb_transport_bw);
    SC_HAS_PROCESS(ApproximatelyTimed);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (const bool write : {true, false}) {
      for (uint64_t i = 0; i < runs; ++i) {
        while (in_flight_ == slots_.size() || requesting_ != nullptr) {
          wait(changed_);
        }
        request(write, i);
      }
      while (in_flight_ > 0) {
        wait(changed_);
      }
    }
  }
  void request(bool write, uint64_t i) {
    size_t slot = 0;
    while (slots_[slot].payload != nullptr) {
      ++slot;
    }
    auto& [payload, data] = slots_[slot];
    payload = pool_.acquire();
    data.resize(kBytes);
    const uint64_t address = i * kBytes;
    for (unsigned k = 0; k < kBytes; ++k) {
      data[k] = write ? pattern(address + k) : static_cast<unsigned char>(0);
    }
    payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(address);
    payload->set_data_ptr(data.data());
    payload->set_data_length(kBytes);
    payload->set_streaming_width(kBytes);
    payload->set_dmi_allowed(false);
    payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    ++in_flight_;
    requesting_ = payload;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum answer = socket->nb_transport_fw(*payload, phase, delay);
    if (answer == tlm::TLM_ACCEPTED) {
      return;
    }
    requesting_ = nullptr;
    if (answer == tlm::TLM_COMPLETED) {
      finish(*payload);
    } else if (phase == tlm::BEGIN_RESP) {
      phase = tlm::END_RESP;
      static_cast<void>(socket->nb_transport_fw(*payload, phase, delay));
      finish(*payload);
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_time& /*delay*/) {
    if (requesting_ == &payload) {
      requesting_ = nullptr;
    }
    changed_.notify();
    if (phase == tlm::BEGIN_RESP) {
      finish(payload);
      phase = tlm::END_RESP;
      return tlm::TLM_UPDATED;
    }
    return tlm::TLM_ACCEPTED;
  }
  void finish(tlm::tlm_generic_payload& payload) {
    ++responses;
    errors += payload.is_response_error() ? 1 : 0;
    for (unsigned k = 0; k < kBytes; ++k) {
      errors += payload.get_data_ptr()[k] == pattern(payload.get_address() + k) ? 0 : 1;
    }
    for (auto& slot : slots_) {
      slot.payload = slot.payload == &payload ? nullptr : slot.payload;
    }
    --in_flight_;
    payload.release();
  }

  struct Slot {
    tlm::tlm_generic_payload* payload = nullptr;
    std::vector<unsigned char> data;
  };
  tridex::arch::PayloadPool pool_;
  std::array<Slot, 4> slots_;
  size_t in_flight_ = 0;
  tlm::tlm_generic_payload* requesting_ = nullptr;
  sc_core::sc_event changed_;
};

}  // namespace

int sc_main(int, char*[]) {
  using namespace tridex::arch;
  tlm_utils::tlm_quantumkeeper::set_global_quantum(sc_time(1, sc_core::SC_US));
  Buffer buffer_design;
  buffer_design.bytes = 65536;
  BufferModule buffer("buffer", buffer_design, sc_time(5, sc_core::SC_NS), true);
  Dram dram("dram", DramTiming{}, 1 << 20, 8);
  LooselyTimed on_buffer("on_buffer", 65536), on_dram("on_dram", 4096);
  ApproximatelyTimed four_phases("four_phases", 1000);
  std::array<ProtocolMonitor<>, 3> monitors{ProtocolMonitor<>("monitor_buffer"),
                                            ProtocolMonitor<>("monitor_dram"),
                                            ProtocolMonitor<>("monitor_phases")};
  monitors[0].bind_between(on_buffer.socket, buffer.socket);
  monitors[1].bind_between(on_dram.socket, dram.ports);
  monitors[2].bind_between(four_phases.socket, dram.ports);
  sc_core::sc_start();

  fmt::print(
      "buffer: {} transports, {} accesses by DMI; DRAM: {} transports, {} by DMI, {} runs by four phases; "
      "{}\n",
      on_buffer.transports, on_buffer.direct, on_dram.transports, on_dram.direct, four_phases.responses,
      sc_core::sc_time_stamp().to_string());
  bool good = four_phases.responses == 2000 && on_buffer.direct > 0;
  good = good && on_buffer.errors + on_dram.errors + four_phases.errors == 0;
  for (auto& monitor : monitors) {
    monitor.finish();
    for (const Violation& violation : monitor.violations()) {
      fmt::print("{}\n", violation.line());
      good = false;
    }
  }
  fmt::print("{}\n", good ? "all data right, no rule broken" : "FAILED");
  return good ? 0 : 1;
}
