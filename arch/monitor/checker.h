#pragma once
#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

#include "arch/monitor/payload_view.h"
#include "arch/monitor/rules.h"

namespace tridex::arch {

/// The rules of the TLM-2.0 base protocol between one initiator socket and one target socket. It is told of
/// each call twice, before the target (or, on the backward path, the initiator) gets it and after that has
/// returned, and notes what breaks a rule. Changes nothing but the reference count: of a payload with a
/// memory manager it holds a reference of its own from BEGIN_REQ to the end, so a payload that is released
/// too early is noticed and not freed below its user. (A second checker on the payload's path holds one as
/// well, and hides this from the first.)
class Checker {
 public:
  /// `socket`: what its violations call the connection. `interconnect`: what is behind may change the address
  /// of a payload (14.7: an interconnect component may, a target may not).
  Checker(std::string socket, bool interconnect) : socket_(std::move(socket)), interconnect_(interconnect) {}

  /// A call that has not returned yet.
  struct Call {
    uint64_t transaction = 0;  ///< its number, 0 where none is followed
    tlm::tlm_phase phase;
    sc_core::sc_time delay, time;
    uint64_t delta = 0;
    PayloadView payload;  ///< of calls that are a transaction by themselves
  };

  Call before_forward(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                      const sc_core::sc_time& delay);
  void after_forward(const Call& call, tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                     const sc_core::sc_time& delay, tlm::tlm_sync_enum answer);
  /// The call ended in an exception: what it began has not happened.
  void abandon(const Call& call, tlm::tlm_generic_payload& payload);
  Call before_backward(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                       const sc_core::sc_time& delay);
  void after_backward(const Call& call, tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                      const sc_core::sc_time& delay, tlm::tlm_sync_enum answer);

  Call before_blocking(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void after_blocking(Call& call, tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  Call before_debug(tlm::tlm_generic_payload& payload);
  void after_debug(Call& call, tlm::tlm_generic_payload& payload, unsigned bytes);

  Call before_dmi(tlm::tlm_generic_payload& payload, const tlm::tlm_dmi& dmi);
  void after_dmi(Call& call, tlm::tlm_generic_payload& payload, const tlm::tlm_dmi& dmi, bool granted);
  void before_invalidation(uint64_t start, uint64_t end);
  void after_invalidation() { --invalidations_; }
  /// The initiator is about to follow a DMI pointer.
  void dmi_access(tlm::tlm_command command, uint64_t address, uint64_t bytes);

  /// Reports the transactions that are still open, and forgets them.
  void finish();

  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

 private:
  using Payload = tlm::tlm_generic_payload;
  enum class Stage { kRequest, kRequestEnded, kResponse, kResponseEnded };
  struct Transaction {
    uint64_t number = 0;
    Stage stage = Stage::kRequest;
    PayloadView view;
    sc_core::sc_time effective;  ///< time and annotation of the last phase
    bool dmi_hint = false;       ///< as the target left it
    bool held = false;           ///< by a reference of ours
  };
  struct Grant {
    uint64_t start, end;  ///< both included
    bool read, write;
  };

  void report(Rule rule, const std::string& what, const Payload* payload,
              const tlm::tlm_phase* phase = nullptr);
  static Call call(const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  Transaction* find(Payload& payload, uint64_t number = 0);
  void check_request(Payload& payload, const tlm::tlm_phase* phase);
  void check_unchanged(PayloadView& view, Payload& payload, const tlm::tlm_phase* phase);
  void check_response(const PayloadView& view, Payload& payload, const tlm::tlm_phase* phase);
  void check_held(const Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase);
  void check_time(Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase,
                  const sc_core::sc_time& delay);
  bool check_delay(Payload& payload, const tlm::tlm_phase* phase, const sc_core::sc_time& delay);
  void check_no_wait(const Call& call, const Payload* payload, const tlm::tlm_phase* phase);
  void check_accepted(const Call& call, Payload& payload, const tlm::tlm_phase& phase,
                      const sc_core::sc_time& delay);
  void begin_request(Call& call, Payload& payload);
  void target_phase(Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase);
  void end_response(Transaction& transaction, Payload& payload);
  void complete(Payload& payload);
  bool is_blocking(const Payload& payload) const;

  std::string socket_;
  bool interconnect_;
  std::vector<Violation> violations_;
  std::unordered_map<Payload*, Transaction> transactions_;
  uint64_t numbers_ = 0;
  Payload* requesting_ = nullptr;         ///< between BEGIN_REQ and its end
  Payload* responding_ = nullptr;         ///< between BEGIN_RESP and its end
  std::vector<const Payload*> blocking_;  ///< inside b_transport
  std::vector<Grant> grants_;
  int invalidations_ = 0;  ///< under way
};

}  // namespace tridex::arch
