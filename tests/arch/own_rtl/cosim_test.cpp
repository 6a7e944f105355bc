#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <set>
#include <string>

#include "base/file.h"
#include "support/temp_folder.h"
#include "support/vcd.h"

using Catch::Matchers::Contains;

namespace {

struct Outcome {
  int status = 0;
  std::string text;  ///< both streams
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  char part[4096];
  for (size_t count = 0; (count = std::fread(part, 1, sizeof(part), pipe)) > 0;) {
    outcome.text.append(part, count);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return outcome;
}

/// A folder with the example's work and data, and what it prints with these options.
class Example {
 public:
  Example() {
    for (const char* work : {"work.yaml", "delta.yaml"}) {
      std::filesystem::copy(std::filesystem::path(TRIDEX_SOURCE_DIR) / "examples/own_rtl" / work,
                            folder_.path());
    }
    std::filesystem::create_directory(folder_.path() / "data");
    const Outcome data = run(fmt::format("{} {}", TRIDEX_REFERENCE, (folder_.path() / "data").string()));
    REQUIRE(data.status == 0);
  }
  [[nodiscard]] Outcome cosim(const std::string& work, const std::string& options = "") const {
    return run(fmt::format("{} {} {}", TRIDEX_COSIM, file(work), options));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  tridex::test::TempFolder folder_;
};

/// The number before ` word`.
int64_t number_before(const std::string& text, const std::string& word) {
  const size_t end = text.find(" " + word);
  REQUIRE(end != std::string::npos);
  const size_t begin = text.find_last_not_of("0123456789", end - 1) + 1;
  return std::stoll(text.substr(begin, end - begin));
}

}  // namespace

TEST_CASE("own cosim: the example computes what its reference has, and its model too") {
  const Example example;
  const Outcome outcome = example.cosim("work.yaml");
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.text, Contains("as expected: 1 region or stream, no bus rule broken"));
  CHECK_THAT(outcome.text, Contains("65536 bytes read, 32768 written"));
  CHECK_THAT(outcome.text, Contains("model ") && Contains("RTL / model: "));
  // Two reads of 8 bytes a beat go over one bus: no fewer cycles than beats.
  CHECK(number_before(outcome.text, "cycles") > 65536 / 8);
  // An ideal memory is not slower.
  const Outcome ideal = example.cosim("work.yaml", "--set memory.name=ddr4_2400_x64 --set memory.ideal=true");
  CHECK(ideal.status == 1);  // `memory` is no map in this file
  const Outcome fast = example.cosim("work.yaml", "--set 'memory={name: ddr4_2400_x64, ideal: true}'");
  INFO(fast.text);
  CHECK(fast.status == 0);
  CHECK(number_before(fast.text, "cycles") < number_before(outcome.text, "cycles"));
}

TEST_CASE("own cosim: a planted difference is an element with both values") {
  const Example example;
  const Outcome outcome = example.cosim("work.yaml", "--set rtl=scale_add_bug");
  INFO(outcome.text);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.text,
             Contains("RTL: ") && Contains("work.yaml:19: element ") && Contains(", expected -32768; "));
  CHECK_THAT(outcome.text, Contains("NOT AS EXPECTED"));
}

TEST_CASE("own cosim: a broken bus is a rule and a time") {
  const Example example;
  const Outcome outcome = example.cosim("work.yaml", "--set rtl=scale_add_last");
  INFO(outcome.text);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.text, Contains(" ns: write_last (IHI 0022"));
}

TEST_CASE("own cosim: pins that were expected") {
  const Example example;
  const Outcome outcome = example.cosim("work.yaml", "--set rtl=misnamed");
  INFO(outcome.text);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.text,
             Contains("the ports of misnamed: s_axil_awvalid is missing, of the AXI4-Lite subordinate "
                      "s_axil_*; the nearest port that is there is s_axil_awvld"));
  CHECK_THAT(outcome.text, Contains("s_axil_wstrb has 8 bits; expected 4"));
  CHECK_THAT(outcome.text, Contains("inputs that belong to nothing: scan_enable, s_axil_awvld"));
}

