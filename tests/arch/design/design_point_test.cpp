#include "arch/design/design_point.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

#include "arch/design/design_reader.h"
#include "base/error.h"

using namespace tridex;
using namespace tridex::arch;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const std::string kGood = R"(name: d
clock_mhz: 200
device: zcu102
memory: {name: ddr4_2400_x64, channels: 2}
ports: {count: 4, width_bits: 128}
engines:
  - {kind: mat, lanes: 8, inputs: 8}
  - {name: r, kind: rmac, lanes: 4, inputs: 2}
copies: 16
buffers:
  input: {kib: 1024, banks: 16, width_bits: 128}
)";

/// kGood with one piece of its text replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

DesignPoint read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return read_design(Yaml::parse(text, "d.yaml", overrides));
}

/// What every wrong design must give: the file, the line, the dotted key, and `says`.
void refuses(const std::string& text, const std::string& start, const std::string& says) {
  INFO(text);
  CHECK_THROWS_WITH(read(text), StartsWith(start) && Contains(says));
}

}  // namespace

TEST_CASE("a design is read with defaults for what it does not say") {
  const DesignPoint d = read(kGood);
  CHECK(d.name == "d");
  CHECK(d.device.part == "xczu9eg");
  CHECK(d.dram.channels == 2);
  CHECK(d.dram.cl == 17);
  CHECK(d.dram.peak_bandwidth() == Approx(2 * 19.208e9).epsilon(1e-4));
  REQUIRE(d.engines.size() == 2);
  CHECK(d.engines[0].name == "mat");
  CHECK(d.engines[0].results_per_cycle() == 8);
  CHECK(d.engines[1].name == "r");
  CHECK(d.peak_macs() == 16 * (64 + 8));
  CHECK(d.output_buffer.bytes == Buffer().bytes);
  CHECK(d.packing == PackingMode::kSharedOperand);
  CHECK(d.inter_layer_pipeline);
}

TEST_CASE("an engine is TLM in every run, or RTL where runs have RTL") {
  const DesignPoint d = read(kGood, {"engines.1.implementation=rtl"});
  CHECK(d.engines[0].implementation == Implementation::kTlm);
  CHECK(d.engines[1].implementation == Implementation::kRtl);
  refuses(with("{kind: mat, lanes: 8, inputs: 8}", "{kind: mat, lanes: 8, inputs: 8, implementation: hdl}"),
          "d.yaml:7: engines.0.implementation", "tlm");
  refuses(
      with("{kind: mat, lanes: 8, inputs: 8}", "{kind: systolic, lanes: 8, inputs: 8, implementation: rtl}"),
      "d.yaml:7: engines.0.implementation", "a systolic array has no RTL");
}

TEST_CASE("overrides reach every part of a design, and its text") {
  const DesignPoint d = read(kGood, {"engines.1.lanes=16", "memory.refresh=false", "memory.ideal=true",
                                     "copies=2", "spread=channels", "buffers.input.kib=512"});
  CHECK(d.engines[1].lanes == 16);
  CHECK_FALSE(d.dram.refresh);
  CHECK(d.dram.ideal);
  CHECK_FALSE(read(kGood).dram.ideal);
  CHECK(d.copies == 2);
  CHECK(d.spread == Spread::kChannels);
  CHECK(d.input_buffer.bytes == 512 * 1024);
  const DesignPoint again = read(d.text);
  CHECK(again.text == d.text);
  CHECK(again.engines[1].lanes == 16);
}

