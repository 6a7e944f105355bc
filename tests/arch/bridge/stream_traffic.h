#pragma once
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <string>

#include "arch/bridge/stream_checker.h"
#include "arch/bridge/stream_receiver.h"
#include "arch/bridge/stream_transmitter.h"
#include "arch/monitor/protocol_monitor.h"
#include "at_initiator.h"
#include "clocked.h"

namespace tridex::test {

struct StreamSetting {
  double stall;
  bool sink;
  uint64_t seed;
  int transactions;
  bool resets = false;  ///< in the middle: then only that everything ends, and that no rule is broken
};

/// What a stream carries: bytes, and ends of packets.
struct StreamToken {
  uint8_t byte = 0, enable = 0;
  bool end = false;
  uint64_t id = 0, dest = 0;
  bool operator==(const StreamToken&) const = default;
};

/// Random packets of an initiator through a StreamTransmitter, a module of RTL if there is one, and a
/// StreamReceiver to a target or a sink, against the list of what was sent.
template <arch::StreamShape kShape, typename Rtl = NoRtl>
class StreamTraffic : public Clocked, public arch::StreamSinkIf {
 public:
  StreamTraffic(const sc_core::sc_module_name& module_name, const StreamSetting& setting)
      : Clocked(module_name),
        setting_(setting),
        random_(setting.seed),
        initiator_("initiator", setting.seed + 1),
        transmitter_(
            "transmitter",
            {.fifo_beats = 1 + static_cast<int>(pick(20)), .stall = setting.stall, .seed = setting.seed + 2}),
        receiver_("receiver", {.packets = 2 + static_cast<int>(pick(4)),
                               .piece_bytes = 1 + static_cast<int>(pick(3) == 0 ? pick(64) : 4096),
                               .stall = setting.stall,
                               .seed = setting.seed + 3}) {
    connect(transmitter_, receiver_, checker_, behind_checker_);
    transmitter_.pins.bind(signals_);
    checker_.pins.bind(signals_);
    auto& behind = std::is_same_v<Rtl, NoRtl> ? signals_ : behind_;
    receiver_.pins.bind(behind);
    behind_checker_.pins.bind(behind);
    if constexpr (!std::is_same_v<Rtl, NoRtl>) {
      rtl_ = std::make_unique<Rtl>("rtl");
      rtl_->clk(aclk);
      rtl_->rst_n(aresetn);
      signals_.bind_module(*rtl_, "s_axis_");
      behind_.bind_module(*rtl_, "m_axis_");
    }
    front_.bind_between(initiator_.socket, transmitter_.socket);
    if (setting.sink) {
      receiver_.sink.bind(*this);
      back_.reset();
    } else {
      back_->bind_between(receiver_.socket, target_);
      target_.register_b_transport(this, &StreamTraffic::b_transport);
      stride_ = pick(2) == 0 ? 0 : 0x10000;
      address_ = base_ = pick(0x100000);
      receiver_.set_address(base_, stride_ == 0 ? std::nullopt : std::optional<uint64_t>(stride_));
    }
    initiator_.pause_ns = pick(2) == 0 ? 0 : 60;
    slow_ = pick(2) == 0;
    initiator_.prepare = [this](Job& job) { prepare(job); };
    initiator_.finished = [this](Job& job) {
      ++done_;
      job.clear_extension(&extensions_[job.get_address()]);
      if (setting_.resets && job.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE) {
        ++ended_by_reset_;
        return;
      }
      if (!job.as_expected()) {
        fail(std::string("a write came back with ") + job.get_response_string().c_str());
      }
    };
  }

  /// Empty, or what was wrong.
  std::string play() {
    const auto work = [this] {
      const int each = setting_.transactions / 3;
      sc_core::sc_spawn([this, each] { initiator_.blocking(each), sc_core::wait(never_); }, "one");
      sc_core::sc_spawn([this, each] { initiator_.blocking(each), sc_core::wait(never_); }, "two");
      if (setting_.resets) {
        sc_core::sc_spawn([this] { reset_now_and_then(); }, "resets");
      }
      initiator_.non_blocking(setting_.transactions - 2 * each, 2);
      while (done_ < setting_.transactions || (!setting_.resets && received_ < sent_.size())) {
        sc_core::wait(nanoseconds(100));
      }
      sc_core::wait(nanoseconds(1000));
    };
    run(work, 1e5 + 1e5 * setting_.transactions);
    front_.finish();
    checker_.finish();
    behind_checker_.finish();
    const auto add = [this](const auto& violations) {
      for (const auto& violation : violations) {
        fail(violation.line());
      }
    };
    add(front_.violations());
    add(checker_.violations());
    add(behind_checker_.violations());
    if (back_ != nullptr) {
      back_->finish();
      add(back_->violations());
    }
    if (!setting_.resets && (checker_.beats() != beats_ || received_ != sent_.size())) {
      fail("beats: " + std::to_string(checker_.beats()) + ", expected " + std::to_string(beats_));
    }
    if (setting_.resets && ended_by_reset_ == 0) {
      fail("no packet has met a reset");
    }
    if (initiator_.jobs.in_use() != 0 || receiver_.failed_writes() != 0) {
      fail("payloads in use, or failed writes");
    }
    return text_;
  }

 private:
  uint64_t pick(uint64_t count) { return random_() % count; }
  static uint64_t masked(uint64_t value, int bits) {
    return bits == 0 ? 0 : value & (~uint64_t{0} >> (64 - bits));
  }
  static uint64_t user_of(uint64_t id, uint64_t dest) {
    return masked(0x9e3779b97f4a7c15 * (id + 3 * dest + 1), kShape.user_bits);
  }
  void fail(const std::string& what) {
    if (text_.empty()) {
      text_ = what;
    }
  }

