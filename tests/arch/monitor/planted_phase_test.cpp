// Breaches of the phase rules, each by one misbehaving side: exactly that rule is reported.
#include <catch2/catch.hpp>

#include "planted.h"

using namespace tridex::test;
using tlm::BEGIN_REQ;
using tlm::BEGIN_RESP;
using tlm::END_REQ;
using tlm::END_RESP;

namespace {

tlm::tlm_sync_enum complete(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return tlm::TLM_COMPLETED;
}

}  // namespace

TEST_CASE("monitor: the text names the socket, the address and the phase, the line the rule and its clause") {
  Planted p;
  sc_core::sc_start(5, sc_core::SC_NS);
  p.forward(p.read, END_RESP);
  REQUIRE(p.monitor.violations().size() == 1);
  const auto& violation = p.monitor.violations().front();
  CHECK(violation.rule == tridex::arch::Rule::kPhaseOrder);
  CHECK(violation.time == sc_core::sc_time(5, sc_core::SC_NS));
  CHECK(violation.text == "monitor: END_RESP without BEGIN_RESP, address 0x1230, phase END_RESP");
  CHECK(violation.line() == "5 ns: phase_order (IEEE 1666, 15.2.4): " + violation.text);
}

TEST_CASE("monitor: phase_order, END_RESP before BEGIN_RESP") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.forward(p.read, END_RESP);
  CHECK(p.broken() == Names{"phase_order"});
}

TEST_CASE("monitor: phase_order, END_REQ twice and END_REQ after the response") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.backward(p.read, END_REQ);
  CHECK(p.broken().empty());
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"phase_order"});
  p.backward(p.read, BEGIN_RESP);
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"phase_order", "phase_order"});
}

TEST_CASE("monitor: phase_order, a target that answers END_REQ by call and by return") {
  Planted p;
  p.target.forward = [&](auto& payload, auto& phase, auto&) {
    p.backward(payload, END_REQ);
    phase = END_REQ;
    return tlm::TLM_UPDATED;
  };
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken() == Names{"phase_order"});
}

TEST_CASE("monitor: phase_order, BEGIN_REQ of a payload that is under way") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.backward(p.read, END_REQ);
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken() == Names{"phase_order"});
}

TEST_CASE("monitor: response_before_request") {
  Planted p;
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.broken() == Names{"response_before_request"});
}

TEST_CASE("monitor: response_before_request, a response after the completion") {
  Planted p;
  p.target.forward = complete;
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken().empty());
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.broken() == Names{"response_before_request"});
}

TEST_CASE("monitor: wrong_path, from either side") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.backward(p.read, END_RESP);
  CHECK(p.broken() == Names{"wrong_path"});
  p.forward(p.read, END_REQ);
  CHECK(p.broken() == Names{"wrong_path", "wrong_path"});
}

TEST_CASE("monitor: request_exclusion, a second BEGIN_REQ before the first has ended") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.forward(p.write, BEGIN_REQ);
  CHECK(p.broken() == Names{"request_exclusion"});
}

TEST_CASE("monitor: request_exclusion is over with END_REQ, or with BEGIN_RESP in its place") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.backward(p.read, END_REQ);
  p.forward(p.write, BEGIN_REQ);
  p.backward(p.write, BEGIN_RESP);
  auto& third = *p.pool.make(false, 0, p.data.data(), 4);
  p.forward(third, BEGIN_REQ);
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: request_exclusion is over with an early completion") {
  Planted p;
  p.target.forward = complete;
  p.forward(p.read, BEGIN_REQ);
  p.forward(p.write, BEGIN_REQ);
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: response_exclusion holds until END_RESP") {
  Planted p;
  for (auto* payload : {&p.read, &p.write}) {
    p.forward(*payload, BEGIN_REQ);
    p.backward(*payload, END_REQ);
  }
  p.backward(p.write, BEGIN_RESP);  // out of order, which is legal
  CHECK(p.broken().empty());
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.broken() == Names{"response_exclusion"});
}

