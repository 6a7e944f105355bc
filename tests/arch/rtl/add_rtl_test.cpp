// tridex_add_rtl: somebody's Verilog as a SystemC module, its pins as arch/bridge/pin_type.h says, with
// waveforms.
#include <verilated_vcd_sc.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <systemc>

#include "arch/bridge/pin_type.h"
#include "somebodys_delay.h"
#include "support/temp_folder.h"

using namespace tridex;

TEST_CASE("a Verilated module with parameters is an sc_module, and writes waveforms") {
  const test::TempFolder folder;
  sc_core::sc_clock clock("clock", 10, sc_core::SC_NS);
  sc_core::sc_signal<bool> enable("enable");
  sc_core::sc_signal<arch::PinType<70>> value("value"), delayed("delayed");
  Verilated::traceEverOn(true);
  somebodys_delay top("top");
  top.clk(clock);
  top.enable(enable);
  top.value(value);
  top.delayed(delayed);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  VerilatedVcdSc waves;
  top.trace(&waves, 99);
  const auto file = folder.path() / "waves.vcd";
  waves.open(file.c_str());
  enable = true;
  sc_core::sc_start(5, sc_core::SC_NS);  // the clock's rising edges are at 10, 20, ...
  for (int i = 1; i < 9; ++i) {
    arch::PinType<70> number;
    number = sc_dt::sc_biguint<70>(i) << 60;
    value = number;
    sc_core::sc_start(10, sc_core::SC_NS);
    const sc_dt::sc_biguint<70> seen = delayed.read();
    // PARAMETERS STAGES=3
    CHECK(seen == (sc_dt::sc_biguint<70>(i < 3 ? 0 : i - 2) << 60));
  }
  waves.close();
  CHECK(std::filesystem::file_size(file) > 500);
}
