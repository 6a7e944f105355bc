// A violation of each rule of AXI4-Stream, next to what is still legal.
#include <catch2/catch.hpp>

#include "arch/bridge/stream_checker.h"

using namespace tridex;
using arch::ByteMask;
using arch::StreamBeat;

namespace {

using Names = std::vector<std::string>;
constexpr int kBytes = 4;

/// A checker of four bytes that has seen the end of a reset, and a beat that is data and the last.
struct Planted {
  arch::StreamCheckerCore checker;
  StreamBeat beat;

  explicit Planted(const arch::StreamCheckerOptions& options = {}) : checker("checker", kBytes, options) {
    beat.keep = beat.strobe = ByteMask::first(kBytes);
    beat.last = true;
    edge(false, false, false);
    edge(false, false, false);
    edge(true, false, false);
  }
  void edge(bool resetn, bool valid, bool ready) { checker.edge(resetn, valid, ready, beat); }
  void wait() { edge(true, true, false); }
  void move() { edge(true, true, true); }
  void idle() { edge(true, false, false); }
  [[nodiscard]] Names broken() const {
    Names names;
    for (const auto& violation : checker.violations()) {
      names.emplace_back(arch::stream_rule_name(violation.rule));
    }
    return names;
  }
};

ByteMask mask(std::initializer_list<int> bytes) {
  ByteMask result;
  for (const int byte : bytes) {
    result.set(byte);
  }
  return result;
}

}  // namespace

TEST_CASE("stream checker: every rule has a name and a section") {
  for (int i = 0; i < static_cast<int>(arch::StreamRule::kCount); ++i) {
    CHECK(std::string(arch::stream_rule_name(static_cast<arch::StreamRule>(i))) != "");
    CHECK(std::string(arch::stream_rule_clause(static_cast<arch::StreamRule>(i))) != "");
  }
  const arch::StreamViolation violation{arch::StreamRule::kKeepStrobe, sc_core::sc_time(5, sc_core::SC_NS),
                                        "here"};
  CHECK(violation.line() == "5 ns: keep_strobe (IHI 0051, 2.4.3): here");
}

TEST_CASE("stream checker: valid_held") {
  Planted p;
  p.wait();
  p.wait();
  p.move();
  p.idle();
  CHECK(p.broken().empty());
  CHECK(p.checker.beats() == 1);
  CHECK(p.checker.packets() == 1);
  p.wait();
  p.idle();
  CHECK(p.broken() == Names{"valid_held"});
}

TEST_CASE("stream checker: payload_stable, each pin") {
  const auto change = [](int pin, StreamBeat& beat) {
    switch (pin) {
      case 0:
        beat.data[3] = 9;
        break;
      case 1:
        beat.keep = beat.strobe = ByteMask::first(3);
        break;
      case 2:
        beat.strobe = ByteMask::first(3);
        break;
      case 3:
        beat.last = !beat.last;
        break;
      case 4:
        beat.id = 1;
        break;
      case 5:
        beat.dest = 1;
        break;
      default:
        beat.user = 1;
        break;
    }
  };
  for (int pin = 0; pin < 7; ++pin) {
    INFO(pin);
    Planted p, legal;
    p.wait();
    change(pin, p.beat);
    p.wait();
    CHECK(p.broken() == Names{"payload_stable"});
    legal.wait();
    legal.move();
    change(pin, legal.beat);
    legal.move();
    CHECK(legal.broken().empty());
  }
  Planted unused;  // data of a null byte and of a position byte
  unused.beat.keep = mask({0, 1, 2});
  unused.beat.strobe = mask({0, 1});
  unused.wait();
  unused.beat.data[2] = unused.beat.data[3] = 7;
  unused.move();
  CHECK(unused.broken().empty());
}

TEST_CASE("stream checker: valid_in_reset, from the second edge on") {
  Planted p;
  p.edge(false, true, false);
  CHECK(p.broken().empty());
  p.edge(false, true, false);
  CHECK(p.broken() == Names{"valid_in_reset"});
}

TEST_CASE("stream checker: valid_after_reset, at the first edge") {
  Planted p;
  p.edge(false, false, false);
  Planted late = p;
  p.wait();
  CHECK(p.broken() == Names{"valid_after_reset"});
  late.idle();
  late.wait();
  CHECK(late.broken().empty());
}

TEST_CASE("stream checker: keep_strobe, the other three combinations are legal") {
  Planted p;
  p.beat.keep = mask({0, 1});
  p.beat.strobe = mask({0});
  p.move();
  CHECK(p.broken().empty());
  p.beat.strobe = mask({2});
  p.wait();
  p.move();
  CHECK(p.broken() == Names{"keep_strobe"});
}

TEST_CASE("stream checker: null_byte, only where it is asked for") {
  const auto broken = [](bool allowed, const ByteMask& keep, bool last) {
    Planted p({.null_bytes = allowed});
    p.beat.keep = p.beat.strobe = keep;
    p.beat.last = last;
    p.move();
    return p.broken();
  };
  CHECK(broken(true, mask({1, 3}), false).empty());
  CHECK(broken(false, mask({0, 1, 2, 3}), false).empty());
  CHECK(broken(false, mask({0, 1, 2}), true).empty());
  CHECK(broken(false, mask({0, 1, 2}), false) == Names{"null_byte"});
  CHECK(broken(false, mask({0, 2}), true) == Names{"null_byte"});
}

TEST_CASE("stream checker: position_byte, only where it is asked for") {
  for (const bool allowed : {true, false}) {
    Planted p({.position_bytes = allowed});
    p.beat.strobe = mask({0, 1, 3});
    p.move();
    CHECK(p.broken() == (allowed ? Names{} : Names{"position_byte"}));
  }
}

TEST_CASE("stream checker: interleaved, only where it is asked for, and inside a packet") {
  for (const bool allowed : {true, false}) {
    for (const bool dest : {true, false}) {
      Planted p({.interleaved = allowed});
      p.beat.last = true;
      p.move();
      (dest ? p.beat.dest : p.beat.id) = 3;  // of the next packet
      p.beat.last = false;
      p.move();
      CHECK(p.broken().empty());
      (dest ? p.beat.dest : p.beat.id) = 4;
      p.move();
      CHECK(p.broken() == (allowed ? Names{} : Names{"interleaved"}));
    }
  }
}

TEST_CASE("stream checker: open_at_end, only where it is asked for") {
  for (const bool allowed : {true, false}) {
    Planted p({.open_at_end = allowed}), waiting({.open_at_end = allowed}), closed({.open_at_end = allowed});
    p.beat.last = false;
    p.move();
    p.checker.finish();
    CHECK(p.broken() == (allowed ? Names{} : Names{"open_at_end"}));
    waiting.wait();
    waiting.checker.finish();
    CHECK(waiting.broken() == (allowed ? Names{} : Names{"open_at_end"}));
    closed.beat.last = false;
    closed.move();
    closed.beat.last = true;
    closed.move();
    closed.checker.finish();
    CHECK(closed.broken().empty());
  }
}
