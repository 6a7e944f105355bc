#pragma once
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch/cosim/rtl_command.h"
#include "arch/cosim/rtl_module.h"
#include "arch/design/wave_window.h"
#include "arch/pe/engine_module.h"

namespace tridex::arch {

struct RtlEngineOptions {
  /// Whether a command, by its tag, goes through RTL; the others are the TLM engine's. None: all.
  std::function<bool(int32_t tag)> selected;
  /// How messages call a command. None: by its tag.
  std::function<std::string(int32_t tag)> name_of;
  std::function<void(const RtlCommand&)> observer;  ///< when a command in RTL is done
  /// For tests of the comparison: may change a result, which is given with its number in the run.
  std::function<void(int64_t number, int64_t& value)> tamper;
  WaveWindow waves;  ///< cycles of the run
};

/// An engine whose commands RTL executes, through the bridges to its AXI pins, in the place of a TLM engine.
/// Every result is compared with what the TLM engine makes of the same buffers; the RTL's value stays.
///
/// A command's words are forwarded (those that changed, then start) as soon as it is taken, so those of the
/// second one while the first is under way. It begins when the RTL has it and the one before is done, ends
/// with the interrupt, and its results appear in the buffers then. Operands pass no faster than the buffers'
/// ports have them (port_cycles). The clock runs only while there is something to do.
class RtlEngine : public EngineModule, private StreamSinkIf {
 public:
  /// Error: RTL of this engine's parameters is not there (require_rtl).
  RtlEngine(const sc_core::sc_module_name& name, const DesignPoint& design, const Engine& engine,
            const sc_core::sc_time& cycle, RtlEngineOptions options);
  ~RtlEngine() override;

  /// Clock cycles that the RTL was simulated, idle ones at its ends included.
  [[nodiscard]] int64_t clocks() const { return clocks_; }
  [[nodiscard]] bool keeps_formula(int32_t tag) const override { return !in_rtl(tag); }
  /// Of the waveforms that were asked for.
  [[nodiscard]] const WaveFile& waves() const { return waves_; }
  /// Throws what ended the simulation, if it was an error here.
  void rethrow() const;

 private:
  struct Written {
    int32_t tag;
    bool done;  ///< the RTL has answered the start
  };
  void taken(const Pending& pending) override;
  void start_next() override;
  bool take(const StreamPacket& packet) override;

  [[nodiscard]] bool in_rtl(int32_t tag) const { return !options_.selected || options_.selected(tag); }
  [[nodiscard]] bool has_work() const;
  [[nodiscard]] int64_t cycle_of(const sc_core::sc_time& time) const;
  void tick();
  void forward_commands();
  void write_words(const Command& command);
  void on_edge();
  void open_waves();
  void step();
  [[nodiscard]] CommandFeed feed_of(const Command& command) const;
  void look_ahead();
  void begin();
  void finish_command();
  void place_results(const Command& command);
  void watch();
  void close_waves() { rtl_->close_waves(); }

  const DesignPoint& design_;
  RtlEngineOptions options_;
  RtlParameters parameters_;
  sc_core::sc_time cycle_;
  std::unique_ptr<RtlModule> rtl_;
  tlm_utils::simple_initiator_socket<RtlEngine> registers_;
  sc_core::sc_signal<bool> clock_, reset_n_;
  sc_core::sc_event wake_, forward_, waves_end_;
  bool asleep_ = false;
  int64_t clocks_ = 0;

  std::deque<Pending> to_forward_;
  std::deque<Written> written_;  ///< commands that the RTL has or gets, the oldest first
  std::optional<Command::Words> last_words_;
  bool front_waits_ = false;  ///< for the RTL to begin it
  std::optional<int64_t>
      done_at_;  ///< the clock at which a last result came; the interrupt has not been seen
  std::optional<CommandFeed> feed_, ahead_;  ///< of the front command, and of the one behind it
  RtlCommand report_;
  sc_core::sc_time start_;
  int64_t moved_ = 0;  ///< the clock at which something moved last
  int64_t results_ = 0;
  WaveFile waves_;
  std::exception_ptr error_;
};

}  // namespace tridex::arch
