#include "arch/own_rtl/check_widths.h"

#include <fmt/format.h>

#include <bit>

#include "arch/own_rtl/bus_widths.h"

namespace tridex::arch {
namespace {

const char* bus_name(BusKind kind) {
  return kind == BusKind::kLite ? "AXI4-Lite" : kind == BusKind::kAxi4 ? "AXI4" : "AXI4-Stream";
}

}  // namespace

void check_widths(std::span<const Port> ports, const Interface& interface, std::vector<std::string>& faults) {
  const BusWidths widths = bus_widths(ports, interface);
  const auto check = [&](std::span<const BusPin> pins) {
    for (const BusPin& pin : pins) {
      const Port* const port = find_port(ports, interface.prefix, pin.suffix);
      if (port == nullptr) {
        continue;
      }
      const auto differs = [&](const std::string& expected) {
        faults.push_back(fmt::format("{} has {} bits; expected {}", port->name, port->bits, expected));
      };
      const auto wants = [&](int bits, const std::string& because) {
        if (port->bits != bits) {
          differs(fmt::format("{}, {}", bits, because));
        }
      };
      switch (pin.width) {
        case BusPin::Width::kFixed:
          wants(pin.bits, fmt::format("as {} has it", bus_name(interface.kind)));
          break;
        case BusPin::Width::kLock:
          if (port->bits != kOldLockBits) {
            wants(1, "as AXI4 has it");
          }
          break;
        case BusPin::Width::kData:
          if (!data_bits_fit(interface.kind, port->bits)) {
            differs(interface.kind == BusKind::kLite   ? "32 or 64"
                    : interface.kind == BusKind::kAxi4 ? "32, 64, 128, 256, 512 or 1024"
                                                       : "whole bytes, 8 to 1024");
          } else {
            wants(widths.data, "as the data pin of the other direction");
          }
          break;
        case BusPin::Width::kStrobe:
          wants(widths.data / 8, "a bit a byte of the data");
          break;
        case BusPin::Width::kAddress:
          if (!address_bits_fit(interface.kind, port->bits)) {
            differs(interface.kind == BusKind::kLite ? "1 to 64" : "12 to 64");
          } else {
            wants(widths.address, "as the address pin of the other direction");
          }
          break;
        case BusPin::Width::kId:
          if (port->bits > kMostIdBits) {
            differs(fmt::format("{} at most", kMostIdBits));
          } else {
            wants(widths.id, "as the other ID pins");
          }
          break;
        case BusPin::Width::kFree:
          if (port->bits > 64) {
            differs("64 at most");
          }
          break;
      }
    }
  };
  if (interface.kind == BusKind::kStream) {
    check(kStreamPins);
    return;
  }
  check(kLitePins);
  if (interface.kind == BusKind::kAxi4) {
    check(kBurstPins);
  }
}

}  // namespace tridex::arch
