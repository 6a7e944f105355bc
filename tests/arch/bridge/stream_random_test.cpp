// Random packets from TLM over pins to TLM or to a sink, against the list of what was sent.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "stream_traffic.h"
#include "support/child.h"
#include "support/random.h"
#include "transactions.h"

using namespace tridex;
using namespace tridex::test;
using arch::StreamShape;

namespace {

template <StreamShape kShape>
std::string play(const StreamSetting& setting) {
  StreamTraffic<kShape> traffic("traffic", setting);
  return traffic.play();
}

}  // namespace

TEST_CASE("stream: random packets arrive, in order, and break no rule") {
  using Play = std::string (*)(const StreamSetting&);
  const std::vector<Play> shapes = {
      play<StreamShape{.data_bits = 8, .keep = false}>,
      play<StreamShape{.data_bits = 8}>,
      play<StreamShape{.data_bits = 24, .dest_bits = 4, .strobe = true}>,
      play<StreamShape{.data_bits = 32, .id_bits = 1, .user_bits = 5}>,
      play<StreamShape{.data_bits = 64, .user_bits = 64, .strobe = true}>,
      play<StreamShape{.data_bits = 128, .id_bits = 8, .dest_bits = 4, .keep = false, .strobe = true}>,
      play<StreamShape{.data_bits = 256, .last = false}>,
      play<StreamShape{.data_bits = 512, .keep = false}>,
      play<StreamShape{.data_bits = 1000, .id_bits = 3, .user_bits = 33}>,
      play<StreamShape{.data_bits = 1024, .dest_bits = 40, .strobe = true}>,
  };
  Random seeds("stream random packets");
  const auto begin = std::chrono::steady_clock::now();
  const int runs = static_cast<int>(4 * 2 * shapes.size());
  const int each = transactions() / runs;
  for (const double stall : {0.0, 0.1, 0.5, 0.9}) {
    for (const bool sink : {false, true}) {
      for (size_t i = 0; i < shapes.size(); ++i) {
        const StreamSetting setting{stall, sink, static_cast<uint64_t>(seeds.integer(0, 1'000'000)), each};
        INFO("stall " << stall << ", sink " << sink << ", shape " << i << ", seed " << setting.seed);
        std::fflush(stdout);  // or the child prints it again
        CHECK(run_in_child([&] { return shapes[i](setting); }) == "");
      }
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("stream: %d packets, %.0f a second\n", runs * each, runs * each / seconds.count());
}

TEST_CASE("stream: random packets with resets come to their end, and break no rule") {
  Random seeds("stream random resets");
  for (const double stall : {0.0, 0.5}) {
    for (const bool sink : {false, true}) {
      const StreamSetting setting{stall, sink, static_cast<uint64_t>(seeds.integer(0, 1'000'000)),
                                  transactions() / 20, true};
      INFO("stall " << stall << ", sink " << sink << ", seed " << setting.seed);
      std::fflush(stdout);
      CHECK(run_in_child([&] {
              return play<StreamShape{.data_bits = 32, .id_bits = 1, .user_bits = 5}>(setting);
            }) == "");
    }
  }
}
