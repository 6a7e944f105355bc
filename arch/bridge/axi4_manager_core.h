#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/axi4_lanes.h"
#include "arch/bridge/axi4_split.h"
#include "arch/bridge/axi4_stalls.h"

namespace tridex::arch {

struct Axi4ManagerConfig {
  uint32_t ids = 0;           ///< payloads without an ID of their own go round 0 to ids - 1; 0: min(all, 16)
  unsigned outstanding = 16;  ///< payloads that are accepted (END_REQ) and not answered
  unsigned bursts = 16;  ///< of each direction: bursts with an address on the pins and no (last) response
  unsigned bytes_per_beat = 0;  ///< less than the width: narrow bursts; 0: the width
  Axi4Extension defaults;       ///< cache, prot, qos and region of payloads without an extension
  Axi4Stalls stalls;
};

/// What Axi4Manager does that no pin's type has to do with: the target socket's side, and the bursts of each
/// payload from clock to clock. Axi4Manager has the contract.
class Axi4ManagerCore : private tlm::tlm_fw_transport_if<> {
 public:
  /// What is on the pins that the manager drives. `new_*`: other payload than a clock ago.
  struct Pins {
    bool awvalid = false, wvalid = false, arvalid = false, bready = false, rready = false;
    bool new_aw = false, new_w = false, new_ar = false;
    Axi4Address aw, ar;
    bool wlast = false;
    Axi4Strobe wstrb{};
    uint8_t wdata[kAxi4MostBytes] = {};
  };

  /// Throws std::invalid_argument for a configuration that the pins cannot have. `socket` is bound to this.
  Axi4ManagerCore(std::string name, tlm::tlm_target_socket<>& socket, const Axi4ManagerConfig& config,
                  unsigned bus_bytes, unsigned address_bits, unsigned id_bits);

  /// One rising edge out of reset: the responses that were transferred at it (in this order), then the
  /// others.
  void take_write_response(uint32_t id, Axi4Response response);
  void take_read_data(uint32_t id, Axi4Response response, bool last, const uint8_t* data);
  void clock(bool awready, bool wready, bool arready);
  /// Reset is low: at its falling edge, and at each rising edge of the clock.
  void reset();

  [[nodiscard]] const Pins& pins() const { return pins_; }

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Transaction {
    Payload* payload = nullptr;
    Axi4Extension* extension = nullptr;
    bool blocking = false, ended = false;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    sc_core::sc_time called, effective;
    uint64_t first = 0, last = 0;  // the bytes that it touches
    Axi4Splitter splitter;
    uint32_t id = 0;
    unsigned open = 0;  // bursts on the pins
    Axi4Response worst = Axi4Response::kOkay;
    bool all_exclusive = true;
    sc_core::sc_event done;
  };
  struct Burst {
    Transaction* transaction = nullptr;
    Axi4Part part;
    unsigned beat = 0;  // the next one
    Burst* next = nullptr;
  };
  /// Bursts of one ID, oldest first.
  struct Chain {
    Burst *first = nullptr, *last = nullptr;
  };
  /// One direction's addresses.
  struct Direction {
    std::deque<Transaction*> queue;  // have bursts to send
    std::vector<Chain> chains;       // by ID
    unsigned open = 0;
  };

  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }

  Transaction& arrive(Payload& payload, const sc_core::sc_time& delay, bool blocking);
  void accept_waiting();
  void admit();
  [[nodiscard]] bool overlaps(const Transaction& transaction) const;
  Burst* issue(Direction& direction, Axi4Address& address);
  void drive_write_data();
  void finish_burst(Direction& direction, uint32_t id, Axi4Response response);
  void finish(Transaction& transaction);
  void send_responses();
  void release(Transaction& transaction);
  [[noreturn]] void fail(const std::string& what) const;

  std::string name_;
  tlm::tlm_target_socket<>& socket_;
  Axi4ManagerConfig config_;
  Axi4Limits limits_;
  uint32_t id_count_;
  Axi4StallSource stalls_;
  Pins pins_;
  bool in_reset_ = true;
  uint32_t next_id_ = 0;

  std::vector<std::unique_ptr<Transaction>> all_transactions_;
  std::vector<Transaction*> unused_transactions_;
  std::vector<std::unique_ptr<Burst>> all_bursts_;
  std::vector<Burst*> unused_bursts_;

  std::deque<Transaction*> waiting_;   // not accepted
  std::deque<Transaction*> accepted_;  // not on the pins
  std::vector<Transaction*> active_;   // on the pins
  unsigned unanswered_ = 0;            // accepted, not answered
  Direction writes_, reads_;
  std::deque<Burst*> write_data_;  // addresses were on the pins, data not all
  std::deque<Transaction*> responses_;
  Transaction* responding_ = nullptr;
  sc_core::sc_time response_free_;  // when the END_RESP of the response before is effective
};

}  // namespace tridex::arch
