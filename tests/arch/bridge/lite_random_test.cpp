// Random traffic from TLM over pins to TLM, against bytes that are written and read in the order of the
// requests.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "lite_traffic.h"
#include "support/child.h"
#include "support/random.h"
#include "transactions.h"

using namespace tridex;
using namespace tridex::test;

namespace {

template <int DataBits, int AddressBits>
std::string play(const LiteSetting& setting) {
  LiteTraffic<DataBits, AddressBits> traffic("traffic", setting);
  return traffic.play();
}

}  // namespace

TEST_CASE("lite: random traffic arrives, in order, and breaks no rule") {
  Random seeds("lite random traffic");
  const auto begin = std::chrono::steady_clock::now();
  const int each = transactions() / 24;
  for (const double stall : {0.0, 0.1, 0.5, 0.9}) {
    for (const int outstanding : {1, 2, 8}) {
      for (const bool wide : {false, true}) {
        const LiteSetting setting{stall, outstanding, static_cast<uint64_t>(seeds.integer(0, 1'000'000)),
                                  each};
        INFO("stall " << stall << ", outstanding " << outstanding << ", wide " << wide << ", seed "
                      << setting.seed);
        std::fflush(stdout);  // or the child prints it again
        CHECK(run_in_child([&] { return wide ? play<64, 40>(setting) : play<32, 16>(setting); }) == "");
      }
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("lite: %d transactions, %.0f a second\n", 24 * each, 24 * each / seconds.count());
}

TEST_CASE("lite: random traffic with resets comes to its end, and breaks no rule") {
  Random seeds("lite random resets");
  for (const double stall : {0.0, 0.5}) {
    for (const bool wide : {false, true}) {
      const LiteSetting setting{stall, 4, static_cast<uint64_t>(seeds.integer(0, 1'000'000)),
                                transactions() / 20, true};
      INFO("stall " << stall << ", wide " << wide << ", seed " << setting.seed);
      std::fflush(stdout);
      CHECK(run_in_child([&] { return wide ? play<64, 40>(setting) : play<32, 16>(setting); }) == "");
    }
  }
}
