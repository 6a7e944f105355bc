// A violation of each rule of AXI4-Lite, next to what is still legal.
#include <catch2/catch.hpp>

#include "arch/bridge/lite_checker.h"

using namespace tridex;
using arch::LiteValues;

namespace {

using Names = std::vector<std::string>;
using Pin = bool LiteValues::*;

struct Channel {
  const char* name;
  Pin valid, ready;
};
const Channel kAw{"AW", &LiteValues::awvalid, &LiteValues::awready};
const Channel kW{"W", &LiteValues::wvalid, &LiteValues::wready};
const Channel kB{"B", &LiteValues::bvalid, &LiteValues::bready};
const Channel kAr{"AR", &LiteValues::arvalid, &LiteValues::arready};
const Channel kR{"R", &LiteValues::rvalid, &LiteValues::rready};
const Channel* const kChannels[] = {&kAw, &kW, &kB, &kAr, &kR};

/// A checker that has seen the end of a reset. Pins keep their values from edge to edge.
struct Planted {
  arch::LiteCheckerCore checker{"checker"};
  LiteValues pins;

  Planted() {
    edge(false);
    edge(false);
    edge();
  }
  void edge(bool resetn = true) { checker.edge(resetn, pins); }
  /// One handshake.
  void move(const Channel& channel) {
    pins.*channel.valid = pins.*channel.ready = true;
    edge();
    pins.*channel.valid = pins.*channel.ready = false;
  }
  /// A write and a read that wait for their answers.
  void ask() {
    move(kAw);
    move(kW);
    move(kAr);
  }
  /// Puts VALID of a channel up without READY, for as many edges.
  void wait(const Channel& channel, int edges = 1) {
    pins.*channel.valid = true;
    for (int i = 0; i < edges; ++i) {
      edge();
    }
  }
  [[nodiscard]] Names broken() const {
    Names names;
    for (const auto& violation : checker.violations()) {
      names.emplace_back(arch::lite_rule_name(violation.rule));
    }
    return names;
  }
};

}  // namespace

TEST_CASE("lite checker: every rule has a name and a section") {
  for (int i = 0; i < static_cast<int>(arch::LiteRule::kCount); ++i) {
    CHECK(std::string(arch::lite_rule_name(static_cast<arch::LiteRule>(i))) != "");
    CHECK(std::string(arch::lite_rule_clause(static_cast<arch::LiteRule>(i))) != "");
  }
  const arch::LiteViolation violation{arch::LiteRule::kExokay, sc_core::sc_time(5, sc_core::SC_NS), "here"};
  CHECK(violation.line() == "5 ns: exokay (IHI 0022, B1.1.1): here");
}

TEST_CASE("lite checker: valid_held, on each channel") {
  for (const Channel* channel : kChannels) {
    INFO(channel->name);
    Planted p;
    p.ask();
    p.wait(*channel, 3);
    p.pins.*channel->ready = true;
    p.edge();
    p.pins.*channel->valid = false;  // after READY
    p.edge();
    CHECK(p.broken().empty());
    p.ask();
    p.pins.*channel->ready = false;
    p.wait(*channel);
    p.pins.*channel->valid = false;
    p.edge();
    CHECK(p.broken() == Names{"valid_held"});
  }
}

TEST_CASE("lite checker: payload_stable, each pin") {
  const auto changed = [](const Channel& channel, auto pin, uint64_t from, uint64_t to, bool ready) {
    Planted p;
    p.ask();
    p.ask();
    p.pins.wstrb = 0xf;
    p.pins.*pin = static_cast<std::remove_reference_t<decltype(p.pins.*pin)>>(from);
    p.wait(channel);
    if (ready) {
      p.pins.*channel.ready = true;
      p.edge();
      p.pins.*channel.ready = false;
    }
    p.pins.*pin = static_cast<std::remove_reference_t<decltype(p.pins.*pin)>>(to);
    p.edge();
    return p.broken();
  };
  const auto check = [&](const Channel& channel, auto pin, uint64_t from, uint64_t to) {
    INFO(channel.name);
    CHECK(changed(channel, pin, from, to, false) == Names{"payload_stable"});
    CHECK(changed(channel, pin, from, to, true).empty());
    CHECK(changed(channel, pin, from, from, false).empty());
  };
  check(kAw, &LiteValues::awaddr, 4, 8);
  check(kAw, &LiteValues::awprot, 0, 1);
  check(kW, &LiteValues::wdata, 0x1000000, 0);
  check(kW, &LiteValues::wstrb, 0xf, 0xe);
  check(kB, &LiteValues::bresp, 0, 2);
  check(kAr, &LiteValues::araddr, 1, 0);
  check(kAr, &LiteValues::arprot, 7, 3);
  check(kR, &LiteValues::rdata, 5, 6);
  check(kR, &LiteValues::rresp, 3, 0);
  CHECK(changed(kW, &LiteValues::wdata, 0x100000000, 0, false).empty());  // a lane without strobe
}

