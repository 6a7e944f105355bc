#include "arch/own_rtl/check_ports.h"

#include <algorithm>
#include <bit>

#include "arch/own_rtl/check_widths.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::arch {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return same_name(name, one); });
}

// What generators of cores and their users call them.
bool is_clock_name(std::string_view name) {
  return is_one_of(name, {"clk", "clock", "aclk", "ap_clk", "clk_i", "i_clk", "s_axi_aclk", "s_axil_aclk",
                          "m_axi_aclk", "s_axis_aclk", "m_axis_aclk"});
}
bool is_low_reset_name(std::string_view name) {
  return is_one_of(name,
                   {"rst_n", "aresetn", "resetn", "rstn", "reset_n", "ap_rst_n", "rst_ni", "i_rst_n",
                    "s_axi_aresetn", "s_axil_aresetn", "m_axi_aresetn", "s_axis_aresetn", "m_axis_aresetn"});
}
bool is_high_reset_name(std::string_view name) {
  return is_one_of(name, {"rst", "reset", "areset", "ap_rst", "rst_i", "i_rst"});
}
bool is_interrupt_name(std::string_view name) {
  return is_one_of(name, {"irq", "interrupt", "intr", "irq_o", "o_irq"});
}

class Planner {
 public:
  Planner(std::string_view module, std::span<const Port> ports, const PinNames& names)
      : module_(module), ports_(ports), names_(names), used_(ports.size(), false) {}

  PortPlan plan() {
    plan_.interfaces = find_interfaces(ports_);
    for (size_t i = 0; i < plan_.interfaces.count; ++i) {
      const Interface& interface = plan_.interfaces.list[i];
      use_pins(interface);
      check_kind(interface);
    }
    find_clock();
    find_reset();
    find_interrupt();
    for (size_t i = 0; i < plan_.interfaces.count; ++i) {
      const Interface& interface = plan_.interfaces.list[i];
      check_pins(interface);
      check_widths(ports_, interface, faults_);
    }
    keep_rest();
    if (plan_.interfaces.more) {
      faults_.push_back(fmt::format("there are more than {} interfaces", Interfaces::kMost));
    }
    if (plan_.interfaces.count == 0) {
      faults_.push_back(
          "no AXI interface: expected pins such as s_axil_awvalid (AXI4-Lite), m_axi_arvalid (AXI4) or "
          "s_axis_tvalid (AXI4-Stream); its ports are " +
          join(all_names()));
    }
    if (!faults_.empty()) {
      fail("the ports of {}: {}{}{}", module_, join(faults_, "\n  "),
           extra("\n  inputs that belong to nothing: ", plan_.held_low),
           extra("\n  outputs that belong to nothing: ", plan_.not_read));
    }
    return plan_;
  }

