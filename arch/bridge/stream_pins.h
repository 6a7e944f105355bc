#pragma once
#include <string>
#include <systemc>

#include "arch/bridge/named_pins.h"
#include "arch/bridge/stream_shape.h"

namespace tridex::arch {

/// In the place of a pin that a StreamShape leaves out.
struct NoPin {
  explicit NoPin(const char*) {}
};
template <int Bits, template <typename> class Kind>
using OptionalPin = std::conditional_t<Bits == 0, NoPin, Kind<PinType<Bits>>>;

/// The pins of an AXI4-Stream interface, without clock and reset. `Forward` are those that the transmitter
/// drives, `Back` is TREADY. Bits of TUSER and the others beyond a pin's width are not carried.
template <StreamShape kShape, template <typename> class Forward, template <typename> class Back>
struct StreamPins {
  static_assert(kShape.valid());
  static constexpr int kBytes = kShape.bytes();
  static constexpr int kKeepBits = kShape.keep ? kBytes : 0, kStrobeBits = kShape.strobe ? kBytes : 0;

  Forward<bool> tvalid;
  Back<bool> tready;
  Forward<PinType<kShape.data_bits>> tdata;
  OptionalPin<kKeepBits, Forward> tkeep;
  OptionalPin<kStrobeBits, Forward> tstrb;
  OptionalPin<kShape.last ? 1 : 0, Forward> tlast;
  OptionalPin<kShape.id_bits, Forward> tid;
  OptionalPin<kShape.dest_bits, Forward> tdest;
  OptionalPin<kShape.user_bits, Forward> tuser;

  /// `prefix`: of the pins' names, for several bundles in one module.
  explicit StreamPins(const std::string& prefix = "")
      : tvalid((prefix + "tvalid").c_str()),
        tready((prefix + "tready").c_str()),
        tdata((prefix + "tdata").c_str()),
        tkeep((prefix + "tkeep").c_str()),
        tstrb((prefix + "tstrb").c_str()),
        tlast((prefix + "tlast").c_str()),
        tid((prefix + "tid").c_str()),
        tdest((prefix + "tdest").c_str()),
        tuser((prefix + "tuser").c_str()) {}

  /// Binds each of these ports to its signal (or to the port of an enclosing module).
  template <typename Signals>
  void bind(Signals& signals) {
    tvalid.bind(signals.tvalid);
    tready.bind(signals.tready);
    tdata.bind(signals.tdata);
    bind_one(tkeep, signals.tkeep);
    bind_one(tstrb, signals.tstrb);
    bind_one(tlast, signals.tlast);
    bind_one(tid, signals.tid);
    bind_one(tdest, signals.tdest);
    bind_one(tuser, signals.tuser);
  }
  /// What the pins say now; pins that are not there as StreamShape says.
  void sample(StreamBeat& beat) const {
    pin_to_bytes<kShape.data_bits>(tdata.read(), beat.data.data());
    beat.keep = ByteMask::first(kBytes);
    sample_one<kKeepBits>(tkeep, &beat.keep);
    beat.strobe = beat.keep;
    sample_one<kStrobeBits>(tstrb, &beat.strobe);
    beat.last = true;
    sample_one<kShape.last ? 1 : 0>(tlast, &beat.last);
    sample_one<kShape.id_bits>(tid, &beat.id);
    sample_one<kShape.dest_bits>(tdest, &beat.dest);
    sample_one<kShape.user_bits>(tuser, &beat.user);
  }
  void drive(const StreamBeat& beat) {
    bytes_to_pin<kShape.data_bits>(beat.data.data(), data_);
    tdata.write(data_);
    drive_one<kKeepBits>(tkeep, &beat.keep, keep_);
    drive_one<kStrobeBits>(tstrb, &beat.strobe, keep_);
    drive_one<kShape.last ? 1 : 0>(tlast, &beat.last, bit_);
    drive_one<kShape.id_bits>(tid, &beat.id, id_);
    drive_one<kShape.dest_bits>(tdest, &beat.dest, dest_);
    drive_one<kShape.user_bits>(tuser, &beat.user, user_);
  }

 private:
  template <typename Port, typename Signal>
  static void bind_one(Port& port, Signal& signal) {
    if constexpr (!std::is_same_v<Port, NoPin>) {
      port.bind(signal);
    }
  }
  template <int Bits, typename Pin>
  static void sample_one(const Pin& pin, void* bytes) {
    if constexpr (Bits > 0) {
      pin_to_bytes<Bits>(pin.read(), bytes);
    }
  }
  template <int Bits, typename Pin, typename Value>
  static void drive_one(Pin& pin, const void* bytes, Value& value) {
    if constexpr (Bits > 0) {
      bytes_to_pin<Bits>(bytes, value);
      if constexpr (Bits > 1 && Bits < 64 && Bits % 8 != 0) {
        value &= (Value{1} << Bits) - 1;
      }
      pin.write(value);
    }
  }

  // Written here first: a new sc_bv each time would be an allocation.
  PinType<kShape.data_bits> data_{};
  PinType<kBytes> keep_{};
  bool bit_ = false;
  PinType<kShape.id_bits> id_{};
  PinType<kShape.dest_bits> dest_{};
  PinType<kShape.user_bits> user_{};
};

template <StreamShape kShape>
using StreamTransmitterPins = StreamPins<kShape, sc_core::sc_out, sc_core::sc_in>;
template <StreamShape kShape>
using StreamReceiverPins = StreamPins<kShape, sc_core::sc_in, sc_core::sc_out>;
template <StreamShape kShape>
using StreamMonitorPins = StreamPins<kShape, sc_core::sc_in, sc_core::sc_in>;

/// The signals between two sides.
template <StreamShape kShape>
struct StreamSignals : StreamPins<kShape, PinSignal, PinSignal> {
  using StreamPins<kShape, PinSignal, PinSignal>::StreamPins;

  /// Binds the pins of an RTL module by their names: `prefix` is what stands before "tvalid" ("s_axis_").
  /// Every pin of the shape must be there, so give a shape without those that the module has not; else as
  /// bind_pin().
  void bind_module(sc_core::sc_module& module, const std::string& prefix) {
    bind_pin(module, prefix + "tvalid", this->tvalid);
    bind_pin(module, prefix + "tready", this->tready);
    bind_pin(module, prefix + "tdata", this->tdata);
    bind_optional(module, prefix + "tkeep", this->tkeep);
    bind_optional(module, prefix + "tstrb", this->tstrb);
    bind_optional(module, prefix + "tlast", this->tlast);
    bind_optional(module, prefix + "tid", this->tid);
    bind_optional(module, prefix + "tdest", this->tdest);
    bind_optional(module, prefix + "tuser", this->tuser);
  }

 private:
  template <typename Signal>
  static void bind_optional(sc_core::sc_module& module, const std::string& name, Signal& signal) {
    if constexpr (!std::is_same_v<Signal, NoPin>) {
      bind_pin(module, name, signal);
    }
  }
};

}  // namespace tridex::arch
