#pragma once
#include <systemc>
#include <tlm>

#include "arch/bridge/axi4_manager_core.h"
#include "arch/bridge/axi4_pins.h"

namespace tridex::arch {

/// TLM-2.0 in front, the pins of an AXI4 manager behind.
///
/// Payloads of any address, length, streaming width and byte enables become legal bursts (axi4_split.h says
/// which), by b_transport and by nb_transport with the base protocol's four phases. Payloads are sent in the
/// order of their calls; several are under way at once, and those of different IDs may be answered in another
/// order. A payload that overlaps one before, where one of them writes, waits for its response, as AXI orders
/// nothing between IDs or between reads and writes. All bursts of a payload have one ID.
///
/// Responses: OKAY and EXOKAY are TLM_OK_RESPONSE, SLVERR is TLM_GENERIC_ERROR_RESPONSE, DECERR is
/// TLM_ADDRESS_ERROR_RESPONSE (and of a payload with both). The data of a read with an error are what was on
/// the pins.
///
/// Time: pins are sampled at the rising edge and driven after it; no VALID waits for a READY. A payload whose
/// BEGIN_REQ (or b_transport) takes effect at a time t has its address on the pins after the kRequestEdges-th
/// rising edge later than t if nothing is before it (an edge at t itself does not count for a call made at
/// t); the data of a write begin with its address. BEGIN_RESP comes at the edge that transfers the last
/// response. END_REQ is returned with BEGIN_REQ unless `outstanding` payloads are accepted, and otherwise
/// comes at the edge that makes room.
///
/// `aresetn` low, also between edges: VALID and READY go low, and all payloads that had come get
/// TLM_GENERIC_ERROR_RESPONSE (what a write has changed is not known); those that come during the reset are
/// sent after it.
///
/// Throws std::runtime_error (from the simulation) for what no subordinate or initiator may do: a response
/// that belongs to nothing, a wrong RLAST, a breach of the base protocol. No DMI, no debug access.
template <int DataBits, int AddressBits, int IdBits>
class Axi4Manager : public sc_core::sc_module {
 public:
  static constexpr unsigned kRequestEdges = 1;

  tlm::tlm_target_socket<> socket{"socket"};
  sc_core::sc_in<bool> aclk{"aclk"}, aresetn{"aresetn"};
  Axi4ManagerPins<DataBits, AddressBits, IdBits> pins;

  explicit Axi4Manager(const sc_core::sc_module_name& module_name, const Axi4ManagerConfig& config = {})
      : sc_module(module_name), core_(name(), socket, config, DataBits / 8, AddressBits, IdBits) {
    SC_METHOD(tick);
    sensitive << aclk.pos() << aresetn.neg();
    dont_initialize();
  }

 private:
  SC_HAS_PROCESS(Axi4Manager);

  void tick() {
    if (!aresetn.read()) {
      core_.reset();
    } else {
      if (core_.pins().bready && pins.bvalid.read()) {
        core_.take_write_response(static_cast<uint32_t>(pins.bid.read()),
                                  static_cast<Axi4Response>(pins.bresp.read()));
      }
      if (core_.pins().rready && pins.rvalid.read()) {
        axi4_from_pin<DataBits>(pins.rdata.read(), read_data_);
        core_.take_read_data(static_cast<uint32_t>(pins.rid.read()),
                             static_cast<Axi4Response>(pins.rresp.read()), pins.rlast.read(), read_data_);
      }
      core_.clock(pins.awready.read(), pins.wready.read(), pins.arready.read());
    }
    drive();
  }

  void drive() {
    const Axi4ManagerCore::Pins& now = core_.pins();
    pins.awvalid.write(now.awvalid);
    pins.wvalid.write(now.wvalid);
    pins.arvalid.write(now.arvalid);
    pins.bready.write(now.bready);
    pins.rready.write(now.rready);
    if (now.new_aw) {
      axi4_drive_aw(pins, now.aw);
    }
    if (now.new_ar) {
      axi4_drive_ar(pins, now.ar);
    }
    if (now.new_w) {
      axi4_to_pin<DataBits>(now.wdata, write_data_);
      axi4_to_pin<DataBits / 8>(now.wstrb.data(), write_strobe_);
      pins.wdata.write(write_data_);
      pins.wstrb.write(write_strobe_);
      pins.wlast.write(now.wlast);
    }
  }

  Axi4ManagerCore core_;
  uint8_t read_data_[DataBits / 8] = {};
  PinType<DataBits> write_data_{};
  PinType<DataBits / 8> write_strobe_{};
};

}  // namespace tridex::arch