TEST_CASE("a wrong design is refused with its file, line and key") {
  refuses(with("clock_mhz", "clock_mzh"), "d.yaml:2: unknown key 'clock_mzh'", "did you mean 'clock_mhz'?");
  refuses(with("200", "-1"), "d.yaml:2: clock_mhz:", "outside");
  refuses(with("200", "fast"), "d.yaml:2: clock_mhz:", "expected a number");
  refuses(with("device: zcu102", "device: zcu103"),
          "d.yaml:3: device:", "known: kv260, u250, u50, vck190, zcu102");
  refuses(with("device: zcu102\n", ""), "d.yaml:1:", "'device' is missing");
  refuses(with("ddr4_2400_x64", "ddr5"), "d.yaml:4: memory.name:", "ddr4_2400_x64");
  refuses(with("channels: 2", "chanels: 2"), "d.yaml:4: unknown key 'memory.chanels'", "'channels'");
  refuses(with("channels: 2", "tccd_s: 3"), "d.yaml:4: memory:", "tccd_s 3 is less than a burst's 4 clocks");
  refuses(with("channels: 2", "tras: 60"), "d.yaml:4: memory:", "trc 56 is less than tras 60");
  refuses(with("channels: 2", "tck_ns: 0.83333"), "d.yaml:4: memory:", "whole number of picoseconds");
  refuses(with("channels: 2", "bus_bits: 48"), "d.yaml:4: memory.bus_bits:", "48 is not a power of two");
  refuses(with("channels: 2", "row_bytes: 32"), "d.yaml:4: memory.row_bytes:", "32 is outside");
  refuses(with("channels: 2", "interleave_bytes: 32"), "d.yaml:4: memory:", "less than a line");
  refuses(with("channels: 2", "channels: 2, rows: 3, row_bytes: 64"), "d.yaml:4: memory:", "whole blocks");
  refuses(with("channels: 2", "trefi: 500"), "d.yaml:4: memory:", "between refreshes");
  refuses(with("channels: 2", "cwl: 100"), "d.yaml:4: memory:", "cwl 100");
  refuses(with("channels: 2", "rows: 16777216, channels: 256"), "d.yaml:4: memory:", "not plausible");
  refuses(with("count: 4", "count: 0"), "d.yaml:5: ports.count:", "0 is outside 1 to 64");
  refuses(with("width_bits: 128}\neng", "width_bits: 100}\neng"),
          "d.yaml:5: ports.width_bits:", "power of two");
  refuses(with("kind: mat", "kind: vector"), "d.yaml:7: engines.0.kind:", "known: mat, rmac, systolic");
  refuses(with("inputs: 8", "inputs: 8, accumulators: 64"), "d.yaml:7: unknown key 'engines.0.accumulators'",
          "");
  refuses(with("kind: mat", "accumulators: 0, kind: systolic"),
          "d.yaml:7: engines.0.accumulators:", "outside");
  refuses(with("lanes: 8, ", ""), "d.yaml:7: engines.0:", "'lanes' is missing");
  refuses(with("lanes: 8", "lanes: 1000000000000"), "d.yaml:7: engines.0.lanes:", "outside");
  refuses(with("lanes: 8", "lanes: 8.5"), "d.yaml:7: engines.0.lanes:", "expected a whole number");
  refuses(with("lanes: 8, inputs: 8", "lanes: 4096, inputs: 4096"), "d.yaml:7: engines:", "multipliers");
  refuses(with("name: r", "name: mat"), "d.yaml:8: engines.1:", "second engine with the name 'mat'");
  refuses(with("copies: 16", "copies: 0"), "d.yaml:9: copies:", "outside");
  refuses(with("kib: 1024", "kib: -4"), "d.yaml:11: buffers.input.kib:", "outside");
  refuses(with("banks: 16", "banks: 48"), "d.yaml:11: buffers.input:", "not a whole number of words");
  refuses(with("width_bits: 128}\n\0", "width_bits: 12}\n"), "d.yaml:5: ports.width_bits:", "12");
  refuses(with("input:", "inputs:"), "d.yaml:11: unknown key 'buffers.inputs'", "'input'");
  refuses(kGood + "copies: 3\n", "d.yaml:12: key 'copies' is given twice", "");
  refuses(kGood + "depthwise_packing: 4\n", "d.yaml:12: depthwise_packing:", "4 is outside 1 to 2");
  refuses(kGood + "packing: dense\n", "d.yaml:12: packing:", "known: none, shared_operand");
  refuses(kGood + "capabilities: {divisors: [log3]}\n", "d.yaml:12: capabilities.divisors.0:", "log2_paper");
  refuses(kGood + "capabilities: {max_weight_bits: 64}\n",
          "d.yaml:12: capabilities.max_weight_bits:", "2 to 16");
  refuses(kGood + "schedule: {double_buffer: maybe}\n",
          "d.yaml:12: schedule.double_buffer:", "true or false");
  refuses(kGood + "vector: {lane: 4}\n", "d.yaml:12: unknown key 'vector.lane'", "'lanes'");
  refuses("name: d\ndevice: zcu102\nmemory: ddr4_2400_x64\nengines: []\n",
          "d.yaml:4: engines:", "at least one");
}

