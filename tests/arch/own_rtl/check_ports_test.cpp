#include "arch/own_rtl/check_ports.h"

#include <catch2/catch.hpp>
#include <functional>

#include "base/error.h"

using namespace tridex::arch;
using Catch::Matchers::Contains;

namespace {

constexpr auto kIn = Port::Direction::kIn, kOut = Port::Direction::kOut;

/// An accelerator with an AXI4-Lite subordinate, an AXI4 manager and a stream each way.
std::vector<Port> accelerator() {
  std::vector<Port> ports{{"clk", kIn, 1}, {"rst_n", kIn, 1}, {"irq", kOut, 1}};
  const auto add = [&](std::string_view name, bool forward, bool initiator, int bits) {
    ports.push_back({name, forward == initiator ? kOut : kIn, bits});
  };
  const auto axi = [&](const std::vector<std::pair<const char*, int>>& driven,
                       const std::vector<std::pair<const char*, int>>& answered, bool initiator) {
    for (const auto& [name, bits] : driven) {
      add(name, true, initiator, bits);
    }
    for (const auto& [name, bits] : answered) {
      add(name, false, initiator, bits);
    }
  };
  axi({{"s_axil_awaddr", 12},
       {"s_axil_awvalid", 1},
       {"s_axil_wdata", 32},
       {"s_axil_wstrb", 4},
       {"s_axil_wvalid", 1},
       {"s_axil_bready", 1},
       {"s_axil_araddr", 12},
       {"s_axil_arvalid", 1},
       {"s_axil_rready", 1}},
      {{"s_axil_awready", 1},
       {"s_axil_wready", 1},
       {"s_axil_bresp", 2},
       {"s_axil_bvalid", 1},
       {"s_axil_arready", 1},
       {"s_axil_rdata", 32},
       {"s_axil_rresp", 2},
       {"s_axil_rvalid", 1}},
      false);
  axi({{"m_axi_awaddr", 40},
       {"m_axi_awlen", 8},
       {"m_axi_awsize", 3},
       {"m_axi_awburst", 2},
       {"m_axi_awvalid", 1},
       {"m_axi_wdata", 128},
       {"m_axi_wstrb", 16},
       {"m_axi_wlast", 1},
       {"m_axi_wvalid", 1},
       {"m_axi_bready", 1},
       {"m_axi_arid", 4},
       {"m_axi_araddr", 40},
       {"m_axi_arlen", 8},
       {"m_axi_arsize", 3},
       {"m_axi_arburst", 2},
       {"m_axi_arvalid", 1},
       {"m_axi_rready", 1}},
      {{"m_axi_awready", 1},
       {"m_axi_wready", 1},
       {"m_axi_bresp", 2},
       {"m_axi_bvalid", 1},
       {"m_axi_arready", 1},
       {"m_axi_rid", 4},
       {"m_axi_rdata", 128},
       {"m_axi_rresp", 2},
       {"m_axi_rlast", 1},
       {"m_axi_rvalid", 1}},
      true);
  axi({{"s_axis_tdata", 24}, {"s_axis_tvalid", 1}}, {{"s_axis_tready", 1}}, false);
  axi({{"m_axis_tdata", 8}, {"m_axis_tvalid", 1}, {"m_axis_tlast", 1}}, {{"m_axis_tready", 1}}, true);
  return ports;
}

Port& port(std::vector<Port>& ports, std::string_view name) {
  const auto found =
      std::find_if(ports.begin(), ports.end(), [&](const Port& one) { return one.name == name; });
  REQUIRE(found != ports.end());
  return *found;
}

/// The message for the accelerator after `change`; "" where there is none.
std::string message(const std::function<void(std::vector<Port>&)>& change, const PinNames& names = {}) {
  std::vector<Port> ports = accelerator();
  change(ports);
  try {
    (void)plan_ports("mine", ports, names);
  } catch (const tridex::Error& error) {
    return error.what();
  }
  return "";
}

/// The message after the port `name` is gone, or is of so many bits, or is called `called`.
std::string without(std::string_view name) {
  return message([&](auto& ports) { ports.erase(ports.begin() + (&port(ports, name) - ports.data())); });
}
std::string with_bits(std::string_view name, int bits) {
  return message([&](auto& ports) { port(ports, name).bits = bits; });
}
std::string renamed(std::string_view name, std::string_view called) {
  return message([&](auto& ports) { port(ports, name).name = called; });
}

}  // namespace

