#include "arch/design/json_writer.h"
#include "arch/design/run_result.h"

namespace tridex::arch {
namespace {

/// A list of names and values in the order of the names.
template <typename T>
std::map<std::string, T> by_name(const std::vector<std::pair<std::string, T>>& items) {
  return {items.begin(), items.end()};
}

void write_cost(JsonWriter& out, const Cost& cost) {
  out.object([&] {
    out.member("bram36", cost.bram36);
    out.member("dsp", cost.dsp);
    out.member("dsp_items", by_name(cost.dsp_items));
    out.member("ff", cost.ff);
    out.member("fits", cost.fits);
    out.member("lut", cost.lut);
    out.member("lut_items", by_name(cost.lut_items));
    out.member("misfits", cost.misfits);
    out.member("uram", cost.uram);
  });
}

void write_dram(JsonWriter& out, const DramTraffic& dram) {
  out.object([&] {
    out.member("activates", dram.activates);
    out.member("read_bursts", dram.read_bursts);
    out.member("read_bytes", dram.read_bytes);
    out.member("refreshes", dram.refreshes);
    out.member("row_hits", dram.row_hits);
    out.member("row_misses", dram.row_misses);
    out.member("write_bursts", dram.write_bursts);
    out.member("write_bytes", dram.write_bytes);
  });
}

void write_layer(JsonWriter& out, const LayerResult& layer) {
  out.object([&] {
    out.member("busy_cycles", layer.busy_cycles);
    out.member("end_cycle", layer.end_cycle);
    out.member("engine", layer.engine);
    out.member("macs", layer.macs);
    out.member("name", layer.name);
    out.member("op", layer.op);
    out.member("read_bytes", layer.read_bytes);
    out.member("region", layer.region);
    out.member("stall_parts", layer.stall_parts);
    out.member("stalls", layer.stalls);
    out.member("start_cycle", layer.start_cycle);
    out.member("write_bytes", layer.write_bytes);
  });
}

void write_module(JsonWriter& out, const ModuleResult& module) {
  out.object([&] {
    out.member("busy_cycles", module.busy_cycles);
    out.member("name", module.name);
    out.member("stall_parts", module.stall_parts);
    out.member("stalls", module.stalls);
  });
}

/// Energy and power where they are modelled.
void write_modelled(JsonWriter& out, std::string_view name, double number) {
  out.key(name);
  if (number > 0) {
    out.value(number);
  } else {
    out.value(nullptr);
  }
}

}  // namespace

std::string json_text(const RunResult& result) {
  JsonWriter out;
  out.object([&] {
    out.key("cost");
    write_cost(out, result.cost);
    out.member("cycles", result.cycles);
    out.member("design", result.design);
    out.key("dram");
    write_dram(out, result.dram);
    out.member("energy", by_name(result.energy_items));
    write_modelled(out, "energy_mj", result.energy_mj);
    out.member("energy_note", result.energy_note);
    out.member("fidelity", result.fidelity);
    out.member("fps", result.fps);
    out.member("frames", result.frames);
    out.member("gops", result.gops);
    out.member("latency_ms", result.latency_ms);
    out.key("layers");
    out.list([&] {
      for (const LayerResult& layer : result.layers) {
        write_layer(out, layer);
      }
    });
    out.member("macs", result.macs);
    out.member("model", result.model);
    out.key("modules");
    out.list([&] {
      for (const ModuleResult& module : result.modules) {
        write_module(out, module);
      }
    });
    write_modelled(out, "power_w", result.power_w);
    out.member("seed", result.seed);
    out.member("stall_parts", result.stall_parts);
    out.member("stalls", result.stalls);
    out.member("utilization", result.utilization);
    out.member("version", result.version);
  });
  return out.take();
}

}  // namespace tridex::arch
