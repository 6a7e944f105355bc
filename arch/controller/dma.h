#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/buffer/buffer_ports.h"
#include "arch/controller/payload_pool.h"
#include "arch/design/design_point.h"
#include "arch/dram/run_time_extension.h"
#include "arch/mapping/program.h"
#include "arch/pe/completion.h"

namespace tridex::arch {

/// Moves tiles between DRAM and buffers. A transfer is split into runs of at most 4 KB that cross no 4 KB
/// line (AXI), dealt to the ports in turn; each port keeps up to MemoryPorts::outstanding runs a direction in
/// flight, and carries its width a cycle in each direction. Transfers of a direction finish in the order in
/// which they were given, several may be under way. An error of the DRAM is fatal.
///
/// Registers of the command socket: kTransferWords words of a transfer, then (at kTagOffset) its tag; writing
/// the tag starts it. Loads at address 0, stores at kStoreOffset.
class Dma : public sc_core::sc_module {
 public:
  static constexpr size_t kTransferWords = 9;
  static constexpr uint64_t kTagOffset = kTransferWords * 4;
  static constexpr uint64_t kStoreOffset = 0x100;
  using Words = std::array<int32_t, kTransferWords + 1>;
  static Words encode(const Transfer& transfer, int32_t tag);

  tlm_utils::simple_target_socket<Dma> command_socket;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<Dma>>
      memory_sockets;  ///< per port one for reads and one for writes, as AXI has a channel for each
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Dma>> buffer_sockets;
  /// Of the same buffers; where one is bound, runs take its cycles (BufferPortsIf).
  sc_core::sc_vector<sc_core::sc_port<BufferPortsIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>> buffer_ports;
  sc_core::sc_port<CompletionIf> done;

  Dma(const sc_core::sc_module_name& name, const DesignPoint& design, const sc_core::sc_time& cycle,
      bool functional);

  /// Where the time of a transfer went, from its first run on: the sums of its runs, which overlap, in
  /// picoseconds, so only their proportions mean anything.
  struct TransferTime {
    sc_core::sc_time first;  ///< its first run went out
    int64_t latency = 0;     ///< of the ports
    int64_t port = 0;        ///< carried by a port's data channel or a buffer's port, or waited for them
    RunTime dram;
  };
  /// Of a transfer that is done, by its tag.
  [[nodiscard]] const TransferTime& time(size_t tag) const { return times_.at(tag); }

  /// Time during which at least one run of a direction was in flight.
  [[nodiscard]] sc_core::sc_time busy(bool store) const { return directions_[store ? 1 : 0].busy; }

 private:
  struct Work {
    Transfer transfer;
    int32_t tag = 0;
    int row = 0;  ///< the next run's
    int32_t offset = 0;
    int64_t runs_left = 0;  ///< not yet answered
    sc_core::sc_time start, end;
    TransferTime time;
  };
  struct Direction {
    std::deque<Work> queue;  ///< not finished, in order
    int64_t first_number = 0;
    size_t issuing = 0;  ///< index of the first work with runs to issue
    std::deque<std::pair<sc_core::sc_time, Work>> finished;
    sc_core::sc_event finished_event;
    sc_core::sc_time last_end, busy, busy_since;
    int in_flight = 0;
    size_t next_port = 0;
  };
  struct Port {
    std::array<int, 2> in_flight{0, 0};
    std::array<sc_core::sc_time, 2> free;                ///< when the data channel of a direction is free
    std::array<tlm::tlm_generic_payload*, 2> request{};  ///< waits for its END_REQ
  };
  struct Run : tlm::tlm_extension<Run> {
    bool store = false;
    int64_t work = 0;  ///< number of the work in its direction
    int64_t latency = 0, port = 0;
    [[nodiscard]] tlm_extension_base* clone() const override { return new Run(*this); }
    void copy_from(const tlm_extension_base& other) override { *this = static_cast<const Run&>(other); }
  };

  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(int socket, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void issue(bool store);
  bool issue_run(bool store, Work& work, int64_t number);
  void answered(size_t port, tlm::tlm_generic_payload& trans, sc_core::sc_time when);
  void retire(bool store);
  void go_on();
  void finish(bool store);
  void finish_loads() { finish(false); }
  void finish_stores() { finish(true); }
  void end_of_elaboration() override;
  /// A run that an AXI port carries until `free` passes its buffer's port meanwhile, or makes it free later.
  void pass_buffer(bool store, int32_t buffer, int64_t bytes, sc_core::sc_time& free);
  /// What a run takes on a port's data channel.
  [[nodiscard]] sc_core::sc_time port_time(int64_t bytes) const;
  [[nodiscard]] sc_core::sc_time edge(const sc_core::sc_time& time) const;

  DesignPoint design_;
  sc_core::sc_time cycle_, port_cycle_;
  bool functional_;
  std::array<uint8_t*, 3> buffers_{};
  /// Ports of the buffers that loads, and stores, share with others; null where they need not be asked.
  std::array<std::array<BufferPortsIf*, 3>, 2> shared_{};
  std::array<bool, 3> never_late_{};  ///< a buffer takes what all AXI ports together carry
  std::vector<uint8_t> scratch_;      ///< what runs point at in timed simulation
  std::array<Direction, 2> directions_;
  std::vector<Port> ports_;
  std::vector<TransferTime> times_;
  PayloadPool pool_;
  sc_core::sc_event room_;  ///< a port can take requests again, or a run was answered
};

}  // namespace tridex::arch
