#pragma once
#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/own_rtl/device.h"
#include "arch/own_rtl/work.h"

namespace tridex::arch {

/// Gives a stream's bytes to a transmitter, packet by packet.
class StreamSource : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  sc_core::sc_in<bool> clk{"clk"}, rst_n{"rst_n"};

  /// `data`: null where the work has nothing for this stream. Binds the stream's socket.
  StreamSource(const sc_core::sc_module_name& module_name, OwnDevice::StreamIn stream,
               const StreamData* data);
  /// All bytes are through the pins.
  [[nodiscard]] bool done() const { return given_ == bytes() && stream_.idle(); }
  [[nodiscard]] std::string left() const;
  [[nodiscard]] size_t bytes() const { return data_ == nullptr ? 0 : data_->bytes.size(); }
  /// A packet that the stream's pins cannot say: "" where there is none.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  SC_HAS_PROCESS(StreamSource);
  void run();
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;  // only b_transport is called
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  tlm::tlm_initiator_socket<32> socket_{"socket"};
  OwnDevice::StreamIn stream_;
  const StreamData* data_;
  size_t given_ = 0;
  std::string fault_;
};

/// Takes what comes out of a stream; `expected`: null where the work says nothing of it.
class StreamCollector : public sc_core::sc_module, private StreamSinkIf {
 public:
  sc_core::sc_export<StreamSinkIf> sink{"sink"};

  StreamCollector(const sc_core::sc_module_name& module_name, std::string prefix, const StreamData* expected)
      : sc_module(module_name), prefix_(std::move(prefix)), expected_(expected) {
    sink.bind(*this);
  }
  [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] const StreamData* expected() const { return expected_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  [[nodiscard]] bool done() const { return expected_ == nullptr || bytes_.size() >= expected_->bytes.size(); }
  [[nodiscard]] std::string left() const;

 private:
  bool take(const StreamPacket& packet) override;

  std::string prefix_;
  const StreamData* expected_;
  std::vector<uint8_t> bytes_;
};

}  // namespace tridex::arch
