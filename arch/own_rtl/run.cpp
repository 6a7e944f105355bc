#include "arch/own_rtl/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <systemc>

#include "arch/dram/dram.h"
#include "arch/own_rtl/device.h"
#include "arch/own_rtl/driver.h"
#include "arch/own_rtl/memory_port.h"
#include "arch/own_rtl/model.h"
#include "arch/own_rtl/streams.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::arch {
namespace {

constexpr double kResetCycles = 4.75;  // the checkers want to see one edge in reset; not released at an edge

bool same_stream(const std::string& name, const std::string& prefix) {
  return same_name(name, prefix) || same_name(name + "_", prefix);
}

/// An accelerator's memory, with the DRAM's time.
class Memory {
 public:
  Memory(std::string name, const Work& work) : name_(std::move(name)), work_(work) {
    for (const Region& region : work.contents) {
      bytes_.write(region.address, region.bytes);
    }
  }
  void add(const std::string& name, tlm::tlm_initiator_socket<>& manager, const sc_core::sc_time& cycle) {
    if (!dram_) {
      dram_ = std::make_unique<Dram>((name_ + "_dram").c_str(), work_.dram, 0,
                                     static_cast<unsigned>(work_.memory_in_flight));
    }
    ports_.push_back(
        std::make_unique<MemoryPort>(name.c_str(), bytes_, work_.memory_base, work_.memory_latency * cycle));
    manager.bind(ports_.back()->from_manager);
    ports_.back()->to_dram.bind(dram_->ports);
  }
  /// `ended`: the work came to its end, so that everything must be as expected.
  void check(OwnSide& side, bool ended) const {
    for (const auto& port : ports_) {
      if (port->errors() > 0) {
        side.faults.push_back(
            fmt::format("{}: {}; {} of them", port->basename(), port->first_error(), port->errors()));
      }
    }
    for (const Region& region : ended ? work_.expected : std::vector<Region>{}) {
      std::vector<uint8_t> found(region.bytes.size());
      bytes_.read(region.address, found);
      const std::string text = element_difference(found, region.bytes, region.element, region.address);
      if (!text.empty()) {
        side.faults.push_back(fmt::format("{}: {}", region.text, text));
      }
    }
  }
  [[nodiscard]] DramTraffic traffic() { return dram_ ? dram_->traffic() : DramTraffic{}; }

 private:
  const std::string name_;
  const Work& work_;
  SparseMemory bytes_;
  std::unique_ptr<Dram> dram_;
  std::vector<std::unique_ptr<MemoryPort>> ports_;
};

/// The streams of an RTL.
class Streams {
 public:
  Streams(const Work& work, const OwnDevice& device, sc_core::sc_clock& clock,
          sc_core::sc_signal<bool>& rst_n) {
    check_names(work, device);
    for (const OwnDevice::StreamIn& stream : device.inputs()) {
      const StreamData* data = nullptr;
      for (const StreamData& sent : work.sent) {
        data = same_stream(sent.name, stream.prefix) ? &sent : data;
      }
      sources_.push_back(std::make_unique<StreamSource>(sc_core::sc_gen_unique_name("source"), stream, data));
      sources_.back()->clk(clock), sources_.back()->rst_n(rst_n);
    }
    for (const OwnDevice::StreamOut& stream : device.outputs()) {
      const StreamData* expected = nullptr;
      for (const StreamData& data : work.received) {
        expected = same_stream(data.name, stream.prefix) ? &data : expected;
      }
      collectors_.push_back(std::make_unique<StreamCollector>(sc_core::sc_gen_unique_name("collector"),
                                                              stream.prefix, expected));
      stream.sink->bind(collectors_.back()->sink);
    }
  }
  /// What is still to come.
  [[nodiscard]] std::string left() const {
    for (const auto& source : sources_) {
      if (!source->done()) {
        return source->left();
      }
    }
    for (const auto& collector : collectors_) {
      if (!collector->done()) {
        return collector->left();
      }
    }
    return "";
  }
  /// A packet that a stream's pins cannot say, "" for none.
  [[nodiscard]] std::string fault() const {
    for (const auto& source : sources_) {
      if (!source->fault().empty()) {
        return source->fault();
      }
    }
    return "";
  }
  void check(OwnSide& side, bool ended) const {
    for (const auto& source : sources_) {
      side.stream_bytes_in += static_cast<int64_t>(source->bytes());
    }
    for (const auto& collector : collectors_) {
      side.stream_bytes_out += static_cast<int64_t>(collector->bytes().size());
      if (const StreamData* const expected = collector->expected(); expected != nullptr && ended) {
        const std::string text =
            element_difference(collector->bytes(), expected->bytes, expected->element, 0);
        if (!text.empty()) {
          side.faults.push_back(fmt::format("{}: {}*: {}", expected->text, collector->prefix(), text));
        }
      }
    }
  }