TEST_CASE("own ports: interfaces, clock, reset and interrupt are found") {
  const std::vector<Port> ports = accelerator();
  const PortPlan plan = plan_ports("mine", ports, {});
  REQUIRE(plan.interfaces.count == 4);
  const auto& list = plan.interfaces.list;
  CHECK((list[0].prefix == "s_axil_" && list[0].kind == BusKind::kLite && !list[0].initiator));
  CHECK((list[1].prefix == "m_axi_" && list[1].kind == BusKind::kAxi4 && list[1].initiator));
  CHECK((list[2].prefix == "s_axis_" && list[2].kind == BusKind::kStream && !list[2].initiator));
  CHECK((list[3].prefix == "m_axis_" && list[3].kind == BusKind::kStream && list[3].initiator));
  CHECK(plan.clocks == std::vector<std::string>{"clk"});
  CHECK(plan.resets == std::vector<std::string>{"rst_n"});
  CHECK_FALSE(plan.reset_active_high);
  CHECK(plan.interrupt == "irq");
  CHECK(plan.held_low.empty());
  CHECK(plan.not_read.empty());
}

TEST_CASE("own ports: a missing pin is named with its bus, and the nearest one that is there") {
  CHECK_THAT(
      renamed("s_axil_awvalid", "s_axil_awvld"),
      Contains(
          "s_axil_awvalid is missing, of the AXI4-Lite subordinate s_axil_*; the nearest port that is there "
          "is s_axil_awvld"));
  CHECK_THAT(without("m_axi_wlast"), Contains("m_axi_wlast is missing, of the AXI4 manager m_axi_*"));
  CHECK_THAT(without("m_axis_tready"),
             Contains("m_axis_tready is missing, of the AXI4-Stream transmitter m_axis_*"));
  CHECK(without("m_axis_tlast").empty());  // optional
  CHECK_THAT(without("clk"), Contains("no clock: expected an input clk"));
  CHECK_THAT(renamed("clk", "clk_main"), Contains("inputs that belong to nothing: clk_main"));
}

TEST_CASE("own ports: every required pin is missed") {
  const std::vector<Port> ports = accelerator();
  int required = 0;
  for (const Port& one : ports) {
    const std::string name(one.name);
    if (name.ends_with("id") && name.find("valid") == std::string::npos) {
      continue;
    }
    if (name != "rst_n" && name != "irq" && name != "m_axis_tlast") {
      ++required;
      INFO(name);
      CHECK_THAT(without(name), Contains(name == "clk" ? "no clock" : name + " is missing"));
    }
  }
  CHECK(required == 1 + 17 + 25 + 3 + 3);
}

TEST_CASE("own ports: widths") {
  CHECK_THAT(with_bits("s_axil_wstrb", 8),
             Contains("s_axil_wstrb has 8 bits; expected 4, a bit a byte of the data"));
  CHECK_THAT(with_bits("s_axil_rdata", 64), Contains("s_axil_rdata has 64 bits; expected 32"));
  CHECK_THAT(with_bits("s_axil_wdata", 33), Contains("expected 32 or 64"));
  CHECK_THAT(with_bits("m_axi_awlen", 4), Contains("m_axi_awlen has 4 bits; expected 8, as AXI4 has it"));
  CHECK_THAT(with_bits("m_axi_araddr", 32), Contains("m_axi_araddr has 32 bits; expected 40"));
  CHECK_THAT(with_bits("m_axi_rid", 3), Contains("m_axi_rid has 3 bits; expected 4, as the other ID pins"));
  CHECK_THAT(with_bits("m_axi_arid", 17), Contains("expected 16 at most"));
  CHECK_THAT(with_bits("s_axis_tdata", 12), Contains("whole bytes"));
  CHECK_THAT(with_bits("s_axis_tdata", 1032), Contains("whole bytes, 8 to 1024"));
  CHECK(with_bits("s_axis_tdata", 1024).empty());
}