TEST_CASE("monitor: response_exclusion is over with END_RESP") {
  Planted p;
  for (auto* payload : {&p.read, &p.write}) {
    p.forward(*payload, BEGIN_REQ);
    p.backward(*payload, END_REQ);
  }
  p.backward(p.write, BEGIN_RESP);
  p.forward(p.write, END_RESP);
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: accepted_changed, a target that changes the phase or the delay") {
  Planted p;
  p.target.forward = [](auto&, auto& phase, auto&) {
    phase = END_REQ;
    return tlm::TLM_ACCEPTED;
  };
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken() == Names{"accepted_changed"});
  p.backward(p.read, END_REQ);
  p.initiator.backward = [](auto&, auto&, auto& delay) {
    delay += sc_core::sc_time(1, sc_core::SC_PS);
    return tlm::TLM_ACCEPTED;
  };
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.broken() == Names{"accepted_changed", "accepted_changed"});
}

TEST_CASE("monitor: updated_phase, TLM_UPDATED with the phase of the call") {
  Planted p;
  p.target.forward = [](auto&, auto&, auto&) { return tlm::TLM_UPDATED; };
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken() == Names{"updated_phase"});
}

TEST_CASE("monitor: updated_phase, TLM_UPDATED for END_RESP and for END_REQ") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.initiator.backward = [](auto&, auto& phase, auto&) {
    phase = BEGIN_REQ;
    return tlm::TLM_UPDATED;
  };
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"updated_phase"});
  p.initiator.backward = [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  p.backward(p.read, BEGIN_RESP);
  p.target.forward = [](auto&, auto&, auto&) { return tlm::TLM_UPDATED; };
  p.forward(p.read, END_RESP);
  CHECK(p.broken() == Names{"updated_phase", "updated_phase"});
}

TEST_CASE("monitor: completed_early, an initiator that completes what has no response") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.initiator.backward = [](auto&, auto&, auto&) { return tlm::TLM_COMPLETED; };
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"completed_early"});
}

TEST_CASE("monitor: open_at_end, once") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken().empty());
  p.monitor.finish();
  CHECK(p.broken() == Names{"open_at_end"});
  CHECK(p.monitor.violations().front().text ==
        "monitor: a transaction has not come further than BEGIN_REQ, address 0x1230");
  CHECK(p.read.get_ref_count() == 1);  // the monitor's reference is given back
  p.monitor.finish();
  CHECK(p.broken().size() == 1);
}

TEST_CASE("monitor: negative_delay") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  tlm::tlm_phase phase = END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  delay -= sc_core::sc_time(1, sc_core::SC_NS);
  p.target.socket->nb_transport_bw(p.read, phase, delay);
  CHECK(p.broken() == Names{"negative_delay"});
}

TEST_CASE("monitor: decreasing_time, of a call and of a return, refused a picosecond before") {
  Planted p;
  double answered_ns = 0;
  p.target.forward = [&](auto&, auto& phase, auto& delay) {
    if (phase == END_RESP) {
      return tlm::TLM_COMPLETED;
    }
    phase = END_REQ;
    delay = sc_core::sc_time(answered_ns, sc_core::SC_NS);
    return tlm::TLM_UPDATED;
  };
  answered_ns = 10;
  p.forward(p.read, BEGIN_REQ, 10);
  CHECK(p.broken().empty());
  answered_ns = 9.999;
  p.forward(p.write, BEGIN_REQ, 10);
  CHECK(p.broken() == Names{"decreasing_time"});
  sc_core::sc_start(4, sc_core::SC_NS);
  p.backward(p.read, BEGIN_RESP, 6);
  CHECK(p.broken().size() == 1);
  p.forward(p.read, END_RESP, 5.999);
  CHECK(p.broken() == Names{"decreasing_time", "decreasing_time"});
}

TEST_CASE("monitor: waits, a target that waits inside nb_transport_fw") {
  Planted p;
  p.target.forward = [](auto& payload, auto&, auto&) {
    sc_core::wait(1, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  p.in_process([&] { p.forward(p.read, BEGIN_REQ); });
  CHECK(p.broken() == Names{"waits"});
}