 private:
  static std::string extra(const char* text, const std::vector<std::string>& names) {
    return names.empty() ? "" : text + join(names);
  }
  std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    for (const Port& port : ports_) {
      names.emplace_back(port.name);
    }
    return names;
  }
  void use(const Port* port) { used_[static_cast<size_t>(port - ports_.data())] = true; }

  static std::vector<BusPin> pins_of(BusKind kind) {
    if (kind == BusKind::kStream) {
      return {kStreamPins.begin(), kStreamPins.end()};
    }
    std::vector<BusPin> pins(kLitePins.begin(), kLitePins.end());
    if (kind == BusKind::kAxi4) {
      pins.insert(pins.end(), kBurstPins.begin(), kBurstPins.end());
    }
    return pins;
  }
  void use_pins(const Interface& interface) {
    for (const BusPin& pin : pins_of(interface.kind)) {
      const Port* const port = find_port(ports_, interface.prefix, pin.suffix);
      if (port != nullptr && !(pin.width == BusPin::Width::kLock && port->bits == kOldLockBits)) {
        use(port);
      }
    }
  }
  void check_kind(const Interface& interface) {
    const bool served =
        interface.kind == BusKind::kStream || (interface.kind == BusKind::kAxi4) == interface.initiator;
    if (!served) {
      faults_.push_back(fmt::format(
          "{}*: {}; an accelerator is a subordinate of AXI4-Lite and a manager of AXI4 here",
          interface.prefix, interface.initiator ? "a manager of AXI4-Lite" : "a subordinate of AXI4"));
    } else if (interface.kind == BusKind::kLite && ++lites_ == 2) {
      faults_.push_back(fmt::format("{}*: a second AXI4-Lite interface; one is served", interface.prefix));
    }
  }
  void check_pins(const Interface& interface) {
    for (const BusPin& pin : pins_of(interface.kind)) {
      const Port* const port = find_port(ports_, interface.prefix, pin.suffix);
      if (port != nullptr) {
        const bool out = pin.forward == interface.initiator;
        if (port->direction != (out ? Port::Direction::kOut : Port::Direction::kIn)) {
          faults_.push_back(
              fmt::format("{} must be an {} of {}", port->name, out ? "output" : "input", bus(interface)));
        }
      } else if (pin.required &&
                 (pin.half == BusPin::Half::kBoth || !lacks_half(ports_, interface, pin.half))) {
        missing(std::string(interface.prefix) + std::string(pin.suffix), bus(interface));
      }
    }
  }
  static std::string bus(const Interface& interface) {
    const bool stream = interface.kind == BusKind::kStream;
    const char* const name = stream ? "AXI4-Stream" : interface.kind == BusKind::kLite ? "AXI4-Lite" : "AXI4";
    const char* const side =
        interface.initiator ? (stream ? "transmitter" : "manager") : (stream ? "receiver" : "subordinate");
    return fmt::format("the {} {} {}*", name, side, interface.prefix);
  }
  void missing(const std::string& name, const std::string& of) {
    std::vector<std::string> unused;
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (!used_[i]) {
        unused.emplace_back(ports_[i].name);
      }
    }
    const std::string near = nearest_name(name, unused);
    faults_.push_back(
        fmt::format("{} is missing, of {}{}", name, of,
                    near.empty() ? "" : fmt::format("; the nearest port that is there is {}", near)));
  }

  /// The named port, which must be of one bit and that direction.
  const Port* single(const std::string& name, Port::Direction direction, const char* key) {
    const Port* const port = find_port(ports_, "", name);
    if (port == nullptr) {
      missing(name, fmt::format("the work's key pins.{}", key));
    } else if (port->bits != 1 || port->direction != direction) {
      faults_.push_back(fmt::format("{} cannot be the {}: it is no {} of one bit", name, key,
                                    direction == Port::Direction::kIn ? "input" : "output"));
    } else if (used_[static_cast<size_t>(port - ports_.data())]) {
      faults_.push_back(fmt::format(
          "{} cannot be the {}: it belongs to an interface, or to another key of pins", name, key));
    } else {
      use(port);
      return port;
    }
    return nullptr;
  }
  template <typename Is>
  std::vector<std::string> find(Port::Direction direction, const Is& is) {
    std::vector<std::string> found;
    for (const Port& port : ports_) {
      if (port.bits == 1 && port.direction == direction && is(port.name)) {
        use(&port);
        found.emplace_back(port.name);
      }
    }
    return found;
  }
  void find_clock() {
    if (names_.clock) {
      plan_.clocks = {*names_.clock};
      (void)single(*names_.clock, Port::Direction::kIn, "clock");
      return;
    }
    plan_.clocks = find(Port::Direction::kIn, is_clock_name);
    if (plan_.clocks.empty()) {
      faults_.push_back(
          "no clock: expected an input clk, clock, aclk or ap_clk; the work's key pins.clock names another");
    }
  }
  void find_reset() {
    if (names_.reset) {
      plan_.resets = {*names_.reset};
      (void)single(*names_.reset, Port::Direction::kIn, "reset");
      plan_.reset_active_high = names_.reset_active_high.value_or(is_high_reset_name(*names_.reset));
      return;
    }
    plan_.resets = find(Port::Direction::kIn, is_low_reset_name);
    if (plan_.resets.empty()) {
      plan_.resets = find(Port::Direction::kIn, is_high_reset_name);
      plan_.reset_active_high = !plan_.resets.empty();
    }
    plan_.reset_active_high = names_.reset_active_high.value_or(plan_.reset_active_high);
  }
  void find_interrupt() {
    if (names_.interrupt) {
      plan_.interrupt = *names_.interrupt;
      (void)single(*names_.interrupt, Port::Direction::kOut, "interrupt");
      return;
    }
    const std::vector<std::string> found = find(Port::Direction::kOut, is_interrupt_name);
    plan_.interrupt = found.empty() ? "" : found.front();
  }
  void keep_rest() {
    for (size_t i = 0; i < ports_.size(); ++i) {
      const Port& port = ports_[i];
      if (port.direction == Port::Direction::kBoth) {
        faults_.push_back(fmt::format("{} is an inout, which nothing here can drive", port.name));
      } else if (port.bits == 0) {
        faults_.push_back(fmt::format("{} is an unpacked array: make it a packed one", port.name));
      } else if (!used_[i]) {
        (port.direction == Port::Direction::kIn ? plan_.held_low : plan_.not_read).emplace_back(port.name);
      }
    }
  }

  std::string_view module_;
  std::span<const Port> ports_;
  const PinNames& names_;
  std::vector<bool> used_;
  int lites_ = 0;
  PortPlan plan_;
  std::vector<std::string> faults_;
};

}  // namespace

PortPlan plan_ports(std::string_view module, std::span<const Port> ports, const PinNames& names) {
  return Planner(module, ports, names).plan();
}

}  // namespace tridex::arch
