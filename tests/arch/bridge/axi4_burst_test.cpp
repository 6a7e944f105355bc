// Addresses of bursts and the cutting of payloads, against the specification's equations written out
// literally.
#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "arch/bridge/axi4_lanes.h"
#include "arch/bridge/axi4_split.h"
#include "support/random.h"

using namespace tridex::arch;
using tridex::test::Random;

namespace {

/// A3.4.1 with its names: the address of transfer N (from 1).
uint64_t literal_address(uint64_t start, uint64_t number_bytes, uint64_t length, Axi4BurstKind kind,
                         uint64_t n) {
  const uint64_t aligned = start / number_bytes * number_bytes;
  if (kind == Axi4BurstKind::kFixed || n == 1) {
    return start;
  }
  const uint64_t address = aligned + (n - 1) * number_bytes;
  if (kind == Axi4BurstKind::kIncr) {
    return address;
  }
  const uint64_t lower = start / (number_bytes * length) * (number_bytes * length);
  const uint64_t upper = lower + number_bytes * length;
  return address < upper ? address : address - number_bytes * length;
}

struct Asked {
  tlm::tlm_generic_payload payload;
  std::vector<uint8_t> data = std::vector<uint8_t>(40000);
  Asked(uint64_t address, uint32_t length, uint32_t width) {
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(width);
  }
};

std::vector<Axi4Part> split(const tlm::tlm_generic_payload& payload, const Axi4Limits& limits,
                            const Axi4Extension* extension = nullptr) {
  Axi4Splitter splitter;
  REQUIRE(splitter.start(payload, extension, limits) == tlm::TLM_OK_RESPONSE);
  std::vector<Axi4Part> parts;
  while (!splitter.done()) {
    parts.push_back(splitter.next());
  }
  return parts;
}

tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload, const Axi4Limits& limits,
                                 const Axi4Extension* extension = nullptr) {
  Axi4Splitter splitter;
  const auto status = splitter.start(payload, extension, limits);
  CHECK(splitter.done() == (status != tlm::TLM_OK_RESPONSE));
  return status;
}

/// What a legal burst is, from the text and not from the checker.
bool legal(const Axi4Burst& burst, unsigned bus_bytes) {
  const uint64_t size = burst.beat_bytes();
  if (size > bus_bytes || burst.beats < 1) {
    return false;
  }
  switch (burst.kind) {
    case Axi4BurstKind::kFixed:
      return burst.beats <= 16;
    case Axi4BurstKind::kWrap:
      return (burst.beats == 2 || burst.beats == 4 || burst.beats == 8 || burst.beats == 16) &&
             burst.address % size == 0;
    default:
      return burst.beats <= 256 &&
             burst.address / 4096 == (burst.address / size * size + burst.beats * size - 1) / 4096;
  }
}

}  // namespace

TEST_CASE("axi4 burst: addresses of beats are those of the specification's equations") {
  Random random("axi4 addresses");
  for (int i = 0; i < 2000; ++i) {
    Axi4Burst burst;
    burst.kind = static_cast<Axi4BurstKind>(random.integer(0, 2));
    burst.size = static_cast<uint8_t>(random.integer(0, 7));
    burst.address = static_cast<uint64_t>(random.integer(0, 1 << 20));
    burst.beats = static_cast<uint16_t>(burst.kind == Axi4BurstKind::kWrap ? 1 << random.integer(1, 4)
                                                                           : random.integer(1, 16));
    if (burst.kind == Axi4BurstKind::kWrap) {
      burst.address -= burst.address % burst.beat_bytes();
    }
    for (unsigned beat = 0; beat < burst.beats; ++beat) {
      REQUIRE(burst.beat_address(beat) ==
              literal_address(burst.address, burst.beat_bytes(), burst.beats, burst.kind, beat + 1));
    }
  }
}

TEST_CASE("axi4 split: legal bursts that carry each byte once, to its address, in order") {
  Random random("axi4 split");
  for (int i = 0; i < 2000; ++i) {
    const Axi4Limits limits{1U << random.integer(2, 7), 0, 32};
    Axi4Limits used = limits;
    used.bytes_per_beat = 1U << random.integer(0, std::countr_zero(limits.bus_bytes));
    const auto length =
        static_cast<uint32_t>(random.integer(0, 9) == 0 ? random.integer(1, 20000) : random.integer(1, 600));
    const uint32_t width = random.integer(0, 2) == 0 ? static_cast<uint32_t>(random.integer(1, 200)) : length;
    const Asked asked(static_cast<uint64_t>(random.integer(0, 1 << 20)), length, width);
    uint32_t next = 0;
    for (const Axi4Part& part : split(asked.payload, used)) {
      REQUIRE(legal(part.burst, limits.bus_bytes));
      REQUIRE(part.burst.beat_bytes() <= used.bytes_per_beat);
      for (unsigned beat = 0; beat < part.burst.beats; ++beat) {
        const Axi4Span span = part.span(beat);
        REQUIRE(span.count > 0);
        REQUIRE(span.index == next);
        REQUIRE(span.address == asked.payload.get_address() + span.index % std::min(width, length));
        REQUIRE(span.index % std::min(width, length) + span.count <= std::min(width, length));
        // Inside of the beat's container of SIZE bytes.
        const uint64_t size = part.burst.beat_bytes(), at = part.burst.beat_address(beat);
        REQUIRE(span.address >= at);
        REQUIRE((span.address + span.count - 1) / size == at / size);
        next += span.count;
      }
    }
    REQUIRE(next == length);
  }
}

