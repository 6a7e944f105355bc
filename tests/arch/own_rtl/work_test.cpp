#include "arch/own_rtl/work.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/file.h"
#include "support/temp_folder.h"

using namespace tridex::arch;
using Catch::Matchers::Contains;

namespace {

const std::string kExpect = "expect: [{at: 0, values: [1]}]\n";

Work read(const std::string& text) {
  const tridex::test::TempFolder folder;
  tridex::write_file(folder.path() / "three.bin", std::string_view("abc"));
  tridex::write_file(folder.path() / "work.yaml", text);
  return read_work(folder.path() / "work.yaml");
}
std::string refused(const std::string& text) {
  try {
    (void)read(text);
  } catch (const tridex::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("own work: everything that a file says") {
  const Work work = read(
      "rtl: mine\nclock_mhz: 300\nmemory: {name: ddr4_2400_x64, channels: 2}\n"
      "memory_port: {base: 0x80000000, latency_cycles: 0, in_flight: 3}\ntimeout_cycles: 77\n"
      "pins: {clock: c, reset: r, reset_active: high, interrupt: i}\n"
      "contents:\n  - {at: 0x80000000, type: int16, values: [-2, 258]}\n  - {at: 16, file: three.bin}\n"
      "send: [{stream: s_axis, packet_bytes: 2, values: [7]}]\n"
      "steps:\n  - {write: 0x10, value: 0xffffffff}\n  - {poll: 4, value: 2, mask: 6, every: 9}\n"
      "  - {read: 8}\n  - {interrupt: true}\n  - {wait: 5}\n"
      "expect:\n  - {stream: m_axis, type: uint32, values: [4294967295]}\n  - {at: 0, values: [1]}\n");
  CHECK(work.rtl == "mine");
  CHECK(work.clock_mhz == 300);
  CHECK((work.dram.channels == 2 && !work.dram.ideal && work.dram.cl == 17));
  CHECK((work.memory_base == 0x8000'0000 && work.memory_latency == 0 && work.memory_in_flight == 3));
  CHECK(work.timeout_cycles == 77);
  CHECK((*work.pins.clock == "c" && *work.pins.reset == "r" && *work.pins.interrupt == "i"));
  CHECK(*work.pins.reset_active_high);
  REQUIRE(work.contents.size() == 2);
  CHECK(work.contents[0].bytes == std::vector<uint8_t>{0xfe, 0xff, 2, 1});
  CHECK(work.contents[1].bytes == std::vector<uint8_t>{'a', 'b', 'c'});
  REQUIRE(work.steps.size() == 5);
  CHECK((work.steps[0].kind == Step::Kind::kWrite && work.steps[0].address == 16 &&
         work.steps[0].value == 0xffff'ffff));
  CHECK((work.steps[1].kind == Step::Kind::kPoll && work.steps[1].mask == 6 && work.steps[1].cycles == 9));
  CHECK((work.steps[2].kind == Step::Kind::kRead && !work.steps[2].expects));
  CHECK_THAT(work.steps[3].text, Contains("work.yaml:15: interrupt: true"));
  CHECK(work.steps[4].cycles == 5);
  REQUIRE((work.sent.size() == 1 && work.received.size() == 1 && work.expected.size() == 1));
  CHECK(work.sent[0].packet_bytes == 2);
  CHECK(work.received[0].bytes == std::vector<uint8_t>{0xff, 0xff, 0xff, 0xff});
  CHECK(read("rtl: mine\n" + kExpect).dram.ideal);
}

TEST_CASE("own work: what is wrong is said with its line and its key") {
  CHECK_THAT(refused("clock_mhz: 1\n"), Contains("rtl"));
  CHECK_THAT(refused("rtl: a\n"), Contains("expect: is missing"));
  CHECK_THAT(refused("rtl: a\nstep: []\n" + kExpect),
             Contains("work.yaml:2: unknown key 'step', did you mean 'steps'?"));
  CHECK_THAT(refused("rtl: a\nsteps:\n  - {write: 4}\n" + kExpect), Contains("work.yaml:3"));
  CHECK_THAT(refused("rtl: a\nsteps: [{wrote: 4}]\n" + kExpect), Contains("a step is one of write: ADDRESS"));
  CHECK_THAT(refused("rtl: a\nsteps: [{write: 4, read: 5}]\n" + kExpect), Contains("a step is one of"));
  CHECK_THAT(refused("rtl: a\nsteps: [{write: 4x, value: 1}]\n" + kExpect), Contains("'4x' is no number"));
  CHECK_THAT(refused("rtl: a\nsteps: [{write: 4, value: 0x100000000}]\n" + kExpect), Contains("32 bits"));
  CHECK_THAT(refused("rtl: a\nsteps: [{poll: 4, value: 3, mask: 1}]\n" + kExpect),
             Contains("outside of the mask 0x1"));
  CHECK_THAT(refused("rtl: a\nexpect: [{at: 0}]\n"), Contains("give either file"));
  CHECK_THAT(refused("rtl: a\nexpect: [{at: 0, file: no.bin}]\n"), Contains("no.bin"));
  CHECK_THAT(refused("rtl: a\nexpect: [{at: 0, type: int16, file: three.bin}]\n"),
             Contains("3 bytes are no whole number of elements of 2 bytes"));
}

TEST_CASE("own work: values to the ends of their types") {
  for (const auto& [type, low, high] :
       {std::tuple{"int8", -128, 127}, {"uint8", 0, 255}, {"int16", -32768, 32767}}) {
    const auto value = [&, name = std::string(type)](int number) {
      return "rtl: a\nexpect: [{at: 0, type: " + name + ", values: [" + std::to_string(number) + "]}]\n";
    };
    INFO(type);
    CHECK(refused(value(low)).empty());
    CHECK(refused(value(high)).empty());
    CHECK_FALSE(refused(value(low - 1)).empty());
    CHECK_FALSE(refused(value(high + 1)).empty());
  }
  const auto hex = [](const std::string& text) {
    return "rtl: a\nexpect: [{at: 0, type: int16, values: [" + text + "]}]\n";
  };
  CHECK(read(hex("0xffff")).expected[0].bytes == std::vector<uint8_t>{0xff, 0xff});
  CHECK_THAT(refused(hex("0x10000")), Contains("0x10000 has more than 16 bits"));
}