TEST_CASE("a memory says how lines are addressed and in which order they are served") {
  const DramTiming plain = read(kGood).dram;
  CHECK(mapping_text(plain) == "row:16 bank:2 column:7 group:2");
  CHECK(plain.controller.kind == DramController::Kind::kFrFcfs);
  const DramTiming t = read(with("channels: 2",
                                 "controller: fr_fcfs, page: closed, read_queue: 16, write_queue: 8, "
                                 "write_high: 6, write_low: 2, max_wait: 900, "
                                 "mapping: row:10 column:5 bank row group column"))
                           .dram;
  CHECK(t.controller.kind == DramController::Kind::kFrFcfs);
  CHECK(t.controller.page == DramController::Page::kClosed);
  CHECK(t.controller.read_queue == 16);
  CHECK(t.controller.write_queue == 8);
  CHECK(t.controller.write_high == 6);
  CHECK(t.controller.write_low == 2);
  CHECK(t.controller.max_wait == 900);
  CHECK(mapping_text(t) == "row:10 column:5 bank:2 row:6 group:2 column:2");
  CHECK(mapping_text(read(with("channels: 2", "mapping: [row, column, bank, group]")).dram) ==
        "row:16 column:7 bank:2 group:2");
  CHECK(mapping_text(read(with("channels: 2", "bank_groups: 1, mapping: row bank column")).dram) ==
        "row:16 bank:2 column:7");
  CHECK(read(with("ddr4_2400_x64, channels: 2", "lpddr5_6400")).dram.peak_bandwidth() ==
        Approx(12.8e9).epsilon(1e-9));
}

TEST_CASE("a mapping that leaves a bit out or takes one twice is refused, with what to write instead") {
  const auto wrong = [](const std::string& keys, const char* where, const char* what) {
    INFO(keys);
    refuses(with("channels: 2", keys), where, what);
  };
  const char* at = "d.yaml:4: memory.mapping:";
  wrong("mapping: row bank column", at, "0 bits of 'group', but this memory's lines have 2; write group:2");
  wrong("mapping: row bank:3 column group", at, "3 bits of 'bank', but this memory's lines have 2");
  wrong("mapping: row column:3 bank column:3 group", at,
        "6 bits of 'column', but this memory's lines have 7");
  wrong("mapping: row bank row column group", at, "'row' stands twice without a number of bits");
  wrong("mapping: row rank bank column group", at,
        "'rank' is no part of an address (known: row, bank, column, group)");
  wrong("mapping: row:x bank column group", at, "expected a number of bits");
  wrong("mapping: row:-1 bank column group", at, "expected a number of bits");
  wrong("mapping: []", at, "0 bits of 'row'");
  wrong("mapping: [row, {bank: 2}, column, group]", "d.yaml:4: memory.mapping.1:", "");
  wrong("rows: 3000, mapping: bank row column group", at, "3000 rows are no power of two");
  wrong("controller: frfcfs", "d.yaml:4: memory.controller:", "known: fcfs, fr_fcfs");
  wrong("controller: fr_fcfs, page: close", "d.yaml:4: memory.page:", "known: open, closed");
  wrong("controller: fcfs, page: closed", "d.yaml:4: memory:", "page: closed needs controller: fr_fcfs");
  wrong("write_queue: 8, write_high: 9", "d.yaml:4: memory:", "write_high 9 is more than write_queue 8");
  wrong("write_high: 8, write_low: 9", "d.yaml:4: memory:", "write_low 9 is more than write_high 8");
  wrong("read_queue: 0", "d.yaml:4: memory.read_queue:", "outside");
  wrong("beats_per_clock: 16",
        "d.yaml:4: memory:", "burst_length 8 is not a whole number of clocks of 16 beats");
}

