#include "arch/design/starter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/names.h"

namespace tridex::arch {
namespace {

constexpr size_t kCommentColumn = 34;

/// Lines "key: value   # comment (default)" of a map, at one depth.
class Lines {
 public:
  explicit Lines(size_t indent) : indent_(indent, ' ') {}

  void comment(const std::string& text) { out_ += indent_ + "# " + text + "\n"; }
  void map(const std::string& key) { out_ += indent_ + key + ":\n"; }
  void add(const std::string& text) { out_ += text; }
  void key(const std::string& name, const std::string& value, const std::string& meaning,
           const std::string& otherwise = "") {
    std::string line = indent_ + name + ": " + value;
    line.resize(std::max(line.size() + 1, kCommentColumn), ' ');
    out_ += line + "# " + meaning + (otherwise.empty() ? "" : " (default " + otherwise + ")") + "\n";
  }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  std::string indent_, out_;
};

std::string text_of(double value) {
  return fmt::format("{}", value);
}
std::string text_of(int value) {
  return fmt::format("{}", value);
}
std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(Spread spread) {
  return spread == Spread::kPixels ? "pixels" : spread == Spread::kChannels ? "channels" : "best";
}
std::string text_of(PackingMode packing) {
  return packing == PackingMode::kNone ? "none" : "shared_operand";
}
std::string text_of(EngineKind kind) {
  return kind == EngineKind::kMat ? "mat" : kind == EngineKind::kRmac ? "rmac" : "systolic";
}
std::string text_of(Implementation made_of) {
  return made_of == Implementation::kRtl ? "rtl" : "tlm";
}
std::string text_of(MappingOptions::Search search) {
  return search == MappingOptions::Search::kNone   ? "none"
         : search == MappingOptions::Search::kFast ? "fast"
                                                   : "full";
}
std::string text_of(MappingOptions::Objective objective) {
  return objective == MappingOptions::Objective::kLatency   ? "latency"
         : objective == MappingOptions::Objective::kTraffic ? "traffic"
                                                            : "energy";
}
std::string text_of(MappingOptions::LoopOrder order) {
  return order == MappingOptions::LoopOrder::kBest      ? "best"
         : order == MappingOptions::LoopOrder::kWeights ? "weights"
                                                        : "inputs";
}
std::string text_of(MappingOptions::KeepIn buffer) {
  return buffer == MappingOptions::KeepIn::kBest   ? "best"
         : buffer == MappingOptions::KeepIn::kRoom ? "room"
                                                   : "ports";
}

/// Keys of one struct: its value, and that of a default one as the default.
template <typename T>
class Keys {
 public:
  Keys(Lines& lines, const T& value) : lines_(lines), value_(value) {}
  template <typename Field>
  void key(const std::string& name, Field T::*field, const std::string& meaning) {
    lines_.key(name, text_of(value_.*field), meaning, text_of(T{}.*field));
  }

