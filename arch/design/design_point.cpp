#include "arch/design/design_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "arch/design/design_reader.h"
#include "arch/design/part_files.h"
#include "arch/design/read_value.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

namespace fs = std::filesystem;

// Upper ends of ranges: far beyond any FPGA, near enough to catch a slip of the keyboard and to keep every
// product of them inside 64 bits.
constexpr int64_t kMaxParallel = 4096;
constexpr int64_t kMaxMultipliers = int64_t{1} << 20;
constexpr int64_t kMaxCycles = 100000;
constexpr int64_t kMaxAccumulators = 1 << 20;
constexpr int64_t kMaxBufferKib = 1 << 20;

using NamedFiles = std::map<fs::path, Yaml>;

Yaml load_once(const fs::path& file, NamedFiles& loaded) {
  const auto found = loaded.find(file);
  return found != loaded.end() ? found->second : loaded.emplace(file, Yaml::load(file)).first->second;
}

/// `name` in the folder KIND beside the design's folder, or in the presets.
Yaml load_named(const Yaml& yaml, const std::string& name, const std::string& kind, NamedFiles& loaded) {
  const fs::path beside = fs::path(yaml.file()).parent_path() / ".." / kind / (name + ".yaml");
  std::error_code code;
  if (fs::is_regular_file(beside, code)) {
    return load_once(beside.lexically_normal(), loaded);
  }
  fs::path preset;
  try {
    preset = find_config(name, kind);
  } catch (const Error& error) {
    yaml.fail(error.what());
  }
  return load_once(preset, loaded);
}

Device read_device(const Yaml& yaml) {
  constexpr int64_t kMany = 100'000'000;
  Device device;
  device.name = yaml.at("name").text();
  device.part = yaml.at("part").text();
  device.lut = yaml.at("lut").integer(0, kMany);
  device.ff = yaml.at("ff").integer(0, kMany);
  device.bram36 = yaml.at("bram36").integer(0, kMany);
  device.uram = yaml.at("uram").integer(0, kMany);
  device.dsp = yaml.at("dsp").integer(0, kMany);
  device.dsp_kind = yaml.at("dsp_kind")
                        .choice<Device::DspKind>(
                            {{"dsp48e2", Device::DspKind::kDsp48e2}, {"dsp58", Device::DspKind::kDsp58}});
  device.static_w = yaml.real("static_w", device.static_w, 0, 1000);
  yaml.finish();
  return device;
}

/// A whole memory file.
DramTiming read_memory_file(const Yaml& file, DramPower& power) {
  DramTiming timing;
  timing.name = file.at("name").text();
  for (const char* key : {"tck_ns", "bus_bits",  "burst_length", "bank_groups", "banks_per_group",
                          "rows",   "row_bytes", "cl",           "cwl",         "trcd",
                          "trp",    "tras",      "trc",          "tccd_s",      "tccd_l",
                          "trrd_s", "trrd_l",    "tfaw",         "twr",         "twtr_s",
                          "twtr_l", "trtp",      "trfc",         "trefi"}) {
    (void)file.at(key);  // a memory file gives every timing; only a design's overrides may leave some out
  }
  read_dram_power(file, power);
  read_timing(file, timing);
  return timing;
}

DramTiming read_memory(const Yaml& yaml, NamedFiles& loaded, DramPower& power) {
  const bool overridden = yaml.is_map();
  const Yaml name = overridden ? yaml.at("name") : yaml;
  DramTiming timing = read_memory_file(load_named(name, name.text(), "memories", loaded), power);
  if (overridden) {
    read_dram_power(yaml, power);
    read_timing(yaml, timing);
  }
  return timing;
}

MemoryPorts read_ports(const Yaml& yaml) {
  MemoryPorts ports;
  ports.count = read_integer(yaml, "count", ports.count, 1, 64);
  ports.width_bits = read_power_of_two(yaml, "width_bits", ports.width_bits, 8, 4096);
  ports.clock_mhz = yaml.real("clock_mhz", ports.clock_mhz, 0, 5000);
  ports.outstanding = read_integer(yaml, "outstanding", ports.outstanding, 1, 1024);
  ports.latency_cycles = read_integer(yaml, "latency_cycles", ports.latency_cycles, 0, kMaxCycles);
  yaml.finish();
  return ports;
}