TEST_CASE("every preset is there and every design of configs/designs is read") {
  const auto names = [](const char* kind) {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(config_root() / kind)) {
      found.insert(entry.path().stem().string());
    }
    return found;
  };
  CHECK(names("devices") == std::set<std::string>{"kv260", "u250", "u50", "vck190", "zcu102", "zcu104"});
  CHECK(names("memories") ==
        std::set<std::string>{"ddr4_2400_x64", "ddr4_3200_x64", "hbm2", "lpddr4_3200", "lpddr5_6400"});
  for (const auto& device : names("devices")) {
    CHECK(read(with("zcu102", device)).device.name == device);
  }
  for (const auto& memory : names("memories")) {
    CHECK(read(with("ddr4_2400_x64", memory)).dram.name == memory);
  }
  CHECK(names("designs").count("trio_vit_zcu102") == 1);
  for (const auto& name : names("designs")) {
    const DesignPoint d = read_design(find_config(name, "designs"));
    CHECK(d.name == name);
  }
}

TEST_CASE("a design reader gives what read_design gives, the messages of errors too") {
  for (const auto& entry : std::filesystem::directory_iterator(config_root() / "designs")) {
    CAPTURE(entry.path());
    DesignReader reader(entry.path());
    for (const std::vector<std::string>& overrides :
         {std::vector<std::string>{}, {"copies=2"}, {"copies=3", "ports.count=2", "memory.refresh=false"}}) {
      const DesignPoint once = read_design(entry.path(), overrides);
      const DesignPoint again = reader.read(overrides);
      CHECK(again.text == once.text);
      CHECK(again.name == once.name);
      CHECK(again.copies == once.copies);
      CHECK(again.device.part == once.device.part);
      CHECK(again.dram.refresh == once.dram.refresh);
      CHECK(again.dram.cl == once.dram.cl);
    }
    for (const std::string wrong : {"copies=-1", "engines.0.kind=x", "device=none", "nothing.there=1"}) {
      std::string message;
      try {
        read_design(entry.path(), {wrong});
      } catch (const Error& error) {
        message = error.what();
      }
      REQUIRE_FALSE(message.empty());
      CHECK_THROWS_WITH(reader.read({wrong}), message);
    }
  }
}

TEST_CASE("the published design is (8 x 8 + 8 x 8) x 16 at 200 MHz") {
  const DesignPoint d = read_design(find_config("trio_vit_zcu102", "designs"));
  CHECK(d.peak_macs() == 2048);
  CHECK(d.clock_mhz == 200);
  CHECK(2 * static_cast<double>(d.peak_macs()) * d.clock_mhz * 1e6 == Approx(819.2e9));
  REQUIRE(d.engine(EngineKind::kMat) != nullptr);
  REQUIRE(d.engine(EngineKind::kRmac) != nullptr);
}

TEST_CASE("find_config takes a file or a name, and lists the names") {
  const auto preset = find_config("trio_vit_zcu102", "designs");
  CHECK(find_config(preset.string(), "designs") == preset);
  CHECK_THROWS_WITH(find_config("trio_vit_zcu103", "designs"),
                    Contains("did you mean 'trio_vit_zcu102'?") && Contains("mat_only_zcu102"));
  const std::string before = config_root().string();
  ::setenv("TRIDEX_CONFIGS", "/nowhere", 1);
  CHECK(config_root() == "/nowhere");
  CHECK_THROWS_AS(find_config("trio_vit_zcu102", "designs"), Error);
  ::unsetenv("TRIDEX_CONFIGS");
  CHECK(config_root() == before);
}
