// Bundles find the pins of a module by their names.
#include <catch2/catch.hpp>

#include "arch/bridge/lite_pins.h"
#include "arch/bridge/stream_pins.h"

using namespace tridex;
using arch::StreamShape;

namespace {

constexpr StreamShape kShape{.data_bits = 128, .id_bits = 4, .keep = false};

/// Pins as those of a Verilated module: a Lite subordinate in capitals, and a stream.
struct Top : sc_core::sc_module {
  arch::LiteSubordinatePins<64, 12> lite{"S_AXI_"};
  arch::StreamReceiverPins<kShape> stream{"s_axis_"};
  explicit Top(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}
};

struct Without : sc_core::sc_module {
  sc_core::sc_in<bool> tvalid{"s_axis_tvalid"};
  sc_core::sc_out<bool> tready{"s_axis_tready"};
  explicit Without(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}
};

}  // namespace

TEST_CASE("named pins: all of them are bound, capitals or not") {
  Top top("top");
  arch::LiteSignals<64, 12> lite("lite_");
  arch::StreamSignals<kShape> stream("stream_");
  lite.bind_module(top, "s_axi_");
  stream.bind_module(top, "s_axis_");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  arch::LiteValues values;
  values.awaddr = 0xabc;
  values.rready = true;
  lite.drive_requests(values);
  arch::StreamBeat beat;
  beat.data[15] = 0x5a;
  beat.id = 9;
  stream.drive(beat);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  CHECK(top.lite.awaddr.read() == 0xabc);
  CHECK(top.lite.rready.read());
  CHECK(top.stream.tid.read() == 9);
  CHECK(top.stream.tdata.read().get_word(3) == 0x5a000000);
}

TEST_CASE("named pins: one that is missing, one of another width, and one that may be missing") {
  Top top("top");
  Without without("without");
  arch::StreamSignals<kShape> stream("stream_");
  arch::StreamSignals<StreamShape{.data_bits = 64}> narrow("narrow_");
  arch::LiteSignals<32, 12> lite("lite_");
  CHECK_THROWS_WITH(stream.bind_module(without, "s_axis_"),
                    Catch::Contains("without has no pin s_axis_tdata"));
  CHECK_THROWS_WITH(narrow.bind_module(top, "s_axis_"),
                    Catch::Contains("top.s_axis_tdata has not the type of narrow_tdata"));
  CHECK_THROWS_WITH(lite.bind_module(top, "s_axi_"),
                    Catch::Contains("top.S_AXI_wdata has not the type of lite_wdata"));
  CHECK(!arch::bind_pin(without, "s_axil_awprot", lite.awprot, false));
}
