#pragma once
#include <systemc>
#include <tlm>

#include "arch/bridge/axi4_pins.h"
#include "arch/bridge/axi4_subordinate_core.h"

namespace tridex::arch {

/// The pins of an AXI4 subordinate in front, TLM-2.0 behind.
///
/// Each burst becomes one generic payload, sent by nb_transport with the base protocol's four phases
/// (requests one after the other; responses are taken at once and in any order): INCR as its address and all
/// its bytes, FIXED with a streaming width of one beat's bytes, WRAP as the bytes from its wrap boundary on
/// in the order of their addresses. Strobes that are off become byte enables; without such there are none. A
/// payload has an Axi4Extension with the rest of what the pins said. Responses of different IDs go out in the
/// order in which they come, those of an ID in the order of their addresses. TLM_OK_RESPONSE is OKAY (EXOKAY
/// of an exclusive access whose target set `exclusive_okay`), TLM_ADDRESS_ERROR_RESPONSE is DECERR, any other
/// is SLVERR.
///
/// Time: pins are sampled at the rising edge and driven after it; no READY waits for a VALID. A read is
/// requested at the edge that transfers its address, a write at the edge that transfers the last of address
/// and data. A response that takes effect at a time t is on the pins after the first edge that is not before
/// t (after the next one where the target calls BEGIN_RESP at the very time of an edge). So with a target
/// that completes at once, the first data of a read, and the response of a write, are transferred
/// kResponseEdges after the address, or the last data.
///
/// `aresetn` low, also between edges: VALID and READY go low, and all bursts are forgotten; what a target
/// still owes is dropped when it comes, and holds one of the `reads` or `writes` until then.
///
/// Throws std::runtime_error (from the simulation) for a wrong WLAST and for breaches of the base protocol.
template <int DataBits, int AddressBits, int IdBits>
class Axi4Subordinate : public sc_core::sc_module {
 public:
  static constexpr unsigned kResponseEdges = 1;

  tlm::tlm_initiator_socket<> socket{"socket"};
  sc_core::sc_in<bool> aclk{"aclk"}, aresetn{"aresetn"};
  Axi4SubordinatePins<DataBits, AddressBits, IdBits> pins;

  explicit Axi4Subordinate(const sc_core::sc_module_name& module_name,
                           const Axi4SubordinateConfig& config = {})
      : sc_module(module_name), core_(name(), socket, config, DataBits / 8, IdBits) {
    SC_METHOD(tick);
    sensitive << aclk.pos() << aresetn.neg();
    dont_initialize();
  }

 private:
  SC_HAS_PROCESS(Axi4Subordinate);

  void tick() {
    if (!aresetn.read()) {
      core_.reset();
    } else {
      if (core_.pins().awready && pins.awvalid.read()) {
        core_.take_write_address(axi4_read_aw(pins));
      }
      if (core_.pins().wready && pins.wvalid.read()) {
        axi4_from_pin<DataBits>(pins.wdata.read(), write_data_);
        Axi4Strobe strobe{};
        axi4_from_pin<DataBits / 8>(pins.wstrb.read(), strobe.data());
        core_.take_write_data(write_data_, strobe, pins.wlast.read());
      }
      if (core_.pins().arready && pins.arvalid.read()) {
        core_.take_read_address(axi4_read_ar(pins));
      }
      core_.clock(pins.bready.read(), pins.rready.read());
    }
    drive();
  }

  void drive() {
    const Axi4SubordinateCore::Pins& now = core_.pins();
    pins.awready.write(now.awready);
    pins.wready.write(now.wready);
    pins.arready.write(now.arready);
    pins.bvalid.write(now.bvalid);
    pins.rvalid.write(now.rvalid);
    if (now.new_b) {
      pins.bid.write(static_cast<PinType<IdBits>>(now.bid));
      pins.bresp.write(static_cast<uint32_t>(now.bresp));
    }
    if (now.new_r) {
      axi4_to_pin<DataBits>(now.rdata, read_data_);
      pins.rid.write(static_cast<PinType<IdBits>>(now.rid));
      pins.rdata.write(read_data_);
      pins.rresp.write(static_cast<uint32_t>(now.rresp));
      pins.rlast.write(now.rlast);
    }
  }

  Axi4SubordinateCore core_;
  uint8_t write_data_[DataBits / 8] = {};
  PinType<DataBits> read_data_{};
};

}  // namespace tridex::arch
