#pragma once
#include <systemc>

#include "arch/bridge/axi4_checker_core.h"
#include "arch/bridge/axi4_pins.h"

namespace tridex::arch {

/// Watches the pins of an AXI4 interface at each rising edge, and notes what breaks a rule (axi4_rules.h).
/// Drives nothing; nothing is printed or thrown. Responses are those of the oldest burst of their ID: that
/// they are not, can be seen (`read_last`) only where the bursts' lengths differ, and of writes not at all.
///
///     Axi4Wires<64, 32, 4> wires;
///     Axi4Checker<64, 32, 4> checker("checker");
///     checker.pins.bind(wires);
template <int DataBits, int AddressBits, int IdBits>
class Axi4Checker : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> aclk{"aclk"}, aresetn{"aresetn"};
  Axi4MonitorPins<DataBits, AddressBits, IdBits> pins;

  explicit Axi4Checker(const sc_core::sc_module_name& module_name)
      : sc_module(module_name), core_(name(), DataBits / 8) {
    SC_METHOD(tick);
    sensitive << aclk.pos();
    dont_initialize();
  }

  /// What was found so far, in order.
  [[nodiscard]] const std::vector<Axi4Violation>& violations() const { return core_.violations(); }
  /// At the end of a simulation: bursts that are still open are violations.
  void finish() { core_.finish(); }
  /// How many transfers a channel has had since the beginning.
  [[nodiscard]] uint64_t transfers(Axi4Channel channel) const { return core_.transfers(channel); }

 private:
  SC_HAS_PROCESS(Axi4Checker);

  void tick() {
    const auto handshake = [this](Axi4Channel channel, bool valid, bool ready) {
      sample_.channels[static_cast<size_t>(channel)] = {valid, ready};
      return valid;
    };
    const bool w_waited = waits(Axi4Channel::kW), r_waited = waits(Axi4Channel::kR);
    sample_.aresetn = aresetn.read();
    if (handshake(Axi4Channel::kAw, pins.awvalid.read(), pins.awready.read())) {
      sample_.aw = axi4_read_aw(pins);
    }
    if (handshake(Axi4Channel::kAr, pins.arvalid.read(), pins.arready.read())) {
      sample_.ar = axi4_read_ar(pins);
    }
    if (handshake(Axi4Channel::kW, pins.wvalid.read(), pins.wready.read())) {
      axi4_from_pin<DataBits / 8>(pins.wstrb.read(), sample_.wstrb.data());
      sample_.wlast = pins.wlast.read();
      sample_.wdata_same = !w_waited || write_data_ == pins.wdata.read();
    }
    if (handshake(Axi4Channel::kB, pins.bvalid.read(), pins.bready.read())) {
      sample_.bid = static_cast<uint32_t>(pins.bid.read());
      sample_.bresp = static_cast<Axi4Response>(pins.bresp.read());
    }
    if (handshake(Axi4Channel::kR, pins.rvalid.read(), pins.rready.read())) {
      sample_.rid = static_cast<uint32_t>(pins.rid.read());
      sample_.rresp = static_cast<Axi4Response>(pins.rresp.read());
      sample_.rlast = pins.rlast.read();
      sample_.rdata_same = !r_waited || read_data_ == pins.rdata.read();
    }
    core_.clock(sample_);
    // Data are kept only where they will be compared.
    if (waits(Axi4Channel::kW)) {
      write_data_ = pins.wdata.read();
    }
    if (waits(Axi4Channel::kR)) {
      read_data_ = pins.rdata.read();
    }
  }
  [[nodiscard]] bool waits(Axi4Channel channel) const {
    return sample_.of(channel).valid && !sample_.of(channel).ready;
  }

  Axi4CheckerCore core_;
  Axi4Sample sample_;
  PinType<DataBits> write_data_{}, read_data_{};
};

}  // namespace tridex::arch
