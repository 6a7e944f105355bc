#pragma once
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/random_stall.h"
#include "arch/bridge/stream_packet.h"
#include "arch/bridge/stream_pins.h"

namespace tridex::arch {

struct StreamReceiverOptions {
  int packets = 4;         ///< pieces that are collected or wait to be handed over, 2 at least
  int piece_bytes = 4096;  ///< a piece of a packet is handed over when it has so many, 1 at least
  uint64_t address = 0;    ///< of the first write, as set_address()
  std::optional<uint64_t> stride = std::nullopt;
  double stall = 0;   ///< for tests: in so many cycles it is not ready
  uint64_t seed = 1;  ///< of the stalls
};

/// What a StreamReceiver does, apart from the widths of its pins.
class StreamReceiverBase : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};
  /// Takes the packets in the place of the socket, if it is bound.
  sc_core::sc_port<StreamSinkIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> sink{"sink"};

  /// Where the next write goes. Pieces of a packet follow each other. The next packet begins at the byte
  /// behind the last, or, with a stride, at address + number of the packet * stride.
  void set_address(uint64_t address, std::optional<uint64_t> stride = std::nullopt);
  /// Where the next byte goes.
  [[nodiscard]] uint64_t next_address() const { return next_; }
  /// Writes that came back with an error (a stream cannot say so), and the last one's status.
  [[nodiscard]] uint64_t failed_writes() const { return failed_; }
  [[nodiscard]] tlm::tlm_response_status failed_status() const { return failed_status_; }

 protected:
  /// Throws std::invalid_argument for options out of range.
  StreamReceiverBase(const sc_core::sc_module_name& module_name, const StreamShape& shape,
                     const StreamReceiverOptions& options);
  ~StreamReceiverBase() override;

 private:
  virtual void sample(bool& valid, StreamBeat& beat) const = 0;
  virtual void drive_ready(bool ready) = 0;
  /// Null where the socket is not bound.
  virtual tlm::tlm_fw_transport_if<>* forward() = 0;

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;  // only b_transport is called
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void end_of_elaboration() override;

  void on_edge();
  void take(const StreamBeat& beat);
  void append(StreamPacket& piece, const StreamBeat& beat);
  void close(bool last);
  void hand_over();
  void write_packets();
  void write(StreamPacket& piece);
  StreamPacket& piece(uint64_t number) { return pieces_[number % pieces_.size()]; }

  const StreamShape shape_;
  const size_t piece_bytes_;
  RandomStall stall_;
  std::vector<StreamPacket> pieces_;  // a ring: piece k is at k % size
  uint64_t closed_ = 0, handed_ = 0;  // piece number `closed_` is being collected
  bool open_ = false;                 // and has a beat
  StreamBeat beat_;
  bool ready_ = false;
  uint64_t base_ = 0, next_ = 0, written_ = 0;  // packets since set_address()
  std::optional<uint64_t> stride_;
  uint64_t failed_ = 0;
  tlm::tlm_response_status failed_status_ = tlm::TLM_OK_RESPONSE;
  tlm::tlm_generic_payload payload_;
  StreamExtension extension_;
  sc_core::sc_event closed_event_;
};

/// AXI4-Stream to TLM-2.0: collects the bytes of a packet and hands it over at TLAST, as one write
/// (b_transport) or to the sink; exactly one of `socket` and `sink` is bound. A longer packet is handed over
/// in pieces; so is one whose TID or TDEST changes before TLAST. Null bytes are dropped, wherever they are.
/// Position bytes are bytes that are not enabled. TID, TDEST and TUSER (a StreamExtension of the payload) are
/// those of the first beat. A packet without bytes comes to a sink, and is no write.
///
/// TREADY is low while all pieces are waiting for their receiver. A reset drops what is being collected; what
/// is complete is still handed over.
///
/// Time: the sink is called at the edge of the last beat's handshake, b_transport too, after an earlier one
/// has come back (and its annotated delay is over). Without stalls a beat a cycle, as long as the target
/// keeps up. TREADY does not depend on TVALID.
template <StreamShape kShape, unsigned kBusWidth = 32>
class StreamReceiver : public StreamReceiverBase {
 public:
  using Socket =
      tlm::tlm_initiator_socket<kBusWidth, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
  Socket socket{"socket"};
  StreamReceiverPins<kShape> pins;

  explicit StreamReceiver(const sc_core::sc_module_name& module_name,
                          const StreamReceiverOptions& options = {})
      : StreamReceiverBase(module_name, kShape, options) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

 private:
  void sample(bool& valid, StreamBeat& beat) const override {
    valid = pins.tvalid.read();
    if (valid) {
      pins.sample(beat);
    }
  }
  void drive_ready(bool ready) override { pins.tready.write(ready); }
  tlm::tlm_fw_transport_if<>* forward() override { return socket.size() > 0 ? socket.operator->() : nullptr; }
};

}  // namespace tridex::arch
