#pragma once
#include <string>
#include <systemc>

#include "arch/bridge/axi4_burst.h"
#include "arch/bridge/axi4_lanes.h"
#include "arch/bridge/pin_type.h"

/// Binds the pins of a module that are called PREFIXawvalid and so on, as a Verilated top's are, to wires:
///
///     Axi4Wires<64, 32, 4> wires;
///     TRIDEX_BIND_AXI4(ram, s_axi_, wires);
///
/// The widths must be those of the wires (another type does not compile). Pins for ID, LOCK, CACHE, PROT, QOS
/// and REGION may be absent; every other one must be there.
#define TRIDEX_BIND_AXI4(module, prefix, wires) \
  [](auto& axi4_module, auto& axi4_wires) {     \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awid)      \
    TRIDEX_AXI4_PIN(prefix, awaddr)             \
    TRIDEX_AXI4_PIN(prefix, awlen)              \
    TRIDEX_AXI4_PIN(prefix, awsize)             \
    TRIDEX_AXI4_PIN(prefix, awburst)            \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awlock)    \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awcache)   \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awprot)    \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awqos)     \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, awregion)  \
    TRIDEX_AXI4_PIN(prefix, awvalid)            \
    TRIDEX_AXI4_PIN(prefix, awready)            \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arid)      \
    TRIDEX_AXI4_PIN(prefix, araddr)             \
    TRIDEX_AXI4_PIN(prefix, arlen)              \
    TRIDEX_AXI4_PIN(prefix, arsize)             \
    TRIDEX_AXI4_PIN(prefix, arburst)            \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arlock)    \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arcache)   \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arprot)    \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arqos)     \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, arregion)  \
    TRIDEX_AXI4_PIN(prefix, arvalid)            \
    TRIDEX_AXI4_PIN(prefix, arready)            \
    TRIDEX_AXI4_PIN(prefix, wdata)              \
    TRIDEX_AXI4_PIN(prefix, wstrb)              \
    TRIDEX_AXI4_PIN(prefix, wlast)              \
    TRIDEX_AXI4_PIN(prefix, wvalid)             \
    TRIDEX_AXI4_PIN(prefix, wready)             \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, bid)       \
    TRIDEX_AXI4_PIN(prefix, bresp)              \
    TRIDEX_AXI4_PIN(prefix, bvalid)             \
    TRIDEX_AXI4_PIN(prefix, bready)             \
    TRIDEX_AXI4_OPTIONAL_PIN(prefix, rid)       \
    TRIDEX_AXI4_PIN(prefix, rdata)              \
    TRIDEX_AXI4_PIN(prefix, rresp)              \
    TRIDEX_AXI4_PIN(prefix, rlast)              \
    TRIDEX_AXI4_PIN(prefix, rvalid)             \
    TRIDEX_AXI4_PIN(prefix, rready)             \
  }(module, wires)
