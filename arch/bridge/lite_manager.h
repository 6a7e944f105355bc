#pragma once
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/lite_pins.h"
#include "arch/bridge/lite_words.h"
#include "arch/bridge/random_stall.h"

namespace tridex::arch {

struct LiteManagerOptions {
  int outstanding = 8;  ///< words of a direction that are offered and not answered, 1 at least
  int queue = 8;        ///< transactions of nb_transport that have got END_REQ and no response, 1 at least
  uint32_t protection = 0;  ///< AWPROT and ARPROT
  double stall = 0;         ///< for tests: in so many cycles a channel offers nothing new, or is not ready
  uint64_t seed = 1;        ///< of the stalls
};

/// What a LiteManager does, apart from the widths of its pins.
class LiteManagerBase : public sc_core::sc_module, public tlm::tlm_fw_transport_if<> {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};

 protected:
  /// Throws std::invalid_argument for options out of range.
  LiteManagerBase(const sc_core::sc_module_name& module_name, int data_bits, int address_bits,
                  const LiteManagerOptions& options);

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Transaction {
    Payload* payload = nullptr;
    bool blocking = false;
    bool begun = false;  // offered a word: nothing of another direction overlaps it and is still open
    sc_core::sc_time due;
    uint64_t order = 0;
    unsigned words = 0, answered = 0;
    LiteWords address_words, data_words, answer_words;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    sc_core::sc_event finished;
  };
  /// Transactions of one direction, oldest first. Words are counted since the last reset.
  struct Direction {
    std::deque<Transaction*> open;
    size_t address_at = 0, data_at = 0;  // in `open`: whose next word goes to that channel
    uint64_t addresses = 0, data = 0, answers = 0;
  };

  virtual void sample(LiteValues& values) const = 0;
  virtual void drive(const LiteValues& values) = 0;
  virtual tlm::tlm_bw_transport_if<>& backward() = 0;

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) override;

  void on_edge();
  void reset();
  tlm::tlm_response_status check(const Payload& payload) const;
  Transaction* open(Payload& payload, const sc_core::sc_time& due, bool blocking);
  bool may_begin(const Transaction& transaction, const Direction& other) const;
  bool offer(Direction& direction, const Direction& other, bool data, LiteWord& word, const Payload*& of);
  void offer_all();
  void answer(Direction& direction, uint32_t response, const uint64_t* data);
  void finish(Transaction& transaction);
  void end_requests();
  void respond();

  const unsigned word_bytes_;
  const uint64_t last_address_;
  const LiteManagerOptions options_;
  RandomStall stall_;
  LiteValues pins_;  // what this side drives, and what it has sampled
  Direction writes_, reads_;
  uint64_t orders_ = 0;
  std::vector<std::unique_ptr<Transaction>> all_;
  std::vector<Transaction*> unused_;
  std::deque<Transaction*> responses_;  // of nb_transport, finished
  int queued_ = 0;                      // of nb_transport, with END_REQ and without response
  Transaction* withheld_ = nullptr;     // has no END_REQ yet
  Transaction* responding_ = nullptr;   // has no END_RESP yet
};

/// TLM-2.0 to AXI4-Lite. A payload is done in as many words of the bus as it touches, one a cycle, lowest
/// byte first; byte enables become strobes (a word without an enabled byte is left out; a read of a part of a
/// word reads the word). Writes and reads go side by side, each in order; one that overlaps an older one of
/// the other direction waits for it.
///
/// b_transport blocks its thread until the last answer; nb_transport takes the four phases of the base
/// protocol, with several transactions under way. No DMI, no debug access (pins take time).
///
/// Status: the first answer that is not OKAY (SLVERR: generic error, DECERR: address error); all words are
/// done nevertheless, and the data of a word that failed are left as they were. An address beyond the pins is
/// an address error, of which nothing is done. The command "ignore" does nothing. A reset ends what has
/// offered a word with a generic error; the others wait for its end.
///
/// Time: a request at time t is on the pins after the first rising edge later than t; an answer sampled at an
/// edge ends the transaction at that edge. Against a subordinate that is ready and answers at once, a word
/// takes three edges. VALID depends on no pin but the reset. BREADY and RREADY are high out of reset.
///
///     LiteManager<32, 12> manager("manager");
///     manager.aclk(clock), manager.aresetn(resetn), manager.pins.bind(signals);
///     initiator.socket.bind(manager.socket);
template <int DataBits, int AddressBits, unsigned kBusWidth = 32>
class LiteManager : public LiteManagerBase {
 public:
  tlm::tlm_target_socket<kBusWidth> socket{"socket"};
  LiteManagerPins<DataBits, AddressBits> pins;

  explicit LiteManager(const sc_core::sc_module_name& module_name, const LiteManagerOptions& options = {})
      : LiteManagerBase(module_name, DataBits, AddressBits, options) {
    socket.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  }

 private:
  void sample(LiteValues& values) const override { pins.sample_answers(values); }
  void drive(const LiteValues& values) override { pins.drive_requests(values); }
  tlm::tlm_bw_transport_if<>& backward() override { return *socket.operator->(); }
};

}  // namespace tridex::arch
