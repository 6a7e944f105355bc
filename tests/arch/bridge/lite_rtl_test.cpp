// The bridges with RTL between them, or behind them: READY before and after VALID, registered and
// combinational.
#include <catch2/catch.hpp>
#include <cstdio>

#include "lite_registers.h"
#include "lite_registers_64.h"
#include "lite_slice_both.h"
#include "lite_slice_early.h"
#include "lite_slice_late.h"
#include "lite_traffic.h"
#include "stream_fifo.h"
#include "stream_fifo_wide.h"
#include "stream_traffic.h"
#include "support/child.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::test;
using arch::StreamShape;

namespace {

constexpr StreamShape kNarrow{.data_bits = 32, .id_bits = 4, .user_bits = 1};
constexpr StreamShape kWide{.data_bits = 512, .id_bits = 8, .user_bits = 40};

template <typename Traffic, typename Setting>
void play(const char* name, Setting setting) {
  Random seeds(name);
  for (const double stall : {0.0, 0.2, 0.8}) {
    for (const bool resets : {false, true}) {
      setting.stall = stall;
      setting.resets = resets;
      setting.seed = static_cast<uint64_t>(seeds.integer(0, 1'000'000));
      INFO("stall " << stall << ", resets " << resets << ", seed " << setting.seed);
      std::fflush(stdout);  // or the child prints it again
      CHECK(run_in_child([&] {
              Traffic traffic("traffic", setting);
              return traffic.play();
            }) == "");
    }
  }
}

const LiteSetting kLite{0, 4, 0, 1000};

}  // namespace

TEST_CASE("lite rtl: registers whose READY needs both VALIDs") {
  play<LiteTraffic<32, 16, lite_registers>>("registers", kLite);
}

TEST_CASE("lite rtl: registers of 64 bits") {
  play<LiteTraffic<64, 40, lite_registers_64>>("registers of 64 bits", kLite);
}

TEST_CASE("lite rtl: a slice with READY before VALID") {
  play<LiteTraffic<32, 16, lite_slice_early>>("early", kLite);
}

TEST_CASE("lite rtl: a slice with combinational READY") {
  play<LiteTraffic<32, 16, lite_slice_both>>("combinational", kLite);
}

TEST_CASE("lite rtl: a slice of 64 bits with READY after VALID") {
  play<LiteTraffic<64, 40, lite_slice_late>>("late", kLite);
}

TEST_CASE("stream rtl: a FIFO of 32 bits") {
  play<StreamTraffic<kNarrow, stream_fifo>>("FIFO to TLM", StreamSetting{0, false, 0, 1000});
  play<StreamTraffic<kNarrow, stream_fifo>>("FIFO to a sink", StreamSetting{0, true, 0, 1000});
}

TEST_CASE("stream rtl: a FIFO of 512 bits") {
  play<StreamTraffic<kWide, stream_fifo_wide>>("wide FIFO to TLM", StreamSetting{0, false, 0, 1000});
  play<StreamTraffic<kWide, stream_fifo_wide>>("wide FIFO to a sink", StreamSetting{0, true, 0, 1000});
}
