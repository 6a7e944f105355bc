#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "arch/bridge/axi4_burst.h"
#include "arch/bridge/axi4_lanes.h"
#include "arch/bridge/axi4_rules.h"

namespace tridex::arch {

enum class Axi4Channel : uint8_t { kAw, kW, kB, kAr, kR, kCount };

/// The pins of an interface at one rising edge. Payloads of channels that are not valid are not looked at.
struct Axi4Sample {
  struct Handshake {
    bool valid = false, ready = false;
  };
  bool aresetn = false;
  std::array<Handshake, static_cast<size_t>(Axi4Channel::kCount)> channels;
  Axi4Address aw, ar;
  Axi4Strobe wstrb{};
  bool wlast = false;
  uint32_t bid = 0, rid = 0;
  Axi4Response bresp = Axi4Response::kOkay, rresp = Axi4Response::kOkay;
  bool rlast = false;
  bool wdata_same = true, rdata_same = true;  ///< as an edge ago, where the channel was valid then

  [[nodiscard]] const Handshake& of(Axi4Channel channel) const {
    return channels[static_cast<size_t>(channel)];
  }
  [[nodiscard]] bool transferred(Axi4Channel channel) const { return of(channel).valid && of(channel).ready; }
};

/// The rules, from edge to edge. Axi4Checker has the contract.
class Axi4CheckerCore {
 public:
  Axi4CheckerCore(std::string name, unsigned bus_bytes) : name_(std::move(name)), bus_bytes_(bus_bytes) {}
  void clock(const Axi4Sample& sample);
  void finish();
  [[nodiscard]] const std::vector<Axi4Violation>& violations() const { return violations_; }
  [[nodiscard]] uint64_t transfers(Axi4Channel channel) const {
    return transfers_[static_cast<size_t>(channel)];
  }

 private:
  /// A burst whose address was transferred and whose last response was not.
  struct Open {
    Axi4Address address;
    unsigned beat = 0;
    bool data_done = false;  // of a write: WLAST was transferred
    bool late_told = false;  // of a write: that WLAST did not come in time
  };
  struct WriteBeat {
    Axi4Strobe strobe;
    bool last;
  };

  void report(Axi4Rule rule, Axi4Channel channel, const std::string& what);
  void clock_in_reset(const Axi4Sample& sample);
  void check_handshakes(const Axi4Sample& sample);
  [[nodiscard]] bool stable(const Axi4Sample& sample, Axi4Channel channel) const;
  void check_address(Axi4Channel channel, const Axi4Address& address);
  void check_exclusive(Axi4Channel channel, const Axi4Address& address);
  void clock_write_response(const Axi4Sample& sample, bool first);
  void clock_read_data(const Axi4Sample& sample, bool first);
  void write_beat(Open& open, const WriteBeat& beat);
  /// Gives the beats that came before their addresses to the oldest write without all its data.
  void match_early_beats();

  std::string name_;
  unsigned bus_bytes_;
  std::vector<Axi4Violation> violations_;
  bool was_in_reset_ = false, began_ = false;
  Axi4Sample last_;                   // the edge before
  std::vector<Open> writes_, reads_;  // in the order of their addresses
  std::deque<WriteBeat> early_;       // data whose address was not transferred yet
  std::array<uint64_t, static_cast<size_t>(Axi4Channel::kCount)> transfers_{};
};

}  // namespace tridex::arch
