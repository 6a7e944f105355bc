#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/controller/dma.h"
#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "arch/pe/completion.h"

namespace tridex::arch {

/// Runs a program: gives each unit its instructions in order, each as soon as what it waits for is done and
/// the unit's queue has room, through the units' command registers. Keeps when everything happened.
class Controller : public sc_core::sc_module, public CompletionIf {
 public:
  /// Sockets to the command registers of the engines (in the design's order), then the vector unit; and the
  /// DMA.
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Controller>> unit_sockets;
  tlm_utils::simple_initiator_socket<Controller> dma_socket;
  sc_core::sc_export<CompletionIf> completion;

  Controller(const sc_core::sc_module_name& name, const DesignPoint& design, const Program& program,
             const sc_core::sc_time& cycle);

  /// Called as each instruction is done, after its results are in place.
  std::function<void(uint32_t instruction)> observer;

  struct Times {
    sc_core::sc_time ready, start, end;
    uint32_t last_wait = kNoInstruction;  ///< whose completion made it ready
  };
  [[nodiscard]] const std::vector<Times>& times() const { return times_; }
  [[nodiscard]] bool finished() const { return completed_ == program_.instructions.size(); }

 private:
  void completed(int32_t tag, const sc_core::sc_time& start, const sc_core::sc_time& end) override;
  /// A thread, as b_transport may not be called from a method process. It never ends: LeakSanitizer falls
  /// over the stack of a thread that has ended now and then.
  void run();
  void issue(Unit unit);
  void write(tlm_utils::simple_initiator_socket<Controller>& socket, uint64_t address, void* data,
             unsigned bytes);

  struct UnitState {
    std::vector<uint32_t> order;
    size_t next = 0;
    int under_way = 0, depth = 2;
  };
  const DesignPoint& design_;
  const Program& program_;
  sc_core::sc_time cycle_;
  std::vector<UnitState> units_;
  std::vector<uint32_t> waiting_;          ///< per instruction: completions still missing
  std::vector<uint32_t> dependent_begin_;  ///< CSR: who waits for an instruction
  std::vector<uint32_t> dependents_;
  std::vector<Times> times_;
  size_t completed_ = 0;
  std::vector<Unit> to_issue_;  ///< units that may take their next instruction
  sc_core::sc_event issuable_;
};

}  // namespace tridex::arch
