// Breaches of the rules about a payload and its attributes: exactly that rule is reported.
#include <catch2/catch.hpp>
#include <iterator>

#include "planted.h"
#include "support/child.h"

using namespace tridex::test;
using tlm::BEGIN_REQ;
using tlm::BEGIN_RESP;
using tlm::END_REQ;
using Payload = tlm::tlm_generic_payload;

namespace {

/// What is reported in a process of its own, a word each.
std::string reported(const std::function<void(Planted&)>& work) {
  return run_in_child([&] {
    Planted p;
    work(p);
    std::string text;
    for (const auto& name : p.broken()) {
      text += (text.empty() ? "" : " ") + name;
    }
    return text;
  });
}

struct Attribute {
  const char* name;
  void (*change)(Payload&);
};
unsigned char byte_enable = 0xff;
const Attribute kAttributes[] = {
    {"command", [](Payload& p) { p.set_command(static_cast<tlm::tlm_command>(3)); }},
    {"data_pointer", [](Payload& p) { p.set_data_ptr(nullptr); }},
    {"data_length", [](Payload& p) { p.set_data_length(0); }},
    {"byte_enable_length", [](Payload& p) { p.set_byte_enable_ptr(&byte_enable); }},
    {"streaming_width", [](Payload& p) { p.set_streaming_width(0); }},
    {"dmi_hint", [](Payload& p) { p.set_dmi_allowed(true); }},
    {"payload_option", [](Payload& p) { p.set_gp_option(tlm::TLM_FULL_PAYLOAD); }},
    {"status_at_request", [](Payload& p) { p.set_response_status(tlm::TLM_OK_RESPONSE); }},
};

/// What nobody may change on the way.
const Attribute kChanges[] = {
    {"the command", [](Payload& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }},
    {"the address", [](Payload& p) { p.set_address(1); }},
    {"the data pointer", [](Payload& p) { p.set_data_ptr(p.get_data_ptr() + 1); }},
    {"the data length", [](Payload& p) { p.set_data_length(63); }},
    {"the byte enable pointer", [](Payload& p) { p.set_byte_enable_ptr(&byte_enable); }},
    {"the byte enable length", [](Payload& p) { p.set_byte_enable_length(1); }},
    {"the streaming width", [](Payload& p) { p.set_streaming_width(32); }},
};

}  // namespace

TEST_CASE("monitor: each attribute of a request, by nb_transport and by b_transport") {
  for (const Attribute& attribute : kAttributes) {
    INFO(attribute.name);
    CHECK(reported([&](Planted& p) {
            attribute.change(p.read);
            p.forward(p.read, BEGIN_REQ);
          }) == attribute.name);
    CHECK(reported([&](Planted& p) {
            attribute.change(p.read);
            p.blocking(p.read);
          }) == attribute.name);
  }
}

TEST_CASE("monitor: attribute_changed, each attribute, by a target of either transport and by an initiator") {
  for (const Attribute& attribute : kChanges) {
    INFO(attribute.name);
    CHECK(reported([&](Planted& p) {
            p.target.forward = [&](auto& payload, auto&, auto&) {
              attribute.change(payload);
              return tlm::TLM_ACCEPTED;
            };
            p.forward(p.read, BEGIN_REQ);
          }) == "attribute_changed");
    CHECK(reported([&](Planted& p) {
            p.target.blocking = [&](auto& payload, auto&) {
              attribute.change(payload);
              payload.set_response_status(tlm::TLM_OK_RESPONSE);
            };
            p.blocking(p.read);
          }) == "attribute_changed");
    CHECK(reported([&](Planted& p) {
            p.forward(p.read, BEGIN_REQ);
            p.backward(p.read, BEGIN_RESP);
            attribute.change(p.read);
            p.forward(p.read, tlm::END_RESP);
          }) == "attribute_changed");
  }
}

TEST_CASE("monitor: an interconnect may change the address, and nothing else") {
  Planted p(true);
  p.target.forward = [](auto& payload, auto&, auto&) {
    payload.set_address(0);
    return tlm::TLM_ACCEPTED;
  };
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken().empty());
  p.read.set_data_length(1);
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"attribute_changed"});
}

