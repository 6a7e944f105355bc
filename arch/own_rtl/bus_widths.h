#pragma once
#include <bit>

#include "arch/own_rtl/interfaces.h"

namespace tridex::arch {

/// The parameters of a bus's bridges, from the first pin that has them.
struct BusWidths {
  int data = 0, address = 0, id = 1;
};

inline constexpr int kMostIdBits = 16;  // Axi4Bundle

constexpr BusWidths bus_widths(std::span<const Port> ports, const Interface& interface) {
  const auto first = [&](std::initializer_list<std::string_view> suffixes, int otherwise) {
    for (const std::string_view suffix : suffixes) {
      if (const int bits = port_bits(ports, interface.prefix, suffix); bits > 0) {
        return bits;
      }
    }
    return otherwise;
  };
  return interface.kind == BusKind::kStream
             ? BusWidths{first({"tdata"}, 0)}
             : BusWidths{first({"wdata", "rdata"}, 0), first({"awaddr", "araddr"}, 0),
                         first({"awid", "arid", "bid", "rid"}, 1)};
}

constexpr bool data_bits_fit(BusKind kind, int bits) {
  switch (kind) {
    case BusKind::kLite:
      return bits == 32 || bits == 64;
    case BusKind::kAxi4:
      return bits >= 32 && bits <= 1024 && std::has_single_bit(static_cast<unsigned>(bits));
    case BusKind::kStream:
      return bits >= 8 && bits <= 1024 && bits % 8 == 0;
  }
  return false;
}
constexpr bool address_bits_fit(BusKind kind, int bits) {
  return kind == BusKind::kStream || (bits >= (kind == BusKind::kAxi4 ? 12 : 1) && bits <= 64);
}
/// Bridges for these widths compile; plan_ports() says at run time why they do not.
constexpr bool widths_fit(std::span<const Port> ports, const Interface& interface) {
  const BusWidths widths = bus_widths(ports, interface);
  return data_bits_fit(interface.kind, widths.data) && address_bits_fit(interface.kind, widths.address) &&
         widths.id <= kMostIdBits && port_bits(ports, interface.prefix, "tid") <= 64 &&
         port_bits(ports, interface.prefix, "tdest") <= 64 &&
         port_bits(ports, interface.prefix, "tuser") <= 64;
}

}  // namespace tridex::arch