  void reset_now_and_then() {
    while (true) {
      sc_core::wait(nanoseconds(static_cast<double>(500 + pick(3000))));
      aresetn.write(false);
      sc_core::wait(nanoseconds(static_cast<double>(11 + pick(60))));
      aresetn.write(true);
    }
  }
  void prepare(Job& job) {
    constexpr uint64_t kWidth = kShape.bytes();
    uint64_t length = pick(4) == 0 ? 1 + pick(20 * kWidth) : 1 + pick(3 * kWidth);
    length = kShape.keep ? length : (length + kWidth - 1) / kWidth * kWidth;
    job.data.resize(length);
    for (uint8_t& byte : job.data) {
      byte = static_cast<uint8_t>(random_());
    }
    job.expected = job.data;
    job.enables.clear();
    if ((kShape.keep || kShape.strobe) && pick(4) == 0) {
      job.enables.resize(pick(2) == 0 ? length : 1 + pick(length));
      for (uint8_t& enable : job.enables) {
        enable = pick(3) == 0 ? TLM_BYTE_DISABLED : TLM_BYTE_ENABLED;
      }
      if (!setting_.sink) {  // a packet without bytes is no write
        job.enables[(length - 1) % job.enables.size()] = TLM_BYTE_ENABLED;
      }
    }
    // The address is of no meaning to the bridge: here it says which extension is the job's.
    const uint64_t slot = number_++ % extensions_.size();
    arch::StreamExtension& extension = extensions_[slot];
    job.prepare(tlm::TLM_WRITE_COMMAND, slot);
    extension.id = masked(random_(), kShape.id_bits);
    extension.dest = masked(random_(), kShape.dest_bits);
    extension.user = user_of(extension.id, extension.dest);
    extension.last = !kShape.last || number_ >= static_cast<uint64_t>(setting_.transactions) || pick(4) != 0;
    job.set_extension(&extension);
    beats_ += (length + kWidth - 1) / kWidth;
    for (size_t i = 0; i < length; ++i) {
      const bool enabled = job.enables.empty() || job.enables[i % job.enables.size()] != 0;
      const uint8_t enable = enabled ? 0xff : 0;
      if (enabled || kShape.strobe) {
        sent_.push_back({job.data[i], enable, false, extension.id, extension.dest});
      }
      if ((!kShape.last && i % kWidth == kWidth - 1) || (i + 1 == length && extension.last)) {
        sent_.push_back({0, 0, true, extension.id, extension.dest});
      }
    }
  }

  void next(const StreamToken& token) {
    if (setting_.resets) {
      return;  // some are lost
    }
    if (received_ >= sent_.size() || sent_[received_] != token) {
      fail("token " + std::to_string(received_) + " is not what was sent");
    }
    ++received_;
  }
  void got(const arch::StreamPacket& packet) {
    for (size_t i = 0; i < packet.data.size(); ++i) {
      const uint8_t enable = packet.enables.empty() ? 0xff : packet.enables[i];
      next({packet.data[i], enable, false, packet.id, packet.dest});
    }
    if (packet.last) {
      next({0, 0, true, packet.id, packet.dest});
    }
    if (packet.user != user_of(packet.id, packet.dest)) {
      fail("TUSER is not what was sent");
    }
  }
  bool take(const arch::StreamPacket& packet) override {
    if (slow_ && pick(3) == 0) {
      return false;
    }
    got(packet);
    return true;
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const auto* extension = payload.get_extension<arch::StreamExtension>();
    if (payload.get_address() != address_) {
      fail("written at another address");
    }
    const uint8_t* const data = payload.get_data_ptr();
    const uint8_t* const enables = payload.get_byte_enable_ptr();
    const unsigned length = payload.get_data_length();
    arch::StreamPacket packet{{data, data + length}, {}, extension->id, extension->dest, extension->user,
                              extension->last};
    if (enables != nullptr) {
      packet.enables.assign(enables, enables + length);
    }
    got(packet);
    address_ += length;
    if (packet.last && stride_ != 0) {
      address_ = base_ + ++packets_ * stride_;
    }
    delay += slow_ && pick(4) == 0 ? nanoseconds(static_cast<double>(pick(200))) : sc_core::SC_ZERO_TIME;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  StreamSetting setting_;
  std::mt19937_64 random_;
  AtInitiator initiator_;
  arch::ProtocolMonitor<> front_{"front"};
  std::unique_ptr<arch::ProtocolMonitor<>> back_ = std::make_unique<arch::ProtocolMonitor<>>("back");
  arch::StreamSignals<kShape> signals_, behind_{"behind_"};
  std::unique_ptr<Rtl> rtl_;
  arch::StreamTransmitter<kShape> transmitter_;
  arch::StreamReceiver<kShape> receiver_;
  arch::StreamChecker<kShape> checker_{"checker"}, behind_checker_{"behind_checker"};
  tlm_utils::simple_target_socket_optional<StreamTraffic> target_{"target"};
  std::vector<arch::StreamExtension> extensions_ = std::vector<arch::StreamExtension>(16);
  std::vector<StreamToken> sent_;
  size_t received_ = 0;
  uint64_t base_ = 0, address_ = 0, stride_ = 0, packets_ = 0, number_ = 0, beats_ = 0;
  bool slow_ = false;
  sc_core::sc_event never_;
  int done_ = 0, ended_by_reset_ = 0;
  std::string text_;
};

}  // namespace tridex::test
