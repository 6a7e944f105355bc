#pragma once
#include <systemc>

#include "arch/bridge/lite_manager.h"
#include "arch/bridge/stream_receiver.h"
#include "arch/bridge/stream_transmitter.h"
#include "arch/bridge/verilated_waves.h"
#include "arch/cosim/rtl_module.h"
#include "base/error.h"

namespace tridex::arch {

/// An engine's Verilated top (`verilator --sc`) and its bridges.
template <typename Top, int kLanes, int kInputs, int kCopies, int kPostLanes>
class VerilatedModule : public RtlModule {
 public:
  explicit VerilatedModule(const sc_core::sc_module_name& module_name) : RtlModule(module_name) {
    top_.clk(clk);
    top_.rst_n(rst_n);
    top_.irq(irq_);
    connect(manager_, lite_, "s_axil_");
    connect(narrow_, narrow_pins_, "s_axis_narrow_");
    connect(wide_, wide_pins_, "s_axis_wide_");
    connect(records_, records_pins_, "s_axis_records_");
    connect(shortcut_, shortcut_pins_, "s_axis_shortcut_");
    connect(results_, results_pins_, "m_axis_results_");
  }

  tlm::tlm_target_socket<32>& registers() override { return manager_.socket; }
  StreamPushIf& narrow() override { return narrow_; }
  StreamPushIf& wide() override { return wide_; }
  StreamPushIf& records() override { return records_; }
  StreamPushIf& shortcut() override { return shortcut_; }
  sc_core::sc_port<StreamSinkIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>& results() override {
    return results_.sink;
  }
  [[nodiscard]] bool irq() const override { return irq_.read(); }
  [[nodiscard]] bool operands_taken() const override {
    return narrow_pins_.tvalid.read() && narrow_pins_.tready.read();
  }
  void open_waves(const std::string& file) override {
#if TRIDEX_RTL_TRACE
    if (!waves_.open(top_, file)) {
      fail("{}: cannot be written", file);
    }
#else
    fail("{}: waveforms are not compiled in; configure with -DTRIDEX_RTL_TRACE=ON", file);
#endif
  }
  void close_waves() override {
    waves_.close();
  }

 private:
  template <typename Bridge, typename Signals>
  void connect(Bridge& bridge, Signals& signals, const char* prefix) {
    bridge.aclk(clk);
    bridge.aresetn(rst_n);
    bridge.pins.bind(signals);
    signals.bind_module(top_, prefix);
  }

  static constexpr StreamShape kNarrow{
      .data_bits = kCopies * kInputs * 16, .user_bits = 4 + kCopies * kLanes, .keep = false};
  static constexpr StreamShape kWide{
      .data_bits = kCopies * kLanes * kInputs * 16, .keep = false, .last = false};
  static constexpr StreamShape kRecords{.data_bits = 512, .keep = false};
  static constexpr StreamShape kShortcut{
      .data_bits = kCopies * kPostLanes * 16, .keep = false, .last = false};
  static constexpr StreamShape kResults{.data_bits = kCopies * kPostLanes * 64};
  static_assert(kWide.valid() && kResults.valid() && kNarrow.valid(),
                "wider than the bridges (StreamShape): fewer lanes, inputs or copies");
  // Two beats keep a stream busy; more would only wait.
  static constexpr StreamTransmitterOptions kFifo{.fifo_beats = 4};
  static constexpr StreamReceiverOptions kBeats{.piece_bytes = kResults.data_bits / 8, .stride = {}};

  Top top_{"top"};
  sc_core::sc_signal<bool> irq_{"irq"};
  LiteSignals<32, 12> lite_{"lite_"};
  StreamSignals<kNarrow> narrow_pins_{"narrow_"};
  StreamSignals<kWide> wide_pins_{"wide_"};
  StreamSignals<kRecords> records_pins_{"records_"};
  StreamSignals<kShortcut> shortcut_pins_{"shortcut_"};
  StreamSignals<kResults> results_pins_{"results_"};
  LiteManager<32, 12> manager_{"manager"};
  StreamTransmitter<kNarrow> narrow_{"narrow", kFifo};
  StreamTransmitter<kWide> wide_{"wide", kFifo};
  StreamTransmitter<kRecords> records_{"records", kFifo};
  StreamTransmitter<kShortcut> shortcut_{"shortcut", kFifo};
  StreamReceiver<kResults> results_{"results", kBeats};
  VerilatedWaves<Top> waves_;
};

}  // namespace tridex::arch
