#pragma once
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/random_stall.h"
#include "arch/bridge/stream_packet.h"
#include "arch/bridge/stream_pins.h"

namespace tridex::arch {

struct StreamTransmitterOptions {
  int fifo_beats = 16;  ///< 1 at least
  double stall = 0;     ///< for tests: in so many cycles nothing new is offered
  uint64_t seed = 1;    ///< of the stalls
};

/// What a StreamTransmitter does, apart from the widths of its pins.
class StreamTransmitterBase : public sc_core::sc_module,
                              public tlm::tlm_fw_transport_if<>,
                              public StreamPushIf {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};
  sc_core::sc_export<StreamPushIf> push_export{"push_export"};

  bool push(const StreamPacket& packet) override;
  bool try_push(const StreamPacket& packet) override;
  /// Beats that wait in the FIFO.
  [[nodiscard]] int beats() const { return static_cast<int>(taken_ - sent_); }

 protected:
  /// Throws std::invalid_argument for options out of range.
  StreamTransmitterBase(const sc_core::sc_module_name& module_name, const StreamShape& shape,
                        const StreamTransmitterOptions& options);

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Slot {
    StreamBeat beat;
    sc_core::sc_time due;
  };
  /// A packet that is not all in the FIFO.
  struct Writer {
    const uint8_t* data = nullptr;
    const uint8_t* enables = nullptr;  // null: all
    unsigned length = 0, enables_length = 0, position = 0, beats_left = 0;
    uint64_t id = 0, dest = 0, user = 0;
    bool last = true;
    Payload* payload = nullptr;  // of nb_transport
    sc_core::sc_time due;
    bool waiting = false, begun = false, reset = false;
    sc_core::sc_event taken;
  };

  virtual bool sample_ready() const = 0;
  virtual void drive_valid(bool valid) = 0;
  virtual void drive_beat(const StreamBeat& beat) = 0;
  virtual tlm::tlm_bw_transport_if<>& backward() = 0;

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) override;

  tlm::tlm_response_status check(const Payload& payload) const;
  void check(const StreamPacket& packet) const;
  Writer& new_writer(unsigned length, const sc_core::sc_time& due);
  Writer& new_writer(const StreamPacket& packet);
  Writer& new_writer(const Payload& payload, const sc_core::sc_time& due);
  bool wait_for(Writer& writer);
  void slice(Writer& writer);
  void fill();
  void done(Writer& writer);
  void respond();
  void reset();
  void on_edge();

  const StreamShape shape_;
  RandomStall stall_;
  std::vector<Slot> fifo_;  // a ring: beat k is at k % size
  uint64_t taken_ = 0, sent_ = 0;
  bool valid_ = false, in_reset_ = true;  // until an edge says otherwise
  std::vector<std::unique_ptr<Writer>> all_;
  std::vector<Writer*> unused_;
  std::deque<Writer*> writers_;  // in the order of their packets
  struct Response {
    Payload* payload;
    tlm::tlm_response_status status;
  };
  std::deque<Response> responses_;
  Payload* responding_ = nullptr;  // has no END_RESP yet
};

/// TLM-2.0 to AXI4-Stream: a write of n bytes is a packet. Its bytes fill beats from the lowest byte on; the
/// last beat has TKEEP for what is left, and TLAST (unless a StreamExtension says that the packet goes on).
/// Address and streaming width are of no meaning. Bytes that are not enabled become position bytes, or,
/// without TSTRB, null bytes. Packets of all callers go one after the other, in the order of the calls.
///
/// Beats go through a FIFO. b_transport (and push(), and an answer of nb_transport) comes back when the last
/// beat is in the FIFO, at once where there is room (one with an annotated delay: at the first edge that is
/// not earlier): nobody waits for the pins unless the FIFO is full. A packet may be longer than the FIFO.
///
/// Status: a read is a command error; a length that is no whole number of beats is a burst error where there
/// is no TKEEP; bytes that are not enabled are a byte enable error where there is neither TKEEP nor TSTRB. A
/// reset empties the FIFO; a packet that was being taken is a generic error, those behind it wait for its
/// end.
///
/// Time: a beat that is given at time t is on the pins after the first rising edge later than t, or after the
/// edge of the handshake of the beat before it: without stalls a beat a cycle. Before the first edge the
/// bridge is in reset. TVALID depends on no pin but the reset.
template <StreamShape kShape, unsigned kBusWidth = 32>
class StreamTransmitter : public StreamTransmitterBase {
 public:
  tlm::tlm_target_socket<kBusWidth> socket{"socket"};
  StreamTransmitterPins<kShape> pins;

  explicit StreamTransmitter(const sc_core::sc_module_name& module_name,
                             const StreamTransmitterOptions& options = {})
      : StreamTransmitterBase(module_name, kShape, options) {
    socket.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  }

 private:
  bool sample_ready() const override { return pins.tready.read(); }
  void drive_valid(bool valid) override { pins.tvalid.write(valid); }
  void drive_beat(const StreamBeat& beat) override { pins.drive(beat); }
  tlm::tlm_bw_transport_if<>& backward() override { return *socket.operator->(); }
};

}  // namespace tridex::arch
