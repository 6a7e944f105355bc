#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <systemc>
#include <tlm>

#include "arch/buffer/buffer_ports.h"
#include "arch/mapping/command.h"
#include "arch/mapping/engine_timing.h"
#include "arch/pe/buffer_view.h"
#include "arch/pe/completion.h"

namespace tridex::arch {

/// A unit that executes commands one after the other: an engine or the vector unit.
///
/// Command registers (32-bit, memory-mapped, little-endian; the same in RTL behind AXI4-Lite):
///     0x000 ... 4 * (Command::kWords - 1)   W   the command, word by word (command.h)
///     kStartRegister                        W   1: takes the command; a second one may wait behind it
///     kStatusRegister                       R   commands taken and not done (0 to 2)
/// A start with two commands under way is answered with TLM_GENERIC_ERROR_RESPONSE. Debug access reads the
/// command's words and the status register, and writes nothing. There is no DMI: registers have side effects.
///
/// Data sockets lead to the input, weight and output buffer. Results appear in the buffers when the command
/// is done.
///
/// Where a buffer's ports are bound, a command shares them with what else moves there (BufferPortsIf): it
/// ends when all its bytes have passed, and the fill after them. Without, nobody is in its way.
class CommandUnit : public sc_core::sc_module {
 public:
  static constexpr uint64_t kStartRegister = uint64_t{Command::kWords} * 4;
  static constexpr uint64_t kStatusRegister = kStartRegister + 4;

  tlm_utils::simple_target_socket<CommandUnit> command_socket;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<CommandUnit>> data_sockets;
  using BufferPorts = sc_core::sc_port<BufferPortsIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
  sc_core::sc_vector<BufferPorts> buffer_ports;  ///< of the same buffers
  sc_core::sc_port<CompletionIf> done;

  /// `functional`: commands are computed, not only timed.
  CommandUnit(const sc_core::sc_module_name& name, const sc_core::sc_time& cycle, bool functional);

  /// Cycles by which others at the buffers' ports made a command, by its tag, end later than alone.
  [[nodiscard]] int64_t bank_conflict(int32_t tag) const;
  /// Whether a command took what cycles() says, and its conflicts; not where RTL executed it.
  [[nodiscard]] virtual bool keeps_formula(int32_t) const { return true; }

 protected:
  /// Of a command that nobody is in the way of.
  [[nodiscard]] virtual int64_t cycles(const Command& command) const = 0;
  /// Those of them that pass after its last byte has: the fill of the pipeline.
  [[nodiscard]] virtual int64_t fill_cycles() const { return 0; }
  virtual void compute(const Command& command, const BufferViews& buffers) = 0;

  struct Pending {
    Command command;
    sc_core::sc_time ready;
  };
  /// A command has been taken; it stands behind those that are under way.
  virtual void taken(const Pending&) {}
  /// The front command begins, and complete() will be called: here, after its cycles.
  virtual void start_next();
  /// The front command, which began at `start`, is done, and its results are in the buffers.
  void complete(const sc_core::sc_time& start);
  [[nodiscard]] const Pending& front() const { return queue_.front(); }
  /// The one behind the front command, or null.
  [[nodiscard]] const Pending* second() const { return queue_.size() > 1 ? &queue_[1] : nullptr; }
  [[nodiscard]] const BufferViews& buffers() const { return buffers_; }

 private:
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& trans);
  /// Tells the buffers what a command moves from start_ on, and how long it has for it.
  void begin_traffic(const Command& command, int64_t cycles);
  /// Cycles from now until the front command is done, as far as is known.
  int64_t late();
  [[nodiscard]] int64_t cycle_of(const sc_core::sc_time& edge) const;
  void finish();
  void end_of_elaboration() override;

  sc_core::sc_time cycle_;
  bool functional_;
  BufferViews buffers_;
  Command::Words registers_{};
  std::deque<Pending> queue_;                  ///< the front one is being computed
  sc_core::sc_time start_, free_, alone_end_;  ///< alone_end_: of the front command
  std::array<BufferPortsIf*, 3> ports_{};      ///< null where none is bound
  std::array<size_t, 3> users_{};              ///< its numbers at the buffers
  std::array<bool, 3> moves_{};                ///< which buffers the front command uses
  std::map<int32_t, int64_t> conflicts_;       ///< by tag, those that had any
  sc_core::sc_event finished_;
};

}  // namespace tridex::arch
