#pragma once
#include <cstdint>
#include <string>
#include <systemc>

#include "arch/bridge/named_pins.h"
#include "arch/bridge/pin_type.h"

namespace tridex::arch {

/// The values of all pins of an AXI4-Lite interface at one clock edge.
struct LiteValues {
  uint64_t awaddr = 0, wdata = 0, araddr = 0, rdata = 0;
  uint32_t awprot = 0, wstrb = 0, bresp = 0, arprot = 0, rresp = 0;
  bool awvalid = false, awready = false, wvalid = false, wready = false, bvalid = false, bready = false;
  bool arvalid = false, arready = false, rvalid = false, rready = false;
};

/// BRESP and RRESP (IHI 0022, table of the RRESP and BRESP encodings).
inline constexpr uint32_t kRespOkay = 0, kRespExokay = 1, kRespSlverr = 2, kRespDecerr = 3;

/// The pins of an AXI4-Lite interface of 32 or 64 data bits and 1 to 64 address bits, without clock and
/// reset. `Request` are those that the manager drives, `Answer` those that the subordinate drives.
template <int DataBits, int AddressBits, template <typename> class Request, template <typename> class Answer>
struct LitePins {
  static_assert(DataBits == 32 || DataBits == 64, "AXI4-Lite has a data bus of 32 or 64 bits");
  static_assert(AddressBits >= 1 && AddressBits <= 64);
  using Address = PinType<AddressBits>;
  using Data = PinType<DataBits>;

  Request<Address> awaddr;
  Request<uint32_t> awprot;
  Request<bool> awvalid;
  Answer<bool> awready;
  Request<Data> wdata;
  Request<uint32_t> wstrb;
  Request<bool> wvalid;
  Answer<bool> wready;
  Answer<uint32_t> bresp;
  Answer<bool> bvalid;
  Request<bool> bready;
  Request<Address> araddr;
  Request<uint32_t> arprot;
  Request<bool> arvalid;
  Answer<bool> arready;
  Answer<Data> rdata;
  Answer<uint32_t> rresp;
  Answer<bool> rvalid;
  Request<bool> rready;

  /// `prefix`: of the pins' names, for several bundles in one module.
  explicit LitePins(const std::string& prefix = "")
      : awaddr((prefix + "awaddr").c_str()),
        awprot((prefix + "awprot").c_str()),
        awvalid((prefix + "awvalid").c_str()),
        awready((prefix + "awready").c_str()),
        wdata((prefix + "wdata").c_str()),
        wstrb((prefix + "wstrb").c_str()),
        wvalid((prefix + "wvalid").c_str()),
        wready((prefix + "wready").c_str()),
        bresp((prefix + "bresp").c_str()),
        bvalid((prefix + "bvalid").c_str()),
        bready((prefix + "bready").c_str()),
        araddr((prefix + "araddr").c_str()),
        arprot((prefix + "arprot").c_str()),
        arvalid((prefix + "arvalid").c_str()),
        arready((prefix + "arready").c_str()),
        rdata((prefix + "rdata").c_str()),
        rresp((prefix + "rresp").c_str()),
        rvalid((prefix + "rvalid").c_str()),
        rready((prefix + "rready").c_str()) {}

  /// Binds each of these ports to its signal (or to the port of an enclosing module).
  template <typename Signals>
  void bind(Signals& signals) {
    requests(*this, signals, [](auto& port, auto& signal) { port.bind(signal); });
    answers(*this, signals, [](auto& port, auto& signal) { port.bind(signal); });
  }
  void sample_requests(LiteValues& values) const {
    requests(*this, values, [](auto& pin, auto& value) { value = pin.read(); });
  }
  void sample_answers(LiteValues& values) const {
    answers(*this, values, [](auto& pin, auto& value) { value = pin.read(); });
  }
  void drive_requests(const LiteValues& values) {
    requests(*this, values, [](auto& pin, auto& value) { write(pin, value); });
  }
  void drive_answers(const LiteValues& values) {
    answers(*this, values, [](auto& pin, auto& value) { write(pin, value); });
  }

 private:
  template <typename Pin, typename Value>
  static void write(Pin& pin, const Value& value) {
    using Type = std::remove_cv_t<std::remove_reference_t<decltype(pin.read())>>;
    pin.write(static_cast<Type>(value));
  }
  template <typename A, typename B, typename Visit>
  static void requests(A& a, B& b, const Visit& visit) {
    visit(a.awaddr, b.awaddr);
    visit(a.awprot, b.awprot);
    visit(a.awvalid, b.awvalid);
    visit(a.wdata, b.wdata);
    visit(a.wstrb, b.wstrb);
    visit(a.wvalid, b.wvalid);
    visit(a.bready, b.bready);
    visit(a.araddr, b.araddr);
    visit(a.arprot, b.arprot);
    visit(a.arvalid, b.arvalid);
    visit(a.rready, b.rready);
  }
  template <typename A, typename B, typename Visit>
  static void answers(A& a, B& b, const Visit& visit) {
    visit(a.awready, b.awready);
    visit(a.wready, b.wready);
    visit(a.bresp, b.bresp);
    visit(a.bvalid, b.bvalid);
    visit(a.arready, b.arready);
    visit(a.rdata, b.rdata);
    visit(a.rresp, b.rresp);
    visit(a.rvalid, b.rvalid);
  }
};

template <int DataBits, int AddressBits>
using LiteManagerPins = LitePins<DataBits, AddressBits, sc_core::sc_out, sc_core::sc_in>;
template <int DataBits, int AddressBits>
using LiteSubordinatePins = LitePins<DataBits, AddressBits, sc_core::sc_in, sc_core::sc_out>;
template <int DataBits, int AddressBits>
using LiteMonitorPins = LitePins<DataBits, AddressBits, sc_core::sc_in, sc_core::sc_in>;

/// The signals between two sides.
template <int DataBits, int AddressBits>
struct LiteSignals : LitePins<DataBits, AddressBits, PinSignal, PinSignal> {
  using LitePins<DataBits, AddressBits, PinSignal, PinSignal>::LitePins;

  /// Binds the pins of an RTL module, manager or subordinate, by their names: `prefix` is what stands before
  /// "awvalid" ("s_axil_"). It may do without AWPROT and ARPROT; else as bind_pin().
  void bind_module(sc_core::sc_module& module, const std::string& prefix) {
    bind_pin(module, prefix + "awaddr", this->awaddr);
    bind_pin(module, prefix + "awprot", this->awprot, false);
    bind_pin(module, prefix + "awvalid", this->awvalid);
    bind_pin(module, prefix + "awready", this->awready);
    bind_pin(module, prefix + "wdata", this->wdata);
    bind_pin(module, prefix + "wstrb", this->wstrb);
    bind_pin(module, prefix + "wvalid", this->wvalid);
    bind_pin(module, prefix + "wready", this->wready);
    bind_pin(module, prefix + "bresp", this->bresp);
    bind_pin(module, prefix + "bvalid", this->bvalid);
    bind_pin(module, prefix + "bready", this->bready);
    bind_pin(module, prefix + "araddr", this->araddr);
    bind_pin(module, prefix + "arprot", this->arprot, false);
    bind_pin(module, prefix + "arvalid", this->arvalid);
    bind_pin(module, prefix + "arready", this->arready);
    bind_pin(module, prefix + "rdata", this->rdata);
    bind_pin(module, prefix + "rresp", this->rresp);
    bind_pin(module, prefix + "rvalid", this->rvalid);
    bind_pin(module, prefix + "rready", this->rready);
  }
};

}  // namespace tridex::arch