 private:
  Lines& lines_;
  const T& value_;
};

std::string memory_text(const DesignPoint& design) {
  const Yaml memory = Yaml::parse(design.text, design.name).at("memory");
  Lines lines(2);
  lines.key("name", memory.is_map() ? memory.at("name").text() : memory.text(),
            "a file in configs/memories, or in memories/ beside this folder");
  for (const auto& key : memory.is_map() ? memory.keys() : std::vector<std::string>{}) {
    if (const auto value = memory.find(key); value && key != "name") {
      lines.add("  " + key + ": " + value->dump() + "\n");
    }
  }
  lines.comment("Every key of the memory's file can be replaced here; beside its timings and currents:");
  lines.comment(
      "  channels: 1                   interleave_bytes: 4096, blocks of this size go round the channels");
  lines.comment("  ideal: false                  a memory that takes no time");
  lines.comment("  refresh: true                 all banks, every trefi");
  lines.comment("  beats_per_clock: 2            on the data bus");
  lines.comment("  mapping: row bank column group   a line's address, most significant bits first");
  lines.comment(
      "  controller: fr_fcfs           or fcfs: lines in the order of their arrival, two to six times as "
      "fast");
  lines.comment("  page: open                    or closed; this and the following with fr_fcfs");
  lines.comment(
      "  read_queue: 32, write_queue: 32, write_high, write_low, max_wait: "
      "configs/memories/ddr4_2400_x64.yaml");
  return lines.text();
}

std::string engine_text(const Engine& engine) {
  Lines lines(4);
  Keys keys(lines, engine);
  lines.key("kind", text_of(engine.kind), "mat, rmac or systolic");
  lines.key("name", engine.name, "unique", "its kind");
  lines.key("lanes", text_of(engine.lanes), "output channels at a time; columns of a systolic array");
  lines.key("inputs", text_of(engine.inputs), "input channels at a time; rows of a systolic array");
  keys.key("pipeline_depth", &Engine::pipeline_depth, "cycles from the first operand to the first result");
  keys.key("post_lanes", &Engine::post_lanes, "results a cycle and copy to requantize; 0: one a lane");
  keys.key("divide_lanes", &Engine::divide_lanes,
           "quotients a cycle and copy; 0: one a post-processing lane");
  keys.key("implementation", &Engine::implementation, "tlm, or rtl in a run of fidelity rtl");
  if (engine.kind == EngineKind::kSystolic) {
    keys.key("weight_double_buffer", &Engine::weight_double_buffer,
             "weights are loaded while others are used");
    keys.key("accumulators", &Engine::accumulators, "pixels of a column whose sums can wait");
  } else {
    lines.comment("weight_double_buffer, accumulators: of a systolic array only");
  }
  std::string text = lines.text();
  text[2] = '-';  // the item of the list
  return text;
}

std::string buffers_text(const DesignPoint& design) {
  const Buffer plain;
  Lines lines(2);
  lines.comment(
      fmt::format("kib: size (default {}); banks (default {}), each with one port of width_bits (default {})",
                  plain.bytes / 1024, plain.banks, plain.width_bits));
  for (const auto& [name, buffer] : {std::pair{"input", &design.input_buffer},
                                     {"weight", &design.weight_buffer},
                                     {"output", &design.output_buffer}}) {
    lines.add(fmt::format("  {}: {{kib: {}, banks: {}, width_bits: {}}}\n", name, buffer->bytes / 1024,
                          buffer->banks, buffer->width_bits));
  }
  return lines.text();
}

std::string capabilities_text(const Capabilities& can) {
  const Capabilities plain;
  Lines lines(2);
  Keys keys(lines, can);
  keys.key("max_weight_bits", &Capabilities::max_weight_bits, "of the multipliers, 2 to 16");
  keys.key("max_activation_bits", &Capabilities::max_activation_bits, "of the multipliers, 2 to 16");
  keys.key("per_channel_requant", &Capabilities::per_channel_requant,
           "a multiplier a channel, else one a tensor");
  lines.key("requant", can.requant_multiplier ? "multiplier" : "shift",
            "multiplier, or shift: powers of two alone", "multiplier");
  lines.key("divisors", fmt::format("[{}]", join(can.divisors)),
            "of log2_paper, log2_code, uniform, exact, reciprocal",
            fmt::format("[{}]", join(plain.divisors)));
  keys.key("reciprocal_table_bits", &Capabilities::reciprocal_table_bits,
           "entries of 'reciprocal': 2^these, 4 to 10");
  return lines.text();
}

std::string mapping_text(const MappingOptions& mapping) {
  Lines lines(2);
  Keys keys(lines, mapping);
  keys.key("search", &MappingOptions::search, "none: one program by rules; fast: of a few; full: of many");
  keys.key("objective", &MappingOptions::objective, "latency, traffic or energy");
  keys.key("loop_order", &MappingOptions::loop_order, "outer loop of convolutions: best, weights or inputs");
  keys.key("keep_in", &MappingOptions::keep_in,
           "where both buffers of activations have room: best, room or ports");
  keys.key("keep_tensors", &MappingOptions::keep_tensors, "tensors may stay on the chip");
  keys.key("keep_weights", &MappingOptions::keep_weights, "weights that all fit are read once");
  keys.key("fuse_blocks", &MappingOptions::fuse_blocks, "1x1, depthwise, 1x1 in windows of rows");
  keys.key("fuse_kept", &MappingOptions::fuse_kept, "blocks whose tensors could stay, too");
  keys.key("overlap_frames", &MappingOptions::overlap_frames, "last layers beside the next frame");
  keys.key("weights_ahead", &MappingOptions::weights_ahead, "of the time that filling their buffer takes");
  return lines.text();
}

std::string schedule_text(const DesignPoint& design) {
  Lines lines(2);
  Keys keys(lines, design);
  keys.key("inter_layer_pipeline", &DesignPoint::inter_layer_pipeline, "depthwise beside the next pointwise");
  keys.key("intra_layer_pipeline", &DesignPoint::intra_layer_pipeline, "attention products beside divisions");
  keys.key("double_buffer", &DesignPoint::double_buffer, "tiles move while others are computed");
  keys.key("command_cycles", &DesignPoint::command_cycles, "cycles to start one command");
  return lines.text();
}

std::string ports_text(const MemoryPorts& ports) {
  Lines lines(2);
  Keys keys(lines, ports);
  keys.key("count", &MemoryPorts::count, "AXI ports of the accelerator's DMA");
  keys.key("width_bits", &MemoryPorts::width_bits, "of one, a power of two");
  keys.key("clock_mhz", &MemoryPorts::clock_mhz, "MHz; 0: the accelerator's");
  keys.key("outstanding", &MemoryPorts::outstanding, "runs in flight a port and direction");
  keys.key("latency_cycles", &MemoryPorts::latency_cycles, "accelerator cycles to the controller and back");
  return lines.text();
}

std::string vector_text(const VectorUnit& vector) {
  Lines lines(2);
  Keys keys(lines, vector);
  keys.key("lanes", &VectorUnit::lanes, "elements a cycle: adds, pooling, layer norm, resize");
  keys.key("pipeline_depth", &VectorUnit::pipeline_depth, "cycles");
  return lines.text();
}

}  // namespace

std::string starter_text(const DesignPoint& design, const std::string& name) {
  Lines lines(0);
  Keys keys(lines, design);
  lines.comment(
      "A design of Tridex. Every key but device, memory and engines may be left out and has its default "
      "then.");
  lines.key("name", name, "in results and reports", "the file's");
  keys.key("clock_mhz", &DesignPoint::clock_mhz, "MHz, of everything but the memory and its ports");
  lines.key("device", design.device.name, "a file in configs/devices, or in devices/ beside this folder");
  lines.map("memory");
  lines.add(memory_text(design));
  lines.map("ports");
  lines.add(ports_text(design.ports));
  lines.map("engines");
  for (const auto& engine : design.engines) {
    lines.add(engine_text(engine));
  }
  keys.key("copies", &DesignPoint::copies, "of every engine, in lock step");
  keys.key("spread", &DesignPoint::spread, "of a layer over the copies: pixels, channels or best");
  lines.map("vector");
  lines.add(vector_text(design.vector));
  lines.map("buffers");
  lines.add(buffers_text(design));
  keys.key("packing", &DesignPoint::packing, "products a DSP: none is one; shared_operand two or four");
  keys.key("depthwise_packing", &DesignPoint::depthwise_packing, "at most so many in R-MAC, 1 or 2");
  lines.map("capabilities");
  lines.add(capabilities_text(design.can));
  lines.map("schedule");
  lines.add(schedule_text(design));
  lines.map("mapping");
  lines.add(mapping_text(design.mapping));
  return lines.text();
}

}  // namespace tridex::arch
