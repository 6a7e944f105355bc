#pragma once
#include <array>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/lite_pins.h"
#include "arch/bridge/random_stall.h"

namespace tridex::arch {

struct LiteSubordinateOptions {
  int depth = 4;  ///< requests of a direction that are taken and whose answer is not on the pins, 1 at least
  double stall = 0;   ///< for tests: in so many cycles a channel is not ready, or keeps its answer back
  uint64_t seed = 1;  ///< of the stalls
};

/// What a LiteSubordinate does, apart from the widths of its pins.
class LiteSubordinateBase : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};

 protected:
  /// Throws std::invalid_argument for options out of range.
  LiteSubordinateBase(const sc_core::sc_module_name& module_name, int data_bits,
                      const LiteSubordinateOptions& options);

 private:
  struct Request {
    uint64_t address = 0, data = 0;
    uint32_t strobe = 0, response = kRespOkay;
    sc_core::sc_time done;
  };
  /// Requests in a ring, counted since the last reset: number k is at k % depth.
  struct Direction {
    std::vector<Request> ring;
    uint64_t addresses = 0, data = 0, done = 0, answered = 0;
    sc_core::sc_event arrived;
    tlm::tlm_generic_payload payload;
    Request& at(uint64_t number) { return ring[number % ring.size()]; }
  };

  virtual void sample(LiteValues& values) const = 0;
  virtual void drive(const LiteValues& values) = 0;
  virtual tlm::tlm_fw_transport_if<>& forward() = 0;

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;  // only b_transport is called
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  void on_edge();
  void take();
  void answer();
  void serve_writes() { serve(writes_, true); }
  void serve_reads() { serve(reads_, false); }
  void serve(Direction& direction, bool write);
  void transport(tlm::tlm_generic_payload& payload, Request& request, bool write);

  const unsigned word_bytes_;
  RandomStall stall_;
  LiteValues pins_;  // what this side drives, and what it has sampled
  Direction writes_, reads_;
  uint64_t resets_ = 0;
};

/// AXI4-Lite to TLM-2.0. Each request becomes one b_transport: a read of the whole word, a write of the bytes
/// with a strobe (without byte enables where they lie together, which every target understands; else of the
/// word with byte enables). Addresses are those of the word: lanes below are ignored, as the bus does.
/// Addresses and data of writes may come in any order. A direction's requests are done in order, one at a
/// time; writes and reads go side by side.
///
/// Answers: OKAY; DECERR for an address error; SLVERR for every other status. A reset drops what is under
/// way; a b_transport that has been called returns into nothing.
///
/// Time: b_transport is called at the edge of the (second) handshake; its answer is on the pins after the
/// first edge later than its end (return and annotated delay). A target without delay: sampled two edges
/// after the handshake, one a cycle where `depth` is 2 or more. READY depends on no VALID.
template <int DataBits, int AddressBits, unsigned kBusWidth = 32>
class LiteSubordinate : public LiteSubordinateBase {
 public:
  tlm::tlm_initiator_socket<kBusWidth> socket{"socket"};
  LiteSubordinatePins<DataBits, AddressBits> pins;

  explicit LiteSubordinate(const sc_core::sc_module_name& module_name,
                           const LiteSubordinateOptions& options = {})
      : LiteSubordinateBase(module_name, DataBits, options) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

 private:
  void sample(LiteValues& values) const override { pins.sample_requests(values); }
  void drive(const LiteValues& values) override { pins.drive_answers(values); }
  tlm::tlm_fw_transport_if<>& forward() override { return *socket.operator->(); }
};

}  // namespace tridex::arch