TEST_CASE("lite checker: valid_in_reset, from the second edge on") {
  for (const Channel* channel : kChannels) {
    INFO(channel->name);
    Planted p;
    p.ask();
    p.pins.*channel->valid = true;
    p.edge(false);
    CHECK(p.broken().empty());
    p.edge(false);
    CHECK(p.broken() == Names{"valid_in_reset"});
  }
}

TEST_CASE("lite checker: valid_after_reset, at the first edge") {
  for (const Channel* channel : kChannels) {
    INFO(channel->name);
    Planted p;
    p.ask();
    p.edge(false);
    p.edge(false);
    Planted late = p;
    p.pins.*channel->valid = true;
    p.edge();
    CHECK(p.broken() == Names{"valid_after_reset"});
    late.edge();
    late.ask();
    late.wait(*channel);
    CHECK(late.broken().empty());
  }
}

TEST_CASE("lite checker: answer_before_address") {
  Planted p;
  p.move(kW);
  Planted legal = p;
  p.wait(kB, 3);
  CHECK(p.broken() == Names{"answer_before_address"});
  legal.move(kAw);
  legal.wait(kB);
  CHECK(legal.broken().empty());
}

TEST_CASE("lite checker: answer_before_data, at the edge of its handshake as well") {
  Planted p;
  p.move(kAw);
  Planted late = p, legal = p;
  p.wait(kB, 3);
  CHECK(p.broken() == Names{"answer_before_data"});
  late.pins.bvalid = true;
  late.move(kW);
  CHECK(late.broken() == Names{"answer_before_data"});
  legal.move(kW);
  legal.wait(kB);
  CHECK(legal.broken().empty());
}

TEST_CASE("lite checker: answer_unasked, answers are counted") {
  Planted write;
  write.ask();
  write.move(kB);
  CHECK(write.broken().empty());
  write.move(kB);
  CHECK(write.broken() == Names{"answer_unasked"});
  CHECK(write.checker.writes() == 2);

  Planted read;
  read.ask();
  read.move(kR);
  CHECK(read.broken().empty());
  read.move(kR);
  CHECK(read.broken() == Names{"answer_unasked"});
  CHECK(read.checker.reads() == 2);

  Planted same;  // as its request
  same.pins.rvalid = true;
  same.move(kAr);
  CHECK(same.broken() == Names{"answer_unasked"});

  Planted reset;  // what was asked for is forgotten
  reset.ask();
  reset.edge(false);
  reset.edge();
  reset.move(kR);
  CHECK(reset.broken() == Names{"answer_unasked"});
}

TEST_CASE("lite checker: exokay, the other three are legal") {
  for (uint32_t response = 0; response < 4; ++response) {
    INFO(response);
    const Names expected = response == 1 ? Names{"exokay"} : Names{};
    Planted write, read;
    write.ask();
    write.pins.bresp = response;
    write.wait(kB, 2);
    CHECK(write.broken() == expected);
    read.ask();
    read.pins.rresp = response;
    read.wait(kR, 2);
    CHECK(read.broken() == expected);
  }
}

TEST_CASE("lite checker: open_at_end, an address, data, a read") {
  for (const Channel* channel : {&kAw, &kW, &kAr}) {
    INFO(channel->name);
    Planted p;
    p.move(*channel);
    p.checker.finish();
    CHECK(p.broken() == Names{"open_at_end"});
  }
  Planted p;
  p.ask();
  p.move(kB);
  p.move(kR);
  p.checker.finish();
  CHECK(p.broken().empty());
}