TEST_CASE("monitor: write_data_changed, of a write only") {
  Planted p;
  p.target.blocking = [](auto& payload, auto&) {
    ++payload.get_data_ptr()[63];
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  p.blocking(p.read);
  CHECK(p.broken().empty());
  p.blocking(p.write);
  CHECK(p.broken() == Names{"write_data_changed"});
}

TEST_CASE("monitor: status_at_response, by completion, by a response and by b_transport") {
  CHECK(reported([](Planted& p) {
          p.target.forward = [](auto&, auto&, auto&) { return tlm::TLM_COMPLETED; };
          p.forward(p.read, BEGIN_REQ);
        }) == "status_at_response");
  CHECK(reported([](Planted& p) {
          p.target.forward = [](auto&, auto& phase, auto&) {
            phase = BEGIN_RESP;
            return tlm::TLM_UPDATED;
          };
          p.forward(p.read, BEGIN_REQ);
        }) == "status_at_response");
  CHECK(reported([](Planted& p) {
          p.target.blocking = [](auto&, auto&) {};
          p.blocking(p.read);
        }) == "status_at_response");
}

TEST_CASE("monitor: dmi_hint, an initiator that sets what the target did not") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.initiator.backward = [](auto& payload, auto&, auto&) {
    payload.set_dmi_allowed(true);
    return tlm::TLM_ACCEPTED;
  };
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"dmi_hint"});
}

TEST_CASE("monitor: memory_manager") {
  Planted p;
  Payload payload;
  payload.set_data_ptr(p.data.data());
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  payload.set_read();
  p.blocking(payload);
  CHECK(p.broken().empty());  // b_transport wants none
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  p.forward(payload, BEGIN_REQ);
  CHECK(p.broken() == Names{"memory_manager"});
}

TEST_CASE("monitor: reference_count, a payload that nobody holds") {
  CHECK(reported([](Planted& p) {
          Payload payload(&p.pool);
          payload.deep_copy_from(p.read);
          payload.set_data_ptr(p.data.data());
          p.forward(payload, BEGIN_REQ);
        }) == "reference_count");
  CHECK(reported([](Planted& p) {
          Payload payload(&p.pool);
          payload.deep_copy_from(p.read);
          payload.set_data_ptr(p.data.data());
          p.blocking(payload);
        }) == "reference_count");
}

TEST_CASE("monitor: released_early, noticed at the next phase, and the payload is still there") {
  Planted p;
  p.forward(p.read, BEGIN_REQ);
  p.read.release();
  CHECK(p.pool.in_use == 2);
  p.backward(p.read, END_REQ);
  CHECK(p.broken() == Names{"released_early"});
}

TEST_CASE("monitor: a payload is given back when its transaction is over, not before") {
  Planted p;
  p.initiator.backward = [](auto& payload, auto&, auto&) {
    payload.release();
    return tlm::TLM_COMPLETED;
  };
  p.forward(p.read, BEGIN_REQ);
  p.read.acquire();  // the target's
  CHECK(p.read.get_ref_count() == 3);
  p.backward(p.read, BEGIN_RESP);
  CHECK(p.read.get_ref_count() == 1);
  p.read.release();
  CHECK(p.pool.in_use == 1);
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: a call that ends in an exception leaves nothing behind") {
  Planted p;
  p.target.forward = [](auto&, auto&, auto&) -> tlm::tlm_sync_enum { throw std::logic_error("no"); };
  p.target.blocking = [](auto&, auto&) { throw std::logic_error("no"); };
  CHECK_THROWS_AS(p.forward(p.read, BEGIN_REQ), std::logic_error);
  CHECK_THROWS_AS(p.blocking(p.read), std::logic_error);
  CHECK(p.read.get_ref_count() == 1);
  p.target.forward = [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  p.forward(p.read, BEGIN_REQ);
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: mixed_transport, either way round") {
  CHECK(reported([](Planted& p) {
          p.forward(p.read, BEGIN_REQ);
          p.blocking(p.read);
        }) == "mixed_transport");
  CHECK(reported([](Planted& p) {
          p.target.blocking = [&](auto& payload, auto&) {
            p.forward(payload, BEGIN_REQ);
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
          };
          p.blocking(p.read);
        }) == "mixed_transport");
}

TEST_CASE("monitor: decreasing_time, of b_transport") {
  Planted p;
  double back_ns = 10;
  p.target.blocking = [&](auto& payload, auto& delay) {
    delay = sc_core::sc_time(back_ns, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  p.blocking(p.read, 10);
  CHECK(p.broken().empty());
  p.read.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  back_ns = 9.999;
  p.blocking(p.read, 10);
  CHECK(p.broken() == Names{"decreasing_time"});
}

TEST_CASE("monitor: b_transport that waits and takes the time off its delay is legal") {
  Planted p;
  p.target.blocking = [&](auto& payload, auto& delay) {
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  p.in_process([&] { p.blocking(p.read, 10); });
  CHECK(sc_core::sc_time_stamp() == sc_core::sc_time(10, sc_core::SC_NS));
  CHECK(p.broken().empty());
}

TEST_CASE("monitor: blocking_from_method") {
  Planted p;
  p.in_process([&] { p.blocking(p.read); }, true);
  CHECK(p.broken() == Names{"blocking_from_method"});
}
