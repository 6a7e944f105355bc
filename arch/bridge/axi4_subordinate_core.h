#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/axi4_burst.h"
#include "arch/bridge/axi4_extension.h"
#include "arch/bridge/axi4_lanes.h"
#include "arch/bridge/axi4_stalls.h"

namespace tridex::arch {

struct Axi4SubordinateConfig {
  unsigned writes = 16, reads = 16;  ///< bursts whose address is taken and that are not answered
  bool interleave_reads = false;     ///< beats of reads of different IDs take turns, at random, for tests
  Axi4Stalls stalls;
};

/// What Axi4Subordinate does that no pin's type has to do with: the initiator socket's side, and the bursts
/// from clock to clock. Axi4Subordinate has the contract.
class Axi4SubordinateCore : private tlm::tlm_bw_transport_if<>, private tlm::tlm_mm_interface {
 public:
  /// What is on the pins that the subordinate drives. `new_*`: other payload than a clock ago.
  struct Pins {
    bool awready = false, wready = false, arready = false, bvalid = false, rvalid = false;
    bool new_b = false, new_r = false;
    uint32_t bid = 0, rid = 0;
    Axi4Response bresp = Axi4Response::kOkay, rresp = Axi4Response::kOkay;
    bool rlast = false;
    uint8_t rdata[kAxi4MostBytes] = {};
  };

  /// Throws std::invalid_argument for a configuration that cannot be. `socket` is bound to this.
  Axi4SubordinateCore(std::string name, tlm::tlm_initiator_socket<>& socket,
                      const Axi4SubordinateConfig& config, unsigned bus_bytes, unsigned id_bits);

  /// One rising edge out of reset: what was transferred at it, then clock().
  void take_write_address(const Axi4Address& address);
  void take_write_data(const uint8_t* data, const Axi4Strobe& strobe, bool last);
  void take_read_address(const Axi4Address& address);
  void clock(bool bready, bool rready);
  /// Reset is low: at its falling edge, and at each rising edge of the clock.
  void reset();

  [[nodiscard]] const Pins& pins() const { return pins_; }

 private:
  using Payload = tlm::tlm_generic_payload;
  enum class Stage { kData, kIssue, kSent, kAnswered };
  /// One burst, from its address to its last response.
  struct Burst {
    explicit Burst(tlm::tlm_mm_interface* manager) : payload(manager) { payload.set_extension(&extension); }
    ~Burst() { payload.clear_extension(&extension); }  // else the payload would delete it
    Burst(const Burst&) = delete;
    Burst& operator=(const Burst&) = delete;
    Payload payload;
    Axi4Extension extension;
    std::vector<uint8_t> data, enables;
    Axi4Address address;
    Axi4Part part;
    unsigned beat = 0;        // the next one on the pins
    bool all_enabled = true;  // of a write, so far
    Stage stage = Stage::kData;
    bool lost = false;  // a reset came; the target has not answered yet
    Axi4Response response = Axi4Response::kOkay;
    sc_core::sc_time called, effective;  // the response
    bool by_return = false;
    Burst* next = nullptr;  // of the same ID
  };
  struct Chain {
    Burst *first = nullptr, *last = nullptr;
  };
  struct Direction {
    std::vector<Chain> chains;     // by ID, oldest first
    std::vector<Burst*> answered;  // the oldest of their IDs, in the order of the responses
    unsigned open = 0;             // bursts in use, lost ones too
  };
  struct EarlyBeat {
    uint8_t data[kAxi4MostBytes];
    Axi4Strobe strobe;
    bool last;
  };

  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void free(Payload* payload) override;

  void check(const Axi4Address& address) const;
  Burst& begin(Direction& direction, const Axi4Address& address, tlm::tlm_command command);
  void put(Burst& burst, const uint8_t* data, const Axi4Strobe& strobe, bool last);
  void send_requests();
  void answer(Burst& burst, const sc_core::sc_time& delay, bool by_return);
  /// The index in `answered` of a burst whose response may go on the pins now; -1: there is none.
  [[nodiscard]] int next_answered(const Direction& direction) const;
  void end(Direction& direction, size_t index);
  void drive_read_data();
  void lose(Direction& direction);
  Direction& direction_of(const Burst& burst) { return burst.payload.is_write() ? writes_ : reads_; }
  [[noreturn]] void fail(const std::string& what) const;

  std::string name_;
  tlm::tlm_initiator_socket<>& socket_;
  Axi4SubordinateConfig config_;
  unsigned bus_bytes_;
  Axi4StallSource stalls_;
  Pins pins_;
  bool in_reset_ = true;

  std::vector<std::unique_ptr<Burst>> all_bursts_;
  std::vector<Burst*> unused_bursts_;
  Direction writes_, reads_;
  std::deque<Burst*> without_data_;  // writes, in the order of their addresses
  std::vector<EarlyBeat> early_;     // data that came before their address
  size_t early_count_ = 0;
  Burst* reading_ = nullptr;  // whose beat is on the R pins
  Burst* writing_ = nullptr;  // whose response is on the B pins

  std::deque<Burst*> requests_;    // to be sent
  Burst* requesting_ = nullptr;    // between BEGIN_REQ and END_REQ
  sc_core::sc_time request_free_;  // when the END_REQ before is effective
};

}  // namespace tridex::arch