TEST_CASE("own cosim: a time-out says which step, tight") {
  const Example example;
  const Outcome hang = example.cosim("work.yaml", "--set timeout_cycles=1000");
  INFO(hang.text);
  CHECK(hang.status == 1);
  CHECK_THAT(hang.text,
             Contains("work.yaml:16: interrupt: true: not done after 1000 cycles (timeout_cycles); the "
                      "interrupt stays low"));
  const std::string wait = "--set 'steps=[{wait: 50}]' --set timeout_cycles=";
  CHECK(example.cosim("delta.yaml", wait + "50").status == 0);
  const Outcome late = example.cosim("delta.yaml", wait + "49");
  INFO(late.text);
  CHECK(late.status == 1);
  CHECK_THAT(late.text, Contains("wait: 50: not done after 49 cycles"));
  CHECK(number_before(example.cosim("delta.yaml", wait + "50").text, "cycles") == 50);
}

TEST_CASE("own cosim: streams") {
  const Example example;
  const Outcome good = example.cosim("delta.yaml");
  INFO(good.text);
  CHECK(good.status == 0);
  CHECK_THAT(good.text, Contains("24 bytes into streams, 24 out"));
  const Outcome wrong = example.cosim("delta.yaml", "--set expect.0.values=[5,2,-3,-1,1,-2147483648]");
  INFO(wrong.text);
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.text, Contains("m_axis_*: element 4 at 0x10 is 0, expected 1; 1 of 6 elements differ"));
  const Outcome waits =
      example.cosim("delta.yaml", "--set expect.0.values=[1,2,3,4,5,6,7] --set timeout_cycles=99");
  INFO(waits.text);
  CHECK_THAT(waits.text, Contains("after the last step: not done after 99 cycles") &&
                             Contains("24 of 28 bytes have come out of m_axis_*"));
  CHECK_THAT(example.cosim("delta.yaml", "--set send.0.stream=axis").text,
             Contains("the RTL has no incoming stream axis (it has: s_axis_)"));
  // What cannot be sent ends the work at once, and not by the time-out.
  const Outcome packet = example.cosim("delta.yaml", "--set send.0.packet_bytes=10");
  INFO(packet.text);
  CHECK(packet.status == 1);
  CHECK_THAT(packet.text, Contains("does not take a packet of 10 bytes"));
  CHECK(number_before(packet.text, "cycles") == 1);
  CHECK_THAT(example.cosim("delta.yaml", "--set 'steps=[{interrupt: true}]'").text,
             Contains("delta has no interrupt: expected an output irq"));
  CHECK_THAT(example.cosim("delta.yaml", "--set 'steps=[{read: 0}]'").text,
             Contains("delta has no AXI4-Lite subordinate: expected pins such as s_axil_awvalid"));
}

TEST_CASE("own cosim: upper case, a reset that is high, and pins that belong to nothing") {
  const Example example;
  const Outcome outcome =
      example.cosim("delta.yaml",
                    "--set rtl=upper --set send.0.stream=in --set expect.0.stream=out --set "
                    "expect.0.values=[-6,-8,-5,0,0,-2147483648]");
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.text, Contains("held at 0: TEST_MASK") && Contains("not read: BEATS"));
}

TEST_CASE(
    "own cosim: names and pins as of high-level synthesis, a write of some bytes, and an address that is not "
    "there") {
  const Example example;
  const auto store = [&](const char* address, int latency = 20) {
    return example.cosim(
        "delta.yaml",
        fmt::format("--set rtl=hls --set send=[] --set 'memory_port={{base: 0x40000000, latency_cycles: "
                    "{}}}' --set timeout_cycles=100 "
                    "--set 'contents=[{{at: 0x40001000, values: [1, 2, 3, 4, 5, 6, 7, 8]}}]' "
                    "--set 'steps=[{{write: 16, value: {}}}, {{write: 0, value: 1}}, {{interrupt: true}}, "
                    "{{read: 0, value: 0, mask: 6}}, {{poll: 0, value: 1, every: 3}}]' "
                    "--set 'expect=[{{at: 0x40001000, values: [1, 0xa1, 0xa2, 4, 5, 6, 0xa6, 8]}}]'",
                    latency, address));
  };
  const Outcome good = store("0x40001000");
  INFO(good.text);
  CHECK(good.status == 0);
  CHECK_THAT(good.text, Contains("s_axi_control_* (AXI4-Lite), m_axi_gmem_* (AXI4)"));
  CHECK_THAT(good.text, Contains("held at 0: m_axi_gmem_BUSER") && Contains("m_axi_gmem_AWLOCK"));
  // A cycle more on the way from the memory is a cycle more of the whole: one write, and the interrupt after
  // it.
  CHECK(number_before(store("0x40001000", 21).text, "cycles") == number_before(good.text, "cycles") + 1);
  const Outcome outside = store("0x3ffffff8");
  INFO(outside.text);
  CHECK(outside.status == 1);
  CHECK_THAT(outside.text,
             Contains("a write of 8 bytes at 0x3ffffff8 came back with TLM_ADDRESS_ERROR_RESPONSE"));
  CHECK_THAT(outside.text, Contains("read: 0: is 0x7, expected 0x0 under the mask 0x6"));
}