Engine read_engine(const Yaml& yaml) {
  Engine engine;
  engine.kind = yaml.at("kind").choice<EngineKind>(
      {{"mat", EngineKind::kMat}, {"rmac", EngineKind::kRmac}, {"systolic", EngineKind::kSystolic}});
  engine.name = yaml.text("name", yaml.at("kind").text());
  if (engine.name.empty()) {
    yaml.at("name").fail("an engine needs a name");
  }
  engine.lanes = static_cast<int>(yaml.at("lanes").integer(1, kMaxParallel));
  engine.inputs = static_cast<int>(yaml.at("inputs").integer(1, kMaxParallel));
  engine.pipeline_depth = read_integer(yaml, "pipeline_depth", engine.pipeline_depth, 1, kMaxCycles);
  engine.post_lanes = read_integer(yaml, "post_lanes", engine.post_lanes, 0, kMaxParallel);
  engine.divide_lanes = read_integer(yaml, "divide_lanes", engine.divide_lanes, 0, kMaxParallel);
  engine.implementation =
      yaml.choice<Implementation>("implementation", engine.implementation,
                                  {{"tlm", Implementation::kTlm}, {"rtl", Implementation::kRtl}});
  if (engine.kind == EngineKind::kSystolic) {
    if (engine.implementation == Implementation::kRtl) {
      yaml.at("implementation").fail("a systolic array has no RTL: tlm (mat and rmac have both)");
    }
    engine.weight_double_buffer = yaml.boolean("weight_double_buffer", engine.weight_double_buffer);
    engine.accumulators = read_integer(yaml, "accumulators", engine.accumulators, 1, kMaxAccumulators);
  }
  yaml.finish();
  return engine;
}

std::vector<Engine> read_engines(const Yaml& yaml) {
  std::vector<Engine> engines;
  std::set<std::string> names;
  for (const Yaml& item : yaml.items()) {
    engines.push_back(read_engine(item));
    if (!names.insert(engines.back().name).second) {
      item.fail(fmt::format("a second engine with the name '{}'", engines.back().name));
    }
  }
  if (engines.empty()) {
    yaml.fail("a design needs at least one engine");
  }
  return engines;
}

Buffer read_buffer(const Yaml& yaml) {
  Buffer buffer;
  buffer.bytes = yaml.at("kib").integer(1, kMaxBufferKib) * 1024;
  buffer.banks = read_integer(yaml, "banks", buffer.banks, 1, kMaxParallel);
  buffer.width_bits = read_integer(yaml, "width_bits", buffer.width_bits, 8, 4096);
  yaml.finish();
  if (buffer.width_bits % 8 != 0) {
    yaml.at("width_bits").fail(fmt::format("{} is not a whole number of bytes", buffer.width_bits));
  }
  if (buffer.bytes % buffer.bytes_per_cycle() != 0) {
    yaml.fail(fmt::format("{} KiB are not a whole number of words of {} banks x {} bits", buffer.bytes / 1024,
                          buffer.banks, buffer.width_bits));
  }
  return buffer;
}

Capabilities read_capabilities(const Yaml& yaml) {
  Capabilities can;
  can.max_weight_bits = read_integer(yaml, "max_weight_bits", can.max_weight_bits, 2, 16);
  can.max_activation_bits = read_integer(yaml, "max_activation_bits", can.max_activation_bits, 2, 16);
  can.per_channel_requant = yaml.boolean("per_channel_requant", can.per_channel_requant);
  can.requant_multiplier =
      yaml.choice<bool>("requant", can.requant_multiplier, {{"multiplier", true}, {"shift", false}});
  can.reciprocal_table_bits = read_integer(yaml, "reciprocal_table_bits", can.reciprocal_table_bits, 4, 10);
  if (const auto list = yaml.find("divisors")) {
    can.divisors.clear();
    for (const Yaml& item : list->items()) {
      can.divisors.push_back(item.choice<std::string>({{"log2_paper", "log2_paper"},
                                                       {"log2_code", "log2_code"},
                                                       {"uniform", "uniform"},
                                                       {"exact", "exact"},
                                                       {"reciprocal", "reciprocal"}}));
    }
  }
  yaml.finish();
  return can;
}

void read_schedule(const Yaml& yaml, DesignPoint& design) {
  design.inter_layer_pipeline = yaml.boolean("inter_layer_pipeline", design.inter_layer_pipeline);
  design.intra_layer_pipeline = yaml.boolean("intra_layer_pipeline", design.intra_layer_pipeline);
  design.double_buffer = yaml.boolean("double_buffer", design.double_buffer);
  design.command_cycles = read_integer(yaml, "command_cycles", design.command_cycles, 0, kMaxCycles);
  yaml.finish();
}

