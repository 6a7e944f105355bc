#pragma once
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm>

#include <cstdint>
#include <deque>
#include <queue>
#include <systemc>
#include <vector>

#include "arch/dram/memory_model.h"

namespace tridex::arch {

/// The DRAM with its controller: a target of the base protocol, one binding a DMA port.
///
/// A transaction is one run of at most MemoryModel::kMaxRunBytes. Accepted runs go to their channels, whose
/// controllers may end them in another order. At most `max_in_flight` accepted runs have not been answered;
/// END_REQ of the next ones waits, in the order of their BEGIN_REQ. Timing: END_REQ comes with BEGIN_REQ when
/// there is room; BEGIN_RESP when the run's last line has been on the data bus, for a write too (it is not
/// posted), and after END_RESP of the binding's response before.
///
/// Storage is optional. With `storage_bytes` 0 (timed runs) data pointers are never followed but must not be
/// null, and the whole memory can be addressed; otherwise only the storage can. Data are copied when a run is
/// accepted.
///
/// Errors by response status: address outside, byte enables, streaming width below the length, a length of 0
/// or beyond a run's, a null data pointer, an unknown command; such a transaction is answered at once
/// (TLM_COMPLETED) and takes no time. Breaches of the protocol itself (a second BEGIN_REQ before END_REQ,
/// END_RESP without BEGIN_RESP, no memory manager) are defects of the initiator: std::logic_error.
///
/// A blocking call is served as MemoryModel::access does, without waiting.
///
/// Kernel events: with the controller `fcfs` one a run that finds room, one more when it had to wait; with
/// `fr_fcfs` a few more, as a run's end is known only a burst before it. Kernel time resolution must be 1 ps.
class Dram : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<Dram> ports;

  Dram(const sc_core::sc_module_name& name, const DramTiming& timing, size_t storage_bytes,
       unsigned max_in_flight);

  /// Counts up to now, the refreshes of an idle memory included.
  [[nodiscard]] DramTraffic traffic();
  [[nodiscard]] MemoryModel& model() { return model_; }
  [[nodiscard]] unsigned in_flight() const { return in_flight_; }

 private:
  using Payload = tlm::tlm_generic_payload;

  /// What is to be done at a time: take a request or an END_RESP that was annotated with it, or send a
  /// response that had to wait for the one before.
  enum class Task { kRequest, kResponse, kEndResponse };
  struct Due {
    int64_t at_ps;
    uint64_t order;  // ties are taken in the order in which they were made
    int port;
    Payload* payload;
    Task task;
    bool operator>(const Due& other) const {
      return at_ps != other.at_ps ? at_ps > other.at_ps : order > other.order;
    }
  };
  struct Waiting {
    int port = 0;
    Payload* payload = nullptr;
  };
  struct Port {
    bool requesting = false;         // between BEGIN_REQ and END_REQ
    Payload* responding = nullptr;   // between BEGIN_RESP and END_RESP
    bool ending = false;             // END_RESP has come, but is annotated with a later time
    std::deque<Payload*> responses;  // ready, behind the one that is responding
  };

  tlm::tlm_sync_enum nb_transport_fw(int port, Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void b_transport(int port, Payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int port, Payload& payload);
  bool get_direct_mem_ptr(int port, Payload& payload, tlm::tlm_dmi& dmi);

  /// Sets the error status and gives back false where the payload cannot be served.
  bool check(Payload& payload) const;
  void move_data(Payload& payload);
  [[nodiscard]] bool has_room() const { return waiting_.empty() && in_flight_ < max_in_flight_; }
  void accept(int port, Payload& payload);
  void accept_waiting();
  void begin_response(int port, Payload& payload);
  void end_response(int port, const sc_core::sc_time& delay);
  void schedule(int64_t at_ps, int port, Payload& payload, Task task);
  void wake_up();  // at the next thing to do
  void work();
  Port& port_at(int port) { return port_states_[static_cast<size_t>(port)]; }
  void end_of_elaboration() override;
  [[nodiscard]] uint64_t addressable() const;

  MemoryModel model_;
  std::vector<uint8_t> storage_;
  unsigned max_in_flight_, in_flight_ = 0;
  std::vector<Port> port_states_;
  std::deque<Waiting> waiting_;
  std::vector<Waiting> runs_;  // accepted, by the model's id
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  uint64_t orders_ = 0;
  bool working_ = false;  // inside work(), which ends with what else there is to do
  sc_core::sc_event next_;
};

}  // namespace tridex::arch