TEST_CASE("own cosim: RTL that ends the simulation is an error, however often it does") {
  const Example example;
  const auto pass = [&](const std::string& values) {
    return example.cosim("delta.yaml", fmt::format("--set rtl=ends --set 'send.0.values=[{0}]' --set "
                                                   "'expect.0.values=[{0}]'",
                                                   values));
  };
  CHECK(pass("1, 2, 3, 4, 5, 6").status == 0);
  const Outcome once = pass("1, 666, 3, 4, 5, 6");
  INFO(once.text);
  CHECK(once.status == 1);
  CHECK_THAT(once.text, Contains("the RTL has called $finish at ") && Contains("ends.sv:19") &&
                            Contains("NOT AS EXPECTED"));
  // A word later is a cycle later.
  CHECK(number_before(pass("1, 2, 666, 4, 5, 6").text, "cycles") == number_before(once.text, "cycles") + 1);
  // Verilator's own $finish ends the process at the second time, with exit status 0.
  const Outcome often = pass("1, 666, 666, 666, 666, 666");
  INFO(often.text);
  CHECK(often.status == 1);
  CHECK_THAT(often.text, Contains("the RTL has called $finish at "));
  CHECK(number_before(often.text, "cycles") == number_before(once.text, "cycles"));
  // In the cycle of the last word, when all is as expected.
  CHECK(pass("1, 2, 3, 4, 5, 666").status == 1);
  const Outcome stop = pass("1, 777, 777, 4, 5, 6");
  INFO(stop.text);
  CHECK(stop.status == 1);
  CHECK_THAT(stop.text, Contains("the RTL has called $stop at ") && Contains("ends.sv:20"));
}

TEST_CASE("own cosim: waveforms, whole and of a window") {
  const Example example;
  const std::string whole = example.file("whole.vcd"), part = example.file("part.vcd");
  const Outcome first = example.cosim("delta.yaml", "--waves " + whole);
  INFO(first.text);
  CHECK(first.status == 0);
  CHECK_THAT(first.text, Contains("waveforms: " + whole + "\n"));
  const tridex::test::Vcd all(tridex::read_text(whole));
  constexpr int64_t kCycle = 4000,
                    kFirst = 5 * kCycle;  // ps; its edges begin at 0, cycle 0 is the first out of reset
  REQUIRE(all.times().count(kFirst) == 1);
  REQUIRE(all.times().count(0) == 1);
  bool replaced = false;
  for (const auto& [from, cycles] : {std::pair(1, 1), std::pair(3, 2), std::pair(0, 4)}) {
    const Outcome outcome = example.cosim(
        "delta.yaml", fmt::format("--waves {} --waves-from {} --waves-cycles {}", part, from, cycles));
    INFO(outcome.text);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.text, Contains(fmt::format("waveforms: {}{}\n", part,
                                                  replaced ? " (in place of an older file)" : "")));
    replaced = true;
    // The window opens and closes a quarter of a cycle before an edge; from cycle 0 on it has the reset.
    const int64_t begin = from == 0 ? 0 : kFirst + from * kCycle - kCycle / 4;
    const int64_t end = kFirst + (from + cycles) * kCycle - kCycle / 4;
    const tridex::test::Vcd window(tridex::read_text(part));
    std::set<int64_t> times = window.times();
    times.erase(begin);
    std::set<int64_t> expected = all.times(begin, end);
    expected.erase(begin);
    CHECK(times == expected);
    CHECK(times.count(kFirst + (from + cycles - 1) * kCycle) == 1);
  }
  const Outcome late =
      example.cosim("delta.yaml", "--waves " + example.file("late.vcd") + " --waves-from 1000000");
  CHECK(late.status == 0);
  CHECK_THAT(late.text, Contains("no waveforms: the run has ended before"));
  CHECK_FALSE(std::filesystem::exists(example.file("late.vcd")));
  CHECK(example.cosim("delta.yaml", "--waves " + whole + ".fst").status == 1);
  CHECK(example.cosim("delta.yaml", "--waves " + example.file("no/f.vcd")).status == 1);
  CHECK(example.cosim("delta.yaml", "--waves-from 3").status == 1);
}
