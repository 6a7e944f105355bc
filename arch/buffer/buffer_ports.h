#pragma once
#include <cstddef>
#include <cstdint>
#include <systemc>

namespace tridex::arch {

/// The ports of a buffer, one for reading and one for writing, that units and the DMA share (port_arbiter.h).
/// Times are cycles of the accelerator's clock from 0, whose edges units work at.
class BufferPortsIf : public virtual sc_core::sc_interface {
 public:
  /// A further unit that executes one command at a time. Returns its number.
  virtual size_t add_user() = 0;

  /// A unit has a command of so many bytes to read and to write that begins at `start` (`now` or later) and,
  /// alone, would have them all moved at `due`.
  virtual void begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t read, int64_t written) = 0;

  /// When all of it has passed, as far as is known `now` (a time that is over is final).
  virtual int64_t passed(size_t user, int64_t now) = 0;

  /// A run of the DMA, into the buffer or out of it, that begins at `from` (not over). Returns when it can
  /// have passed.
  virtual int64_t transfer(bool out, int64_t from, int64_t bytes) = 0;
};

}  // namespace tridex::arch