TEST_CASE("axi4 split: 256 beats and not 257, to 4 KB and not over it") {
  const Axi4Limits narrow{4, 4, 32}, wide{128, 128, 32};
  CHECK(split(Asked(0, 1024, 1024).payload, narrow).size() == 1);
  CHECK(split(Asked(0, 1024, 1024).payload, narrow)[0].burst.beats == 256);
  CHECK(split(Asked(0, 1025, 1025).payload, narrow).size() == 2);
  CHECK(split(Asked(1, 1024, 1024).payload, narrow).size() == 2);  // 257 beats, as the first is not whole
  CHECK(split(Asked(1, 1023, 1023).payload, narrow).size() == 1);
  CHECK(split(Asked(4096 - 128, 128, 128).payload, wide).size() == 1);
  CHECK(split(Asked(4096 - 128, 129, 129).payload, wide).size() == 2);
  CHECK(split(Asked(4095, 2, 2).payload, narrow).size() == 2);
}

TEST_CASE("axi4 split: a streaming width is FIXED where a beat holds it, 16 beats at most") {
  const Axi4Limits limits{8, 8, 32};
  const auto fixed = split(Asked(3, 33, 2).payload, limits);  // bytes 3 and 4: no beat of 4 has both
  REQUIRE(fixed.size() == 2);
  CHECK(fixed[0].burst == Axi4Burst{3, 16, 3, Axi4BurstKind::kFixed});
  CHECK(fixed[1].burst == Axi4Burst{3, 1, 3, Axi4BurstKind::kFixed});
  CHECK(fixed[1].bytes == 1);
  CHECK(split(Asked(4, 8, 4).payload, limits)[0].burst == Axi4Burst{4, 2, 2, Axi4BurstKind::kFixed});
  const auto repeated = split(Asked(7, 4, 2).payload, limits);  // over two beats of 8: not FIXED
  REQUIRE(repeated.size() == 2);
  CHECK(repeated[0].burst == Axi4Burst{7, 2, 3, Axi4BurstKind::kIncr});
}

TEST_CASE("axi4 split: WRAP by the extension, and what is refused") {
  const Axi4Limits limits{8, 8, 16};
  Axi4Extension wrap;
  wrap.wrap = true;
  wrap.wrap_first = 0x128;
  const Asked line(0x100, 64, 64);
  const auto parts = split(line.payload, limits, &wrap);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].burst == Axi4Burst{0x128, 8, 3, Axi4BurstKind::kWrap});
  CHECK(parts[0].span(0).index == 0x28);
  CHECK(parts[0].span(3).index == 0);  // 0x28, 0x30, 0x38, and round
  wrap.wrap_first = 0x104;
  CHECK(split(Asked(0x100, 8, 8).payload, limits, &wrap)[0].burst ==
        Axi4Burst{0x104, 2, 2, Axi4BurstKind::kWrap});  // narrow, to have two beats
  wrap.wrap_first = 0x128;
  using tlm::TLM_BURST_ERROR_RESPONSE;
  CHECK(refusal(Asked(0x108, 64, 64).payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);    // not aligned
  CHECK(refusal(Asked(0x100, 48, 48).payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);    // 6 beats
  CHECK(refusal(Asked(0x100, 256, 256).payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);  // 32 beats
  CHECK(refusal(Asked(0x140, 64, 64).payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);  // first elsewhere
  wrap.wrap_first = 0x12a;
  CHECK(refusal(line.payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);  // not at a beat
  wrap.wrap_first = 0x128;
  wrap.bytes_per_beat = 16;
  CHECK(refusal(line.payload, limits, &wrap) == TLM_BURST_ERROR_RESPONSE);  // wider than the pins
}

TEST_CASE("axi4 split: payloads that have no bursts are refused with the response that says why") {
  const Axi4Limits limits{4, 4, 16};
  CHECK(refusal(Asked(0xfffe, 2, 2).payload, limits) == tlm::TLM_OK_RESPONSE);
  CHECK(refusal(Asked(0xfffe, 3, 3).payload, limits) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(refusal(Asked(0x10000, 1, 1).payload, limits) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(refusal(Asked(0, 4, 0).payload, limits) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(refusal(Asked(0, 0, 4).payload, limits) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  Asked enables(0, 4, 4);
  enables.payload.set_byte_enable_ptr(enables.data.data());
  CHECK(refusal(enables.payload, limits) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_CASE("axi4 split: exclusive accesses to 128 bytes, aligned, in one burst") {
  const Axi4Limits limits{16, 16, 32};
  Axi4Extension lock;
  lock.lock = true;
  CHECK(refusal(Asked(0x80, 128, 128).payload, limits, &lock) == tlm::TLM_OK_RESPONSE);
  CHECK(refusal(Asked(0x100, 256, 256).payload, limits, &lock) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(refusal(Asked(0x40, 128, 128).payload, limits, &lock) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(refusal(Asked(0x30, 48, 48).payload, limits, &lock) == tlm::TLM_BURST_ERROR_RESPONSE);
  lock.bytes_per_beat = 4;
  CHECK(refusal(Asked(0x80, 64, 64).payload, limits, &lock) == tlm::TLM_OK_RESPONSE);
  CHECK(refusal(Asked(0x80, 128, 128).payload, limits, &lock) == tlm::TLM_BURST_ERROR_RESPONSE);  // 32 beats
}

TEST_CASE("axi4 lanes: every range of lanes is its bits") {
  for (unsigned first = 0; first < 128; ++first) {
    for (unsigned count = 1; first + count <= 128; ++count) {
      const Axi4Strobe lanes = axi4_lanes(first, count);
      for (unsigned lane = 0; lane < 128; ++lane) {
        if (axi4_lane(lanes, lane) != (lane >= first && lane < first + count)) {
          FAIL(first << ", " << count << ", " << lane);
        }
      }
    }
  }
}