 private:
  static void check_names(const Work& work, const OwnDevice& device) {
    const auto check = [](const std::vector<StreamData>& wanted, const auto& there, const char* what) {
      std::vector<std::string> names;
      for (const auto& stream : there) {
        names.push_back(stream.prefix);
      }
      for (size_t i = 0; i < wanted.size(); ++i) {
        const auto same = [&](const auto& name) { return same_stream(wanted[i].name, name); };
        if (std::none_of(names.begin(), names.end(), same)) {
          fail("{}: stream: the RTL has no {} stream {} (it has: {})", wanted[i].text, what, wanted[i].name,
               names.empty() ? "none" : join(names));
        }
        for (size_t k = 0; k < i; ++k) {
          if (same_name(wanted[k].name, wanted[i].name)) {
            fail("{}: stream: {} is named twice", wanted[i].text, wanted[i].name);
          }
        }
      }
    };
    check(work.sent, device.inputs(), "incoming");
    check(work.received, device.outputs(), "outgoing");
  }

  std::vector<std::unique_ptr<StreamSource>> sources_;
  std::vector<std::unique_ptr<StreamCollector>> collectors_;
};

/// Registers and the interrupt are there if a step wants them.
void check_steps(const Work& work, const OwnDevice& device, const PortPlan& ports) {
  for (const Step& step : work.steps) {
    const bool interrupt = step.kind == Step::Kind::kInterrupt;
    if (interrupt && ports.interrupt.empty()) {
      fail(
          "{}: {} has no interrupt: expected an output irq, interrupt or intr of one bit; pins.interrupt "
          "names another",
          step.text, work.rtl);
    }
    if (!interrupt && step.kind != Step::Kind::kWait && device.registers() == nullptr) {
      fail("{}: {} has no AXI4-Lite subordinate: expected pins such as s_axil_awvalid", step.text, work.rtl);
    }
  }
}

void finish(const Driver& driver, Memory& memory, const Work& work, OwnSide& side) {
  side.cycles = driver.cycles();
  side.traffic = memory.traffic();
  side.reads = driver.read();
  side.bandwidth = static_cast<double>(side.traffic.read_bytes + side.traffic.write_bytes) * work.clock_mhz *
                   1e6 / static_cast<double>(std::max<int64_t>(1, side.cycles));
  if (!driver.fault().empty()) {
    side.faults.push_back(driver.fault());
  }
  memory.check(side, driver.finished() && driver.fault().empty());
}

}  // namespace

