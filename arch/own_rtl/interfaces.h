#pragma once
#include <array>
#include <span>

#include "arch/own_rtl/port.h"

namespace tridex::arch {

enum class BusKind { kLite, kAxi4, kStream };

/// A pin of a bus, after the prefix of its interface.
struct BusPin {
  /// Which rule its width keeps (check_widths.cpp).
  enum class Width { kFixed, kLock, kData, kStrobe, kAddress, kId, kFree };
  /// A manager may have only reads or only writes: then the pins of the other half are not there at all.
  enum class Half { kBoth, kWrite, kRead };
  std::string_view suffix;
  bool forward;  ///< driven by the manager, or the transmitter
  bool required;
  Half half;
  Width width;
  int bits = 0;  ///< of kFixed
};

// IHI 0022, "Signal descriptions" and "AXI4-Lite signals"; IHI 0051, "Signal list". USER pins of AXI4 are
// left out.
inline constexpr std::array kLitePins{
    BusPin{"awaddr", true, true, BusPin::Half::kWrite, BusPin::Width::kAddress},
    BusPin{"awprot", true, false, BusPin::Half::kWrite, BusPin::Width::kFixed, 3},
    BusPin{"awvalid", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"awready", false, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"wdata", true, true, BusPin::Half::kWrite, BusPin::Width::kData},
    BusPin{"wstrb", true, true, BusPin::Half::kWrite, BusPin::Width::kStrobe},
    BusPin{"wvalid", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"wready", false, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"bresp", false, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 2},
    BusPin{"bvalid", false, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"bready", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"araddr", true, true, BusPin::Half::kRead, BusPin::Width::kAddress},
    BusPin{"arprot", true, false, BusPin::Half::kRead, BusPin::Width::kFixed, 3},
    BusPin{"arvalid", true, true, BusPin::Half::kRead, BusPin::Width::kFixed, 1},
    BusPin{"arready", false, true, BusPin::Half::kRead, BusPin::Width::kFixed, 1},
    BusPin{"rdata", false, true, BusPin::Half::kRead, BusPin::Width::kData},
    BusPin{"rresp", false, true, BusPin::Half::kRead, BusPin::Width::kFixed, 2},
    BusPin{"rvalid", false, true, BusPin::Half::kRead, BusPin::Width::kFixed, 1},
    BusPin{"rready", true, true, BusPin::Half::kRead, BusPin::Width::kFixed, 1}};

/// Those that AXI4 has beyond AXI4-Lite.
inline constexpr std::array kBurstPins{
    BusPin{"awid", true, false, BusPin::Half::kWrite, BusPin::Width::kId},
    BusPin{"awlen", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 8},
    BusPin{"awsize", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 3},
    BusPin{"awburst", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 2},
    BusPin{"awlock", true, false, BusPin::Half::kWrite, BusPin::Width::kLock},
    BusPin{"awcache", true, false, BusPin::Half::kWrite, BusPin::Width::kFixed, 4},
    BusPin{"awqos", true, false, BusPin::Half::kWrite, BusPin::Width::kFixed, 4},
    BusPin{"awregion", true, false, BusPin::Half::kWrite, BusPin::Width::kFixed, 4},
    BusPin{"wlast", true, true, BusPin::Half::kWrite, BusPin::Width::kFixed, 1},
    BusPin{"bid", false, false, BusPin::Half::kWrite, BusPin::Width::kId},
    BusPin{"arid", true, false, BusPin::Half::kRead, BusPin::Width::kId},
    BusPin{"arlen", true, true, BusPin::Half::kRead, BusPin::Width::kFixed, 8},
    BusPin{"arsize", true, true, BusPin::Half::kRead, BusPin::Width::kFixed, 3},
    BusPin{"arburst", true, true, BusPin::Half::kRead, BusPin::Width::kFixed, 2},
    BusPin{"arlock", true, false, BusPin::Half::kRead, BusPin::Width::kLock},
    BusPin{"arcache", true, false, BusPin::Half::kRead, BusPin::Width::kFixed, 4},
    BusPin{"arqos", true, false, BusPin::Half::kRead, BusPin::Width::kFixed, 4},
    BusPin{"arregion", true, false, BusPin::Half::kRead, BusPin::Width::kFixed, 4},
    BusPin{"rid", false, false, BusPin::Half::kRead, BusPin::Width::kId},
    BusPin{"rlast", false, true, BusPin::Half::kRead, BusPin::Width::kFixed, 1}};

inline constexpr std::array kStreamPins{
    BusPin{"tvalid", true, true, BusPin::Half::kBoth, BusPin::Width::kFixed, 1},
    BusPin{"tready", false, true, BusPin::Half::kBoth, BusPin::Width::kFixed, 1},
    BusPin{"tdata", true, true, BusPin::Half::kBoth, BusPin::Width::kData},
    BusPin{"tkeep", true, false, BusPin::Half::kBoth, BusPin::Width::kStrobe},
    BusPin{"tstrb", true, false, BusPin::Half::kBoth, BusPin::Width::kStrobe},
    BusPin{"tlast", true, false, BusPin::Half::kBoth, BusPin::Width::kFixed, 1},
    BusPin{"tid", true, false, BusPin::Half::kBoth, BusPin::Width::kFree},
    BusPin{"tdest", true, false, BusPin::Half::kBoth, BusPin::Width::kFree},
    BusPin{"tuser", true, false, BusPin::Half::kBoth, BusPin::Width::kFree}};

/// AWLOCK and ARLOCK have one bit in AXI4 and two in AXI3; Vitis HLS writes two beside AXI4's lengths (from
/// memory, unverified). Two are not read.
inline constexpr int kOldLockBits = 2;

/// Ports that share a prefix and are called as a bus's pins are.
struct Interface {
  std::string_view prefix;  ///< "s_axil_"
  BusKind kind = BusKind::kLite;
  bool initiator = false;  ///< the module is the manager, or the transmitter
};

/// ports.size() where there is no such port. In constant expressions this, and not find_port(): GCC 12 does
/// not compare a pointer with null there where UBSan checks pointers.
constexpr size_t port_index(std::span<const Port> ports, std::string_view prefix, std::string_view suffix) {
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::string_view name = ports[i].name;
    if (name.size() == prefix.size() + suffix.size() && same_name(name.substr(0, prefix.size()), prefix) &&
        same_name(name.substr(prefix.size()), suffix)) {
      return i;
    }
  }
  return ports.size();
}
/// nullptr where there is no such port.
inline const Port* find_port(std::span<const Port> ports, std::string_view prefix, std::string_view suffix) {
  const size_t index = port_index(ports, prefix, suffix);
  return index < ports.size() ? &ports[index] : nullptr;
}
/// 0 where there is no such port.
constexpr int port_bits(std::span<const Port> ports, std::string_view prefix, std::string_view suffix) {
  const size_t index = port_index(ports, prefix, suffix);
  return index < ports.size() ? ports[index].bits : 0;
}

