// Breaches of the rules for DMI and debug access: exactly that rule is reported.
#include <catch2/catch.hpp>

#include "planted.h"

using namespace tridex::test;

namespace {

/// Lets the target grant 0x1000 to 0x1fff for reads, then changes that.
void grant(
    Planted& p, const std::function<void(tlm::tlm_dmi&)>& change = [](tlm::tlm_dmi&) {}) {
  p.target.direct = [&p, change](auto&, auto& dmi) {
    dmi.set_dmi_ptr(p.data.data());
    dmi.set_start_address(0x1000);
    dmi.set_end_address(0x1fff);
    dmi.allow_read();
    change(dmi);
    return true;
  };
}

}  // namespace

TEST_CASE("monitor: dmi_grant, a region that is not sane") {
  Planted p;
  size_t wrong = 0;
  for (const auto& change : std::vector<std::function<void(tlm::tlm_dmi&)>>{
           [](auto& dmi) { dmi.set_end_address(0xfff); },     // ends before it starts
           [](auto& dmi) { dmi.set_start_address(0x1231); },  // without the address
           [](auto& dmi) { dmi.set_end_address(0x122f); },    // likewise
           [](auto& dmi) { dmi.set_dmi_ptr(nullptr); },       // no pointer
           [](auto& dmi) { dmi.allow_write(); },              // not what was asked for
           [](auto& dmi) { dmi.allow_none(); },               // nothing
           [](auto& dmi) {
             dmi.set_read_latency(sc_core::SC_ZERO_TIME - sc_core::sc_time(1, sc_core::SC_PS));
           }}) {
    grant(p, change);
    CHECK(p.direct(p.read));
    CHECK(p.broken() == Names(++wrong, "dmi_grant"));
  }
  grant(p, [](auto& dmi) {
    dmi.set_start_address(Planted::kAddress);
    dmi.set_end_address(Planted::kAddress);
  });
  CHECK(p.direct(p.read));
  CHECK(p.broken().size() == wrong);
}

TEST_CASE("monitor: dmi_grant, a write where reads are granted") {
  Planted p;
  grant(p);
  CHECK(p.direct(p.write));
  CHECK(p.broken() == Names{"dmi_grant"});
}

TEST_CASE("monitor: dmi_descriptor, one that was used before and not reset") {
  Planted p;
  grant(p);
  tlm::tlm_dmi dmi;
  CHECK(p.initiator.socket->get_direct_mem_ptr(p.read, dmi));
  CHECK(p.broken().empty());
  CHECK(p.initiator.socket->get_direct_mem_ptr(p.read, dmi));
  CHECK(p.broken() == Names{"dmi_descriptor"});
}

TEST_CASE("monitor: dmi_use, before a grant, beside it, and after its invalidation") {
  Planted p;
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1000, 1);
  CHECK(p.broken() == Names{"dmi_use"});
  grant(p);
  p.direct(p.read);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1000, 0x1000);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1fff, 1);
  CHECK(p.broken().size() == 1);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1000, 0x1001);
  p.monitor.dmi_access(tlm::TLM_WRITE_COMMAND, 0x1000, 1);
  CHECK(p.broken().size() == 3);
  uint64_t told = 0;
  p.initiator.invalidated = [&](uint64_t start, uint64_t end) { told = start + end; };
  p.target.socket->invalidate_direct_mem_ptr(0x1100, 0x11ff);
  CHECK(told == 0x1100 + 0x11ff);  // it reaches the initiator
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1000, 0x100);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1200, 0xe00);
  CHECK(p.broken().size() == 3);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x1000, 0x101);
  p.monitor.dmi_access(tlm::TLM_READ_COMMAND, 0x11ff, 1);
  CHECK(p.broken() == Names(5, "dmi_use"));
}

TEST_CASE("monitor: dmi_invalid_range") {
  Planted p;
  p.target.socket->invalidate_direct_mem_ptr(1, 1);
  CHECK(p.broken().empty());
  p.target.socket->invalidate_direct_mem_ptr(2, 1);
  CHECK(p.broken() == Names{"dmi_invalid_range"});
}

TEST_CASE("monitor: dmi_in_invalidation") {
  Planted p;
  grant(p);
  p.initiator.invalidated = [&](uint64_t, uint64_t) { p.direct(p.read); };
  p.target.socket->invalidate_direct_mem_ptr(0x1000, 0x1fff);
  CHECK(p.broken() == Names{"dmi_in_invalidation"});
  p.direct(p.read);
  CHECK(p.broken().size() == 1);
}

TEST_CASE("monitor: debug_count, one byte too many") {
  Planted p;
  unsigned count = 64;
  p.target.debug = [&](auto&) { return count; };
  CHECK(p.initiator.socket->transport_dbg(p.read) == 64);
  CHECK(p.broken().empty());
  count = 65;
  CHECK(p.initiator.socket->transport_dbg(p.read) == 65);
  CHECK(p.broken() == Names{"debug_count"});
}

TEST_CASE("monitor: debug access that changes attributes, or the data of a write") {
  Planted p;
  p.target.debug = [](auto& payload) {
    ++payload.get_data_ptr()[0];
    return 1U;
  };
  p.initiator.socket->transport_dbg(p.read);
  CHECK(p.broken().empty());
  p.initiator.socket->transport_dbg(p.write);
  CHECK(p.broken() == Names{"write_data_changed"});
  p.target.debug = [](auto& payload) {
    payload.set_data_length(1);
    return 1U;
  };
  p.initiator.socket->transport_dbg(p.read);
  CHECK(p.broken() == Names{"write_data_changed", "attribute_changed"});
}

TEST_CASE("monitor: debug access with a null pointer") {
  Planted p;
  p.read.set_data_ptr(nullptr);
  p.initiator.socket->transport_dbg(p.read);
  CHECK(p.broken() == Names{"data_pointer"});
}

TEST_CASE("monitor: waits, debug access and DMI that take time") {
  Planted p;
  p.target.debug = [](auto&) {
    sc_core::wait(sc_core::SC_ZERO_TIME);  // not even a delta cycle
    return 0U;
  };
  p.target.direct = [](auto&, auto&) {
    sc_core::wait(1, sc_core::SC_NS);
    return false;
  };
  p.in_process([&] {
    p.initiator.socket->transport_dbg(p.read);
    p.direct(p.read);
  });
  CHECK(p.broken() == Names{"waits", "waits"});
}
