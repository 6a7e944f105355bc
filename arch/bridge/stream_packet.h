#pragma once
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

namespace tridex::arch {

/// A packet, or a piece of one.
struct StreamPacket {
  std::vector<uint8_t> data = {};
  /// Empty, or an entry a byte of `data`: 0 where a byte only takes its place (a position byte, TKEEP without
  /// TSTRB), else 0xff.
  std::vector<uint8_t> enables = {};
  uint64_t id = 0, dest = 0, user = 0;
  bool last = true;  ///< the packet ends here
  bool operator==(const StreamPacket&) const = default;
};

/// TID, TDEST and TUSER of a payload that is written to a StreamTransmitter (0 without this extension) or by
/// a StreamReceiver, and whether a packet ends with it.
struct StreamExtension : tlm::tlm_extension<StreamExtension> {
  uint64_t id = 0, dest = 0, user = 0;
  bool last = true;

  [[nodiscard]] tlm::tlm_extension_base* clone() const override { return new StreamExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const StreamExtension&>(other);
  }
};

/// Into a StreamTransmitter without payloads. What `packet` holds is copied.
class StreamPushIf : public virtual sc_core::sc_interface {
 public:
  /// From a thread: blocks until all beats have been taken into the FIFO. False: a reset has dropped it. A
  /// packet without bytes is a beat of null bytes. Throws std::invalid_argument where the pins cannot say it.
  virtual bool push(const StreamPacket& packet) = 0;
  /// All beats at once, or false: there is not that much room, somebody else waits for it, or it is reset.
  virtual bool try_push(const StreamPacket& packet) = 0;
};

/// Out of a StreamReceiver without payloads.
class StreamSinkIf : public virtual sc_core::sc_interface {
 public:
  /// Called at a clock edge, from a method. False: not now; it is offered again at each edge.
  virtual bool take(const StreamPacket& packet) = 0;
};

}  // namespace tridex::arch
