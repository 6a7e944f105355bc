#pragma once
#include <cstddef>
#include <cstdint>
#include <systemc>

namespace tridex::arch {

/// The ports of a buffer, one for reading and one for writing, that units and the DMA share (port_arbiter.h).
/// Times are edges of the accelerator's clock, not before now, unless a call says otherwise.
class BufferPortsIf : public virtual sc_core::sc_interface {
 public:
  /// A further unit that executes one command at a time. Returns its number.
  virtual size_t add_user() = 0;

  /// A unit has a command of so many bytes to read and to write that begins at `start` and, alone, would have
  /// them all moved at `due`.
  virtual void begin(size_t user, const sc_core::sc_time& start, const sc_core::sc_time& due, int64_t read,
                     int64_t written) = 0;

  /// When all of it has passed, as far as is known now (a time that is over is final).
  virtual sc_core::sc_time passed(size_t user) = 0;

  /// A run of the DMA, into the buffer or out of it, whose last byte is due at any time `due`. Returns when
  /// it has passed: `due`, or a later edge.
  virtual sc_core::sc_time transfer(bool out, const sc_core::sc_time& due, int64_t bytes) = 0;
};

}  // namespace tridex::arch