/// How many of a bus's pins the ports with that prefix are, and for how many of them the module is the
/// initiator.
struct PinCount {
  int pins = 0, forward = 0;
};
constexpr PinCount count_pins(std::span<const Port> ports, std::string_view prefix,
                              std::span<const BusPin> pins) {
  PinCount count;
  for (const BusPin& pin : pins) {
    if (const size_t index = port_index(ports, prefix, pin.suffix); index < ports.size()) {
      ++count.pins;
      count.forward += (ports[index].direction == Port::Direction::kOut) == pin.forward ? 1 : 0;
    }
  }
  return count;
}

/// The interfaces of a module, `count` of them, in the order of their first ports.
struct Interfaces {
  static constexpr size_t kMost = 32;
  std::array<Interface, kMost> list{};
  size_t count = 0;
  bool more = false;  ///< there are more than kMost, which are not in the list

  constexpr bool has(std::string_view prefix) const {
    for (size_t i = 0; i < count; ++i) {
      if (same_name(list[i].prefix, prefix)) {
        return true;
      }
    }
    return false;
  }
  constexpr void add(const Interface& interface) {
    if (count < kMost) {
      list[count++] = interface;
    } else {
      more = true;
    }
  }
};

/// An interface is taken for one with some pins missing, so that the error can name them. A handshake of AXI
/// alone
/// ("PREFIXa" + "wvalid", of PREFIXawvalid) must not be one: it has four pins.
inline constexpr int kLeastAxiPins = 6, kLeastStreamPins = 2;

/// At compile time, to choose the bridges, and at run time, to check them.
constexpr Interfaces find_interfaces(std::span<const Port> ports) {
  Interfaces found;
  for (const Port& port : ports) {
    for (const BusPin& pin : kLitePins) {
      const std::string_view prefix = before_suffix(port.name, pin.suffix);
      if (prefix.empty() || found.has(prefix)) {
        continue;
      }
      const PinCount lite = count_pins(ports, prefix, kLitePins),
                     burst = count_pins(ports, prefix, kBurstPins);
      if (lite.pins + burst.pins >= kLeastAxiPins) {
        found.add({prefix, burst.pins >= 2 ? BusKind::kAxi4 : BusKind::kLite,
                   2 * (lite.forward + burst.forward) > lite.pins + burst.pins});
      }
    }
    for (const BusPin& pin : kStreamPins) {
      const std::string_view prefix = before_suffix(port.name, pin.suffix);
      if (prefix.empty() || found.has(prefix)) {
        continue;
      }
      const PinCount stream = count_pins(ports, prefix, kStreamPins);
      if (stream.pins >= kLeastStreamPins) {
        found.add({prefix, BusKind::kStream, 2 * stream.forward > stream.pins});
      }
    }
  }
  return found;
}

/// No pin of this half is there: a manager that only reads, or only writes.
constexpr bool lacks_half(std::span<const Port> ports, const Interface& interface, BusPin::Half half) {
  if (interface.kind != BusKind::kAxi4) {
    return false;
  }
  for (const auto pins : {std::span<const BusPin>(kLitePins), std::span<const BusPin>(kBurstPins)}) {
    for (const BusPin& pin : pins) {
      if (pin.half == half && port_index(ports, interface.prefix, pin.suffix) < ports.size()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace tridex::arch
