#pragma once
#include <memory>
#include <tuple>
#include <utility>

#include "arch/bridge/verilated_finish.h"
#include "arch/bridge/verilated_waves.h"
#include "arch/own_rtl/device.h"
#include "arch/own_rtl/verilated_bus.h"
#include "base/error.h"
#include "base/registry.h"

namespace tridex::arch {

/// Nothing, for an interface whose bridges cannot be made; plan_ports() has refused it before.
struct NoBus {
  NoBus(const Interface&, sc_core::sc_module&) {}
};

template <const auto& kPorts, size_t kIndex>
constexpr auto bus_of() {
  constexpr Interface kInterface = find_interfaces(kPorts).list[kIndex];
  if constexpr (!widths_fit(kPorts, kInterface)) {
    return std::type_identity<NoBus>{};
  } else if constexpr (kInterface.kind == BusKind::kLite) {
    return std::type_identity<LiteBus<bus_widths(kPorts, kInterface)>>{};
  } else if constexpr (kInterface.kind == BusKind::kAxi4) {
    return std::type_identity<Axi4Bus<bus_widths(kPorts, kInterface)>>{};
  } else {
    constexpr StreamShape kShape = stream_shape(kPorts, kInterface);
    if constexpr (kInterface.initiator) {
      return std::type_identity<StreamBus<kShape, StreamReceiver<kShape>>>{};
    } else {
      return std::type_identity<StreamBus<kShape, StreamTransmitter<kShape>>>{};
    }
  }
}

/// A Verilated top (`verilator --sc`) with the bridges that its ports, `kPorts`, ask for.
template <typename Top, const auto& kPorts, typename Indices>
class VerilatedDevice;

template <typename Top, const auto& kPorts, size_t... kIndices>
class VerilatedDevice<Top, kPorts, std::index_sequence<kIndices...>> : public OwnDevice {
 public:
  VerilatedDevice(const sc_core::sc_module_name& module_name, const PortPlan& plan)
      : OwnDevice(module_name), inverted_(plan.reset_active_high), buses_(Bus<kIndices>(kIndices, *this)...) {
    for (const std::string& name : plan.clocks) {
      bind_clock(name);
    }
    for (const std::string& name : plan.resets) {
      (void)bind_pin(top_, name, reset_);
    }
    if (!plan.interrupt.empty()) {
      (void)bind_pin(top_, plan.interrupt, interrupt_);
    }
    for (const auto* names : {&plan.held_low, &plan.not_read}) {
      for (const std::string& name : *names) {
        tie(name, std::make_index_sequence<kPorts.size()>{});
      }
    }
    (connect(*std::get<kIndices>(buses_).bus, plan.interfaces.list[kIndices]), ...);
    SC_METHOD(drive_reset);
    sensitive << rst_n;
  }

  [[nodiscard]] bool interrupt() const override { return interrupt_.read(); }
  [[nodiscard]] std::vector<std::string> finish() override {
    std::vector<std::string> lines;
    (finish(*std::get<kIndices>(buses_).bus, lines), ...);
    return lines;
  }
  [[nodiscard]] const std::string& ended() const override { return verilated_end(); }
  void open_waves(const std::string& file) override {
    if (!waves_.open(top_, file)) {
      fail("{}: cannot be written", file);
    }
  }
  void close_waves() override { waves_.close(); }

 private:
  SC_HAS_PROCESS(VerilatedDevice);

  template <size_t kIndex>
  struct Bus {
    using Type = typename decltype(bus_of<kPorts, kIndex>())::type;
    std::unique_ptr<Type> bus;
    Bus(size_t index, VerilatedDevice& device)
        : bus(std::make_unique<Type>(find_interfaces(kPorts).list[index], device.top_)) {}
  };

  void drive_reset() { reset_.write(rst_n.read() != inverted_); }

  void bind_clock(const std::string& name) {
    auto* const pin = dynamic_cast<sc_core::sc_in<bool>*>(find_pin(top_, name));
    pin->bind(clk);
  }
  /// A port that nothing knows: an input is low, an output is not read.
  template <size_t... kPort>
  void tie(const std::string& name, std::index_sequence<kPort...>) {
    (tie_one<kPort>(name), ...);
  }
  template <size_t kPort>
  void tie_one(const std::string& name) {
    if constexpr (kPorts[kPort].bits > 0) {
      if (kPorts[kPort].name == name) {
        using Signal = sc_core::sc_signal<PinType<kPorts[kPort].bits>>;
        auto signal = std::make_shared<Signal>(("tied_" + name).c_str());
        (void)bind_pin(top_, name, *signal);
        tied_.push_back(std::move(signal));
      }
    }
  }

  template <BusWidths kWidths>
  void connect(LiteBus<kWidths>& bus, const Interface&) {
    connect_clock(bus);
    registers_ = &bus.bridge.socket;
  }
  template <BusWidths kWidths>
  void connect(Axi4Bus<kWidths>& bus, const Interface& interface) {
    connect_clock(bus);
    memories_.push_back({std::string(interface.prefix), &bus.bridge.socket});
  }
  template <StreamShape kShape>
  void connect(StreamBus<kShape, StreamTransmitter<kShape>>& bus, const Interface& interface) {
    connect_clock(bus);
    inputs_.push_back(
        {std::string(interface.prefix), &bus.bridge.socket, [&bus] { return bus.bridge.beats() == 0; }});
  }
  template <StreamShape kShape>
  void connect(StreamBus<kShape, StreamReceiver<kShape>>& bus, const Interface& interface) {
    connect_clock(bus);
    outputs_.push_back({std::string(interface.prefix), &bus.bridge.sink});
  }
  void connect(NoBus&, const Interface&) {}
  template <typename AnyBus>
  void connect_clock(AnyBus& bus) {
    bus.bridge.aclk(clk), bus.bridge.aresetn(rst_n);
    bus.checker.aclk(clk), bus.checker.aresetn(rst_n);
  }
  template <typename AnyBus>
  static void finish(AnyBus& bus, std::vector<std::string>& lines) {
    if constexpr (!std::is_same_v<AnyBus, NoBus>) {
      bus.checker.finish();
      for (const auto& violation : bus.checker.violations()) {
        lines.push_back(violation.line());
      }
    }
  }

  const bool inverted_;
  Top top_{"top"};
  sc_core::sc_signal<bool> reset_{"reset"}, interrupt_{"interrupt"};
  std::vector<std::shared_ptr<void>> tied_;
  std::tuple<Bus<kIndices>...> buses_;
  VerilatedWaves<Top> waves_;
};

/// What an OwnRtl is for a Verilated top.
template <typename Top, const auto& kPorts>
class VerilatedRtl : public OwnRtl {
 public:
  [[nodiscard]] std::span<const Port> ports() const override { return kPorts; }
  [[nodiscard]] std::unique_ptr<OwnDevice> make(const sc_core::sc_module_name& name,
                                                const PortPlan& plan) const override {
    constexpr size_t kCount = find_interfaces(kPorts).count;
    return std::make_unique<VerilatedDevice<Top, kPorts, std::make_index_sequence<kCount>>>(name, plan);
  }
};

}  // namespace tridex::arch
