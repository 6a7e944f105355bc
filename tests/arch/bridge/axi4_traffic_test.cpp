// Random payloads through both bridges with wires between them, against a plain memory; TRIDEX_TRANSACTIONS
// says how many in all.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "axi4_chain.h"
#include "axi4_reset.h"
#include "axi4_traffic.h"
#include "support/child.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::test;

namespace {

uint64_t transactions_asked() {
  const char* const given = std::getenv("TRIDEX_TRANSACTIONS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20000;
}

enum class Stalls { kNone, kSome, kHeavy };

arch::Axi4Stalls stalls_of(Stalls stalls, std::mt19937_64& random) {
  arch::Axi4Stalls result;
  result.seed = random();
  if (stalls != Stalls::kNone) {
    for (double* const channel : {&result.aw, &result.w, &result.b, &result.ar, &result.r}) {
      const auto drawn = static_cast<double>(random() % 1000) / 1000.0;
      *channel = stalls == Stalls::kSome ? 0.3 * drawn : 0.9 * drawn;
    }
  }
  return result;
}

struct Run {
  uint64_t seed = 1, transactions = 0;
  unsigned ids = 1;
  Stalls stalls = Stalls::kNone;
  int resets = 0;
};

Axi4ChainConfig config_of(const Run& run, std::mt19937_64& random) {
  Axi4ChainConfig config;
  config.manager.ids = run.ids;
  config.manager.outstanding = 1U << random() % 6;
  config.manager.bursts = 1U << random() % 6;
  config.manager.stalls = stalls_of(run.stalls, random);
  config.subordinate.reads = 1U << random() % 6;
  config.subordinate.writes = 1U << random() % 6;
  config.subordinate.interleave_reads = random() % 2 == 0;
  config.subordinate.stalls = stalls_of(run.stalls, random);
  config.memory.at_once = random() % 4 == 0;
  config.memory.latest = static_cast<unsigned>(random() % 40);
  config.memory.seed = random();
  return config;
}

template <int DataBits, int AddressBits, int IdBits>
std::string run_chain(const Run& run) {
  std::mt19937_64 random(run.seed);
  Axi4ChainConfig config = config_of(run, random);
  config.base = AddressBits > 32 ? 0x12'3450'0000 : 0x1000'0000;
  Axi4Chain<DataBits, AddressBits, IdBits> chain(config);
  for (uint8_t& byte : chain.memory.bytes) {
    byte = static_cast<uint8_t>(random());
  }
  Axi4Traffic traffic("traffic",
                      {config.base, random(), DataBits / 8, 1U << std::min(IdBits, 4), 24, run.transactions},
                      chain.memory.bytes);
  traffic.aclk.bind(chain.clock);
  traffic.socket.bind(chain.front.target_socket);
  chain.start();
  std::string text;
  for (int i = 0; i < run.resets && text.empty(); ++i) {
    text += reset_once(chain, traffic, random);
  }
  if (text.empty()) {
    text = traffic.run();
  }
  text += chain.finish();
  if (traffic.model() != chain.memory.bytes) {
    text += "the memory's bytes differ at the end\n";
  }
  if (run.resets > 0 && traffic.lost() == 0) {
    text += "no payload met a reset\n";
  }
  if (!config.memory.at_once && config.memory.latest >= 10 && config.manager.outstanding >= 8 &&
      config.subordinate.reads >= 8 && run.transactions >= 400 && chain.memory.reordered == 0) {
    text += "no answer came out of order\n";
  }
  for (const char* shape : {"read", "write", "wrap", "streaming", "byte enables", "nb_transport",
                            "b_transport", "slave error", "decode error"}) {
    const auto found = traffic.shapes().find(shape);
    if (run.transactions >= 1000 && (found == traffic.shapes().end() || found->second < 4)) {
      text += fmt::format("too rare: {}\n", shape);
    }
  }
  if (!text.empty()) {
    text += fmt::format("(at {}, outstanding {}, bursts {}, reads {}, writes {})",
                        sc_core::sc_time_stamp().to_string(), config.manager.outstanding,
                        config.manager.bursts, config.subordinate.reads, config.subordinate.writes);
  }
  return text;
}

constexpr int kWidths = 5;

std::string run_width(int width, const Run& run) {
  switch (width) {
    case 0:
      return run_chain<32, 32, 4>(run);
    case 1:
      return run_chain<64, 40, 6>(run);
    case 2:
      return run_chain<128, 32, 4>(run);
    case 3:
      return run_chain<512, 64, 8>(run);
    default:
      return run_chain<1024, 32, 5>(run);
  }
}

}  // namespace

TEST_CASE("axi4 traffic: nothing is lost, changed or reordered, and no rule is broken") {
  Random seeds("axi4 traffic");
  const uint64_t transactions = transactions_asked();
  const auto began = std::chrono::steady_clock::now();
  constexpr unsigned kIds[] = {1, 4, 16};
  constexpr int kRuns = kWidths * 3 * 3;
  for (int i = 0; i < kRuns; ++i) {
    Run run;
    run.seed = static_cast<uint64_t>(seeds.integer(0, 1'000'000'000));
    run.transactions = transactions / kRuns + (i < static_cast<int>(transactions % kRuns) ? 1 : 0);
    run.ids = kIds[i / kWidths % 3];
    run.stalls = static_cast<Stalls>(i / kWidths / 3);
    INFO("width " << i % kWidths << ", ids " << run.ids << ", stalls " << i / kWidths / 3 << ", seed "
                  << run.seed);
    CHECK(run_in_child([&] { return run_width(i % kWidths, run); }) == "");
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("axi4 traffic: %llu transactions, %.0f a second\n",
              static_cast<unsigned long long>(transactions), static_cast<double>(transactions) / seconds);
}

TEST_CASE("axi4 traffic: resets in the middle") {
  Random seeds("axi4 resets");
  for (int i = 0; i < 2 * kWidths; ++i) {
    Run run;
    run.seed = static_cast<uint64_t>(seeds.integer(0, 1'000'000'000));
    run.transactions = 3000;
    run.ids = i < kWidths ? 16 : 3;
    run.stalls = i < kWidths ? Stalls::kNone : Stalls::kSome;
    run.resets = 8;
    INFO("width " << i % kWidths << ", seed " << run.seed);
    CHECK(run_in_child([&] { return run_width(i % kWidths, run); }) == "");
  }
}
