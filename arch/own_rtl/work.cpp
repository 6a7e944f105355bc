#include "arch/own_rtl/work.h"

#include <fmt/format.h>

#include <charconv>

#include "arch/design/design_point.h"
#include "arch/design/read_value.h"
#include "base/error.h"
#include "base/file.h"

namespace tridex::arch {
namespace {

namespace fs = std::filesystem;

/// Numbers of registers and addresses, also as 0x....
uint64_t number(const Yaml& yaml) {
  const std::string text = yaml.text();
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
  if (error != std::errc() || at != end) {
    yaml.fail(fmt::format("'{}' is no number of 64 bits such as 4096 or 0x1000", text));
  }
  return value;
}
uint64_t number(const Yaml& yaml, const std::string& key, uint64_t otherwise) {
  const auto child = yaml.find(key);
  return child ? number(*child) : otherwise;
}

Element read_element(const Yaml& yaml) {
  return yaml.choice<Element>("type", {},
                              {{"uint8", {1, false}},
                               {"int8", {1, true}},
                               {"uint16", {2, false}},
                               {"int16", {2, true}},
                               {"uint32", {4, false}},
                               {"int32", {4, true}},
                               {"uint64", {8, false}},
                               {"int64", {8, true}}});
}

std::vector<uint8_t> read_values(const Yaml& yaml, const Element& element) {
  std::vector<uint8_t> bytes;
  const int bits = 8 * element.bytes;
  const int64_t low = element.is_signed ? -(int64_t{1} << (bits - 2)) * 2 : 0;
  // A uint64 above the largest int64 is written as 0x....
  const int64_t high = bits == 64 ? INT64_MAX : (int64_t{1} << (bits - (element.is_signed ? 1 : 0))) - 1;
  for (const Yaml& item : yaml.items()) {
    const bool hex = item.is_scalar() && (item.text().starts_with("0x") || item.text().starts_with("0X"));
    const uint64_t value = hex ? number(item) : static_cast<uint64_t>(item.integer(low, high));
    if (bits < 64 && hex && value >> bits != 0) {
      item.fail(fmt::format("{:#x} has more than {} bits", value, bits));
    }
    for (int i = 0; i < element.bytes; ++i) {
      bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
  }
  return bytes;
}

/// `file` or `values`.
std::vector<uint8_t> read_data(const Yaml& yaml, const Element& element) {
  if (yaml.has("file") == yaml.has("values")) {
    yaml.fail("give either file (raw bytes, little-endian) or values (a list, with type)");
  }
  std::vector<uint8_t> bytes;
  if (const auto values = yaml.find("values")) {
    bytes = read_values(*values, element);
  } else {
    const Yaml name = yaml.at("file");
    try {
      bytes = read_bytes(fs::path(yaml.file()).parent_path() / name.text());
    } catch (const Error& error) {
      name.fail(error.what());
    }
  }
  if (bytes.empty() || bytes.size() % static_cast<size_t>(element.bytes) != 0) {
    yaml.fail(fmt::format("{} bytes are no whole number of elements of {} bytes, one at least", bytes.size(),
                          element.bytes));
  }
  return bytes;
}

Region read_region(const Yaml& yaml) {
  Region region;
  region.element = read_element(yaml);
  region.address = number(yaml.at("at"));
  region.bytes = read_data(yaml, region.element);
  region.text = yaml.where();
  yaml.finish();
  return region;
}

StreamData read_stream(const Yaml& yaml, bool packets) {
  StreamData stream;
  stream.element = read_element(yaml);
  stream.name = yaml.at("stream").text();
  stream.bytes = read_data(yaml, stream.element);
  if (packets) {
    stream.packet_bytes = static_cast<size_t>(yaml.integer("packet_bytes", 0, 1, int64_t{1} << 40));
  }
  stream.text = yaml.where();
  yaml.finish();
  return stream;
}

Step read_step(const Yaml& yaml) {
  constexpr int64_t kMostCycles = 1'000'000'000'000;
  Step step;
  const std::vector<std::pair<std::string, Step::Kind>> kinds{{"write", Step::Kind::kWrite},
                                                              {"read", Step::Kind::kRead},
                                                              {"poll", Step::Kind::kPoll},
                                                              {"interrupt", Step::Kind::kInterrupt},
                                                              {"wait", Step::Kind::kWait}};
  std::string found;
  for (const auto& [key, kind] : kinds) {
    if (yaml.is_map() && yaml.has(key)) {
      found = found.empty() ? key : "several";
      step.kind = kind;
    }
  }
  if (found.empty() || found == "several") {
    yaml.fail("a step is one of write: ADDRESS, read: ADDRESS, poll: ADDRESS, interrupt: true, wait: CYCLES");
  }
  const Yaml first = yaml.at(found);
  step.text = fmt::format("{}: {}: {}", first.where(), found, first.text());
  switch (step.kind) {
    case Step::Kind::kWrite:
      step.address = number(first);
      step.value = number(yaml.at("value"));
      break;
    case Step::Kind::kRead:
    case Step::Kind::kPoll:
      step.address = number(first);
      step.expects = step.kind == Step::Kind::kPoll || yaml.has("value");
      step.value = step.expects ? number(yaml.at("value")) : 0;
      step.mask = number(yaml, "mask", step.mask);
      if (step.kind == Step::Kind::kPoll) {
        step.cycles = yaml.integer("every", 0, 0, kMostCycles);
      }
      if ((step.value & ~step.mask) != 0) {
        yaml.at("value").fail(fmt::format("{:#x} has bits outside of the mask {:#x}", step.value, step.mask));
      }
      break;
    case Step::Kind::kInterrupt:
      step.value = first.boolean() ? 1 : 0;
      break;
    case Step::Kind::kWait:
      step.cycles = first.integer(1, kMostCycles);
      break;
  }
  yaml.finish();
  constexpr uint64_t kMostValue = UINT32_MAX;  // the driver's accesses are of 32 bits
  if (step.value > kMostValue || step.mask > kMostValue) {
    yaml.fail("values and masks of registers have 32 bits");
  }
  return step;
}

void read_machine(const Yaml& yaml, Work& work) {
  work.clock_mhz = yaml.real("clock_mhz", work.clock_mhz, 1, 5000);
  work.timeout_cycles = yaml.integer("timeout_cycles", work.timeout_cycles, 1, int64_t{1} << 50);
  DramPower power;
  if (const auto memory = yaml.find("memory")) {
    work.dram = read_memory(*memory, power);
  } else {
    work.dram.ideal = true;
  }
  if (const auto port = yaml.find("memory_port")) {
    work.memory_base = number(*port, "base", 0);
    work.memory_latency = read_integer(*port, "latency_cycles", work.memory_latency, 0, 100000);
    work.memory_in_flight = read_integer(*port, "in_flight", work.memory_in_flight, 1, 1024);
    port->finish();
  }
  if (const auto pins = yaml.find("pins")) {
    const auto name = [&](const char* key, std::optional<std::string>& to) {
      if (const auto child = pins->find(key)) {
        to = child->text();
      }
    };
    name("clock", work.pins.clock);
    name("reset", work.pins.reset);
    name("interrupt", work.pins.interrupt);
    if (const auto active = pins->find("reset_active")) {
      work.pins.reset_active_high = active->choice<bool>({{"low", false}, {"high", true}});
    }
    pins->finish();
  }
}

}  // namespace

Work read_work(const fs::path& file, const std::vector<std::string>& overrides) {
  const Yaml yaml = Yaml::load(file, overrides);
  Work work;
  work.rtl = yaml.at("rtl").text();
  read_machine(yaml, work);
  const auto each = [&](const char* key, const auto& read) {
    if (const auto list = yaml.find(key)) {
      for (const Yaml& item : list->items()) {
        read(item);
      }
    }
  };
  each("contents", [&](const Yaml& item) { work.contents.push_back(read_region(item)); });
  each("send", [&](const Yaml& item) { work.sent.push_back(read_stream(item, true)); });
  each("steps", [&](const Yaml& item) { work.steps.push_back(read_step(item)); });
  each("expect", [&](const Yaml& item) {
    if (item.is_map() && item.has("stream")) {
      work.received.push_back(read_stream(item, false));
    } else {
      work.expected.push_back(read_region(item));
    }
  });
  yaml.finish();
  if (work.expected.empty() && work.received.empty()) {
    yaml.fail(
        "expect: is missing: what must be in memory, or have come out of a stream, after the last step");
  }
  return work;
}

}  // namespace tridex::arch