DesignPoint read_design(const Yaml& yaml, NamedFiles& loaded) {
  DesignPoint design;
  design.text = yaml.dump();
  design.name = yaml.text("name", fs::path(yaml.file()).stem().string());
  design.clock_mhz = yaml.real("clock_mhz", design.clock_mhz, 1, 5000);
  const Yaml device = yaml.at("device");
  design.device = read_device(load_named(device, device.text(), "devices", loaded));
  design.dram = read_memory(yaml.at("memory"), loaded, design.dram_power);
  if (const auto ports = yaml.find("ports")) {
    design.ports = read_ports(*ports);
  }
  const Yaml engines = yaml.at("engines");
  design.engines = read_engines(engines);
  design.copies = read_integer(yaml, "copies", design.copies, 1, kMaxParallel);
  if (design.peak_macs() > kMaxMultipliers) {
    engines.fail(fmt::format("{} multipliers in all copies; at most {} are accepted", design.peak_macs(),
                             kMaxMultipliers));
  }
  design.spread = yaml.choice<Spread>(
      "spread", design.spread,
      {{"pixels", Spread::kPixels}, {"channels", Spread::kChannels}, {"best", Spread::kBest}});
  if (const auto vector = yaml.find("vector")) {
    design.vector.lanes = read_integer(*vector, "lanes", design.vector.lanes, 1, kMaxParallel);
    design.vector.pipeline_depth =
        read_integer(*vector, "pipeline_depth", design.vector.pipeline_depth, 1, kMaxCycles);
    vector->finish();
  }
  if (const auto buffers = yaml.find("buffers")) {
    const std::pair<const char*, Buffer*> named[] = {{"input", &design.input_buffer},
                                                     {"weight", &design.weight_buffer},
                                                     {"output", &design.output_buffer}};
    for (const auto& [key, buffer] : named) {
      if (const auto child = buffers->find(key)) {
        *buffer = read_buffer(*child);
      }
    }
    buffers->finish();
  }
  design.packing = yaml.choice<PackingMode>(
      "packing", design.packing,
      {{"none", PackingMode::kNone}, {"shared_operand", PackingMode::kSharedOperand}});
  design.depthwise_packing = read_integer(yaml, "depthwise_packing", design.depthwise_packing, 1, 2);
  if (const auto can = yaml.find("capabilities")) {
    design.can = read_capabilities(*can);
  }
  if (const auto schedule = yaml.find("schedule")) {
    read_schedule(*schedule, design);
  }
  if (const auto mapping = yaml.find("mapping")) {
    design.mapping = read_mapping_options(*mapping);
  }
  yaml.finish();
  return design;
}

}  // namespace

DramTiming read_memory(const Yaml& yaml, DramPower& power) {
  NamedFiles loaded;
  return read_memory(yaml, loaded, power);
}

Device read_device_file(const fs::path& file) {
  return read_device(Yaml::load(file));
}

DramTiming read_memory_file(const fs::path& file, DramPower& power) {
  return read_memory_file(Yaml::load(file), power);
}

double DesignPoint::transfer_cycles(int64_t read_bytes, int64_t write_bytes) const {
  if (dram.ideal) {
    return 0;
  }
  const double port_mhz = ports.clock_mhz > 0 ? ports.clock_mhz : clock_mhz;
  const double port_bytes =
      static_cast<double>(int64_t{ports.count} * ports.width_bits) / 8 * port_mhz / clock_mhz;
  const double memory_bytes = dram.peak_bandwidth() / (clock_mhz * 1e6);
  return std::max({static_cast<double>(read_bytes) / port_bytes,
                   static_cast<double>(write_bytes) / port_bytes,
                   static_cast<double>(read_bytes + write_bytes) / memory_bytes});
}

DesignPoint read_design(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return read_design(Yaml::load(file, overrides));
}

DesignPoint read_design(const Yaml& yaml) {
  NamedFiles loaded;
  return read_design(yaml, loaded);
}

DesignPoint DesignReader::read(const std::vector<std::string>& overrides) {
  try {
    return read_design(Yaml::parse(text_, file_.string(), overrides), named_);
  } catch (const Error&) {
    return read_design(Yaml::load(file_, overrides), named_);  // so that the message has the line of the file
  }
}

DesignPoint DesignReader::read_with(const std::map<std::string, std::string>& settings) {
  std::vector<std::string> overrides;
  for (const auto& [key, value] : settings) {
    overrides.push_back(key + "=" + value);
  }
  return read(overrides);
}

}  // namespace tridex::arch