TEST_CASE("own ports: a lock of two bits is not read, one of three is refused") {
  std::vector<Port> ports = accelerator();
  ports.push_back({"m_axi_awlock", kOut, 2});
  CHECK(plan_ports("mine", ports, {}).not_read == std::vector<std::string>{"m_axi_awlock"});
  ports.back().bits = 1;
  CHECK(plan_ports("mine", ports, {}).not_read.empty());
  ports.back().bits = 3;
  CHECK_THROWS_WITH(plan_ports("mine", ports, {}), Contains("m_axi_awlock has 3 bits; expected 1"));
}

TEST_CASE("own ports: directions and kinds that are not served") {
  CHECK_THAT(message([](auto& ports) { port(ports, "s_axil_bvalid").direction = kIn; }),
             Contains("s_axil_bvalid must be an output of the AXI4-Lite subordinate s_axil_*"));
  const auto turn = [](std::string_view prefix) {
    return message([&](auto& ports) {
      for (Port& one : ports) {
        if (one.name.starts_with(prefix)) {
          one.direction = one.direction == kIn ? kOut : kIn;
        }
      }
    });
  };
  CHECK_THAT(turn("s_axil_"), Contains("s_axil_*: a manager of AXI4-Lite"));
  CHECK_THAT(turn("m_axi_"), Contains("m_axi_*: a subordinate of AXI4"));
  CHECK(turn("s_axis_").empty());
  CHECK_THAT(message([](auto& ports) {
               ports.push_back({"pad", Port::Direction::kBoth, 1});
             }),
             Contains("pad is an inout"));
  CHECK_THAT(message([](auto& ports) {
               ports.push_back({"taps", kIn, 0});
             }),
             Contains("taps is an unpacked array"));
  CHECK_THAT(message([](auto& ports) {
               ports = {{"clk", kIn, 1}, {"data", kIn, 8}};
             }),
             Contains("no AXI interface: expected pins such as s_axil_awvalid"));
}

TEST_CASE("own ports: a manager may only read, but then it has no pin of the writes") {
  const auto only_reads = [](auto& ports, std::string_view keep) {
    std::erase_if(ports, [&](const Port& one) {
      const std::string_view name = one.name;
      return name != keep &&
             (name.starts_with("m_axi_aw") || name.starts_with("m_axi_w") || name.starts_with("m_axi_b"));
    });
  };
  CHECK(message([&](auto& ports) { only_reads(ports, ""); }).empty());
  CHECK_THAT(message([&](auto& ports) { only_reads(ports, "m_axi_awaddr"); }),
             Contains("m_axi_awvalid is missing"));
}

TEST_CASE("own ports: pins that the work names") {
  const auto rename = [](auto& ports) {
    port(ports, "clk").name = "core_clk_i";
    port(ports, "rst_n").name = "clear";
  };
  PinNames names;
  names.clock = "core_clk_i";
  names.reset = "clear";
  names.reset_active_high = true;
  CHECK(message(rename, names).empty());
  names.clock = "core_clk";
  CHECK_THAT(
      message(rename, names),
      Contains(
          "core_clk is missing, of the work's key pins.clock; the nearest port that is there is core_clk_i"));
  names.clock = "m_axi_awlen";
  CHECK_THAT(message(rename, names), Contains("m_axi_awlen cannot be the clock: it is no input of one bit"));
}

TEST_CASE("own ports: what belongs to no interface is listed, and upper case is the same") {
  std::vector<Port> ports{{"ACLK", kIn, 1},     {"ARESETN", kIn, 1},   {"S_TDATA", kIn, 8},
                          {"S_TVALID", kIn, 1}, {"S_TREADY", kOut, 1}, {"TEST_MODE", kIn, 3},
                          {"DEBUG", kOut, 70}};
  const PortPlan plan = plan_ports("mine", ports, {});
  CHECK(plan.interfaces.count == 1);
  CHECK(plan.clocks == std::vector<std::string>{"ACLK"});
  CHECK(plan.held_low == std::vector<std::string>{"TEST_MODE"});
  CHECK(plan.not_read == std::vector<std::string>{"DEBUG"});
}