#define TRIDEX_AXI4_PIN(prefix, pin) axi4_module.prefix##pin.bind(axi4_wires.pin);
#define TRIDEX_AXI4_OPTIONAL_PIN(prefix, pin)            \
  if constexpr (requires { axi4_module.prefix##pin; }) { \
    axi4_module.prefix##pin.bind(axi4_wires.pin);        \
  }

namespace tridex::arch {

/// The signals of an AXI4 interface (A2, without the USER ones): those that the manager drives as `Driven`,
/// those that the subordinate drives as `Read`. DataBits: 32, 64, 128, 256, 512 or 1024; AddressBits to 64;
/// IdBits to 16.
template <int DataBits, int AddressBits, int IdBits, template <typename> class Driven,
          template <typename> class Read>
struct Axi4Bundle {
  static_assert(DataBits >= 32 && DataBits <= 8 * static_cast<int>(kAxi4MostBytes) &&
                (DataBits & (DataBits - 1)) == 0);
  static_assert(AddressBits >= 12 && AddressBits <= 64 && IdBits >= 1 && IdBits <= 16);
  using Data = PinType<DataBits>;
  using Strobe = PinType<DataBits / 8>;
  using Address = PinType<AddressBits>;
  using Id = PinType<IdBits>;
  template <int Bits>
  using Field = PinType<Bits>;

  const std::string prefix;  ///< before the names of the signals

 private:
  std::string name_;
  const char* named(const char* signal) { return (name_ = prefix + signal).c_str(); }

 public:
  Driven<Id> awid{named("awid")};
  Driven<Address> awaddr{named("awaddr")};
  Driven<Field<8>> awlen{named("awlen")};
  Driven<Field<3>> awsize{named("awsize")};
  Driven<Field<2>> awburst{named("awburst")};
  Driven<bool> awlock{named("awlock")};
  Driven<Field<4>> awcache{named("awcache")};
  Driven<Field<3>> awprot{named("awprot")};
  Driven<Field<4>> awqos{named("awqos")};
  Driven<Field<4>> awregion{named("awregion")};
  Driven<bool> awvalid{named("awvalid")};
  Read<bool> awready{named("awready")};

  Driven<Data> wdata{named("wdata")};
  Driven<Strobe> wstrb{named("wstrb")};
  Driven<bool> wlast{named("wlast")};
  Driven<bool> wvalid{named("wvalid")};
  Read<bool> wready{named("wready")};

  Read<Id> bid{named("bid")};
  Read<Field<2>> bresp{named("bresp")};
  Read<bool> bvalid{named("bvalid")};
  Driven<bool> bready{named("bready")};

  Driven<Id> arid{named("arid")};
  Driven<Address> araddr{named("araddr")};
  Driven<Field<8>> arlen{named("arlen")};
  Driven<Field<3>> arsize{named("arsize")};
  Driven<Field<2>> arburst{named("arburst")};
  Driven<bool> arlock{named("arlock")};
  Driven<Field<4>> arcache{named("arcache")};
  Driven<Field<3>> arprot{named("arprot")};
  Driven<Field<4>> arqos{named("arqos")};
  Driven<Field<4>> arregion{named("arregion")};
  Driven<bool> arvalid{named("arvalid")};
  Read<bool> arready{named("arready")};

  Read<Id> rid{named("rid")};
  Read<Data> rdata{named("rdata")};
  Read<Field<2>> rresp{named("rresp")};
  Read<bool> rlast{named("rlast")};
  Read<bool> rvalid{named("rvalid")};
  Driven<bool> rready{named("rready")};

  explicit Axi4Bundle(std::string signal_prefix = "") : prefix(std::move(signal_prefix)) {}
  Axi4Bundle(const Axi4Bundle&) = delete;
  Axi4Bundle& operator=(const Axi4Bundle&) = delete;

  /// Binds ports to the signals (or ports) of the same names.
  template <typename Wires>
  void bind(Wires& wires) {
    TRIDEX_BIND_AXI4(*this, , wires);
  }
};

template <typename T>
using Axi4Signal = sc_core::sc_signal<T>;
template <int DataBits, int AddressBits, int IdBits>
using Axi4Wires = Axi4Bundle<DataBits, AddressBits, IdBits, Axi4Signal, Axi4Signal>;
template <int DataBits, int AddressBits, int IdBits>
using Axi4ManagerPins = Axi4Bundle<DataBits, AddressBits, IdBits, sc_core::sc_out, sc_core::sc_in>;
template <int DataBits, int AddressBits, int IdBits>
using Axi4SubordinatePins = Axi4Bundle<DataBits, AddressBits, IdBits, sc_core::sc_in, sc_core::sc_out>;
/// All as inputs, to watch.
template <int DataBits, int AddressBits, int IdBits>
using Axi4MonitorPins = Axi4Bundle<DataBits, AddressBits, IdBits, sc_core::sc_in, sc_core::sc_in>;

/// Drives, and reads, the address pins of AW.
template <typename Pins>
void axi4_drive_aw(Pins& pins, const Axi4Address& address) {
  pins.awid.write(static_cast<typename Pins::Id>(address.id));
  pins.awaddr.write(static_cast<typename Pins::Address>(address.burst.address));
  pins.awlen.write(address.burst.beats - 1U);
  pins.awsize.write(address.burst.size);
  pins.awburst.write(static_cast<uint32_t>(address.burst.kind));
  pins.awlock.write(address.lock);
  pins.awcache.write(address.cache);
  pins.awprot.write(address.prot);
  pins.awqos.write(address.qos);
  pins.awregion.write(address.region);
}
template <typename Pins>
Axi4Address axi4_read_aw(const Pins& pins) {
  return {{pins.awaddr.read(), static_cast<uint16_t>(pins.awlen.read() + 1),
           static_cast<uint8_t>(pins.awsize.read()), static_cast<Axi4BurstKind>(pins.awburst.read())},
          static_cast<uint32_t>(pins.awid.read()),
          pins.awlock.read(),
          static_cast<uint8_t>(pins.awcache.read()),
          static_cast<uint8_t>(pins.awprot.read()),
          static_cast<uint8_t>(pins.awqos.read()),
          static_cast<uint8_t>(pins.awregion.read())};
}

/// Drives, and reads, the address pins of AR.
template <typename Pins>
void axi4_drive_ar(Pins& pins, const Axi4Address& address) {
  pins.arid.write(static_cast<typename Pins::Id>(address.id));
  pins.araddr.write(static_cast<typename Pins::Address>(address.burst.address));
  pins.arlen.write(address.burst.beats - 1U);
  pins.arsize.write(address.burst.size);
  pins.arburst.write(static_cast<uint32_t>(address.burst.kind));
  pins.arlock.write(address.lock);
  pins.arcache.write(address.cache);
  pins.arprot.write(address.prot);
  pins.arqos.write(address.qos);
  pins.arregion.write(address.region);
}
template <typename Pins>
Axi4Address axi4_read_ar(const Pins& pins) {
  return {{pins.araddr.read(), static_cast<uint16_t>(pins.arlen.read() + 1),
           static_cast<uint8_t>(pins.arsize.read()), static_cast<Axi4BurstKind>(pins.arburst.read())},
          static_cast<uint32_t>(pins.arid.read()),
          pins.arlock.read(),
          static_cast<uint8_t>(pins.arcache.read()),
          static_cast<uint8_t>(pins.arprot.read()),
          static_cast<uint8_t>(pins.arqos.read()),
          static_cast<uint8_t>(pins.arregion.read())};
}

}  // namespace tridex::arch