OwnResult run_work(const Work& work, const WaveWindow& waves, bool model_too) {
  waves.check_name();
  const std::unique_ptr<OwnRtl> rtl = Registry<OwnRtl>::make(work.rtl, "RTL");
  OwnResult result;
  result.ports = plan_ports(work.rtl, rtl->ports(), work.pins);
  result.peak_bandwidth = work.dram.ideal ? 0 : work.dram.peak_bandwidth();

  const sc_core::sc_time cycle(1000.0 / work.clock_mhz, sc_core::SC_NS);
  sc_core::sc_clock clock("clock", cycle);
  sc_core::sc_signal<bool> rst_n("rst_n");
  const std::unique_ptr<OwnDevice> device = rtl->make("rtl", result.ports);
  device->clk(clock), device->rst_n(rst_n);
  Memory memory("rtl", work);
  for (const OwnDevice::Memory& manager : device->memories()) {
    memory.add(manager.prefix + "memory", *manager.socket, cycle);
  }
  Streams streams(work, *device, clock, rst_n);
  const auto broken = [&] {
    return device->ended().empty() ? streams.fault() : "the RTL has called " + device->ended();
  };
  Driver driver(
      "driver", work, [&] { return device->interrupt(); }, [&] { return streams.left(); }, broken);
  driver.clk(clock), driver.rst_n(rst_n);
  if (device->registers() != nullptr) {
    driver.registers.bind(*device->registers());
  }
  check_steps(work, *device, result.ports);

  // The model, beside it.
  std::unique_ptr<OwnModel> model;
  std::unique_ptr<Memory> model_memory;
  std::unique_ptr<Driver> model_driver;
  const std::vector<std::string> models = Registry<OwnModelMaker>::names();
  if (model_too && std::find(models.begin(), models.end(), work.rtl) != models.end()) {
    model = Registry<OwnModelMaker>::make(work.rtl, "model")->make("model", cycle);
    model_memory = std::make_unique<Memory>("model", work);
    model_memory->add("model_memory", model->memory, cycle);
    model_driver = std::make_unique<Driver>(
        "model_driver", work, [&] { return model->interrupt; }, [] { return std::string(); },
        [] { return std::string(); });
    model_driver->clk(clock), model_driver->rst_n(rst_n);
    model_driver->registers.bind(model->registers);
  }

  const auto start = std::chrono::steady_clock::now();
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const auto finished = [&] { return driver.finished() && (!model_driver || model_driver->finished()); };
  const auto open_waves = [&] {
    result.waves.replaced = std::filesystem::exists(waves.file);
    device->open_waves(waves.file);
    result.waves.written = true;
  };
  result.waves.file = waves.file;
  if (waves.holds(0)) {
    open_waves();
  }
  std::string stopped;
  try {
    sc_core::sc_start(kResetCycles * cycle);
    rst_n.write(true);
    // Between the edges, as the end of the reset.
    const auto run_to = [&, start = sc_core::sc_time_stamp()](int64_t cycles) {
      const sc_core::sc_time end = start + static_cast<double>(cycles) * cycle;
      while (!finished() && sc_core::sc_time_stamp() < end) {
        sc_core::sc_start(end - sc_core::sc_time_stamp());
      }
    };
    if (!waves.file.empty() && !result.waves.written) {
      run_to(waves.from);
      if (!finished()) {
        open_waves();
      }
    }
    if (result.waves.written && waves.cycles) {
      run_to(waves.from + *waves.cycles);
      device->close_waves();
    }
    while (!finished()) {
      sc_core::sc_start();
    }
  } catch (
      const sc_core::sc_report& report) {  // a bridge's, of a burst that it cannot go on with, or a model's
    stopped = fmt::format("the simulation has stopped: {}", report.get_msg());
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  if (!stopped.empty()) {
    result.rtl.faults.push_back(stopped);
  }
  finish(driver, memory, work, result.rtl);
  if (const std::string last = broken(); driver.fault().empty() && !last.empty()) {  // in the last cycle
    result.rtl.faults.push_back(last);
  }
  streams.check(result.rtl, driver.finished() && driver.fault().empty());
  for (std::string& line : device->finish()) {
    result.rtl.faults.push_back(std::move(line));
  }
  if (model) {
    result.model.emplace();
    finish(*model_driver, *model_memory, work, *result.model);
  }
  return result;
}

}  // namespace tridex::arch
