#include "arch/cosim/rtl_engine.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "arch/cosim/result_regions.h"
#include "arch/mapping/engine_timing.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

constexpr int64_t kResetClocks = 4;
/// Beats of one pace and the deepest pipeline are far below: who waits longer waits for ever.
constexpr int64_t kPatience = 100'000;

}  // namespace

RtlEngine::RtlEngine(const sc_core::sc_module_name& name, const DesignPoint& design, const Engine& engine,
                     const sc_core::sc_time& cycle, RtlEngineOptions options)
    : EngineModule(name, design, engine, cycle, true),
      design_(design),
      options_(std::move(options)),
      parameters_(rtl_parameters(design, engine)),
      cycle_(cycle),
      rtl_(make_rtl(parameters_, engine.name, "rtl")),
      registers_("registers"),
      clock_("clock"),
      reset_n_("reset_n") {
  rtl_->clk(clock_);
  rtl_->rst_n(reset_n_);
  rtl_->results().bind(*this);
  registers_.bind(rtl_->registers());
  if (!options_.name_of) {
    options_.name_of = [](int32_t tag) { return "command " + std::to_string(tag); };
  }
  SC_HAS_PROCESS(RtlEngine);
  SC_METHOD(tick);
  SC_THREAD(forward_commands);
  SC_METHOD(on_edge);
  sensitive << clock_.posedge_event();
  dont_initialize();
  SC_METHOD(close_waves);
  sensitive << waves_end_;
  dont_initialize();
  options_.waves.check_name();
  waves_.engine = engine.name;
  waves_.file = options_.waves.file;
}

RtlEngine::~RtlEngine() = default;

void RtlEngine::rethrow() const {
  if (error_) {
    std::rethrow_exception(error_);
  }
}

int64_t RtlEngine::cycle_of(const sc_core::sc_time& time) const {
  return static_cast<int64_t>((time.value() + cycle_.value() / 2) / cycle_.value());
}

bool RtlEngine::has_work() const {
  const bool forwarding = !written_.empty() && !written_.back().done;
  return clocks_ < kResetClocks + 1 || forwarding || front_waits_ || feed_ || done_at_;
}

/// Rising edges are whole cycles from time 0, so that they meet the other modules' times.
void RtlEngine::tick() {
  if (clock_.read()) {
    clock_.write(false);
    next_trigger(cycle_ - cycle_ / 2);
    return;
  }
  const uint64_t into = sc_core::sc_time_stamp().value() % cycle_.value();
  if (!has_work() && !asleep_) {
    asleep_ = true;
    next_trigger(wake_);
    return;
  }
  if (asleep_ || into != 0) {  // woken at any time: what is there now is for the next edge
    asleep_ = false;
    next_trigger(sc_core::sc_time::from_value(cycle_.value() - into));
    return;
  }
  clock_.write(true);
  ++clocks_;
  next_trigger(cycle_ / 2);
}

void RtlEngine::taken(const Pending& pending) {
  if (in_rtl(pending.command.tag)) {
    to_forward_.push_back(pending);
    written_.push_back({pending.command.tag, false});
    forward_.notify();
    wake_.notify();
  }
}

void RtlEngine::start_next() {
  if (!in_rtl(front().command.tag)) {
    EngineModule::start_next();
    return;
  }
  front_waits_ = true;
  wake_.notify();
}

void RtlEngine::forward_commands() {
  for (;;) {
    if (to_forward_.empty()) {
      wait(forward_);
      continue;
    }
    const Pending pending = to_forward_.front();
    if (pending.ready > sc_core::sc_time_stamp()) {
      wait(pending.ready - sc_core::sc_time_stamp());
    }
    to_forward_.pop_front();
    write_words(pending.command);
    for (Written& written : written_) {
      written.done = written.done || written.tag == pending.command.tag;
    }
  }
}

void RtlEngine::write_words(const Command& command) {
  const Command::Words words = command.encode();
  const auto write = [&](uint64_t address, const void* data, size_t bytes) {
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_WRITE_COMMAND);
    trans.set_address(address);
    trans.set_data_ptr(static_cast<unsigned char*>(const_cast<void*>(data)));
    trans.set_data_length(static_cast<unsigned>(bytes));
    trans.set_streaming_width(static_cast<unsigned>(bytes));
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    registers_->b_transport(trans, delay);
    if (trans.is_response_error()) {
      error_ = std::make_exception_ptr(std::logic_error(
          std::string(name()) + ": the RTL refused a register write: " + trans.get_response_string()));
      sc_core::sc_stop();
    }
  };
  for (const WordRun& run : words_to_write(last_words_, words)) {
    write(4 * run.first, &words[run.first], 4 * run.count);
  }
  last_words_ = words;
  const uint32_t start = 1;
  write(kStartRegister, &start, 4);
}

void RtlEngine::on_edge() {
  if (error_) {
    return;
  }
  try {
    step();
  } catch (...) {  // through the kernel an exception would lose its type
    error_ = std::current_exception();
    sc_core::sc_stop();
  }
}

void RtlEngine::step() {
  reset_n_.write(clocks_ > kResetClocks);
  if (!waves_.written && options_.waves.holds(cycle_of(sc_core::sc_time_stamp()))) {
    open_waves();
  }
  if (rtl_->operands_taken()) {
    moved_ = clocks_;
    if (!feed_ && front_waits_) {  // it had its operands before the answer to the start came back
      begin();
    }
  }
  if (done_at_ && *done_at_ < clocks_) {
    done_at_.reset();
    if (!rtl_->irq()) {
      throw std::logic_error(std::string(name()) +
                             ": no interrupt in the cycle behind a command's last result");
    }
  }
  if (front_waits_ && written_.front().done && front().ready <= sc_core::sc_time_stamp()) {
    begin();
  }
  if (feed_) {
    feed_->feed(*rtl_, cycle_of(sc_core::sc_time_stamp() - start_));
    watch();
    if (!ahead_ && feed_->sent()) {
      look_ahead();
    }
    if (ahead_) {
      ahead_->feed(*rtl_, 0);
    }
  }
}

/// At its end, too: an engine that sleeps has no edge there.
void RtlEngine::open_waves() {
  waves_.replaced = std::filesystem::exists(waves_.file);
  rtl_->open_waves(waves_.file);
  waves_.written = true;
  if (options_.waves.cycles) {
    const auto end = static_cast<uint64_t>(options_.waves.from + *options_.waves.cycles);
    waves_end_.notify(sc_core::sc_time::from_value(end * cycle_.value()) - sc_core::sc_time_stamp());
  }
}

void RtlEngine::watch() {
  if (clocks_ - moved_ > kPatience) {
    throw std::logic_error(fmt::format("{}: the RTL of {} has stood still for {} cycles", name(),
                                       options_.name_of(front().command.tag), kPatience));
  }
}

CommandFeed RtlEngine::feed_of(const Command& command) const {
  return {parameters_, make_operand_fetch(parameters_, command, buffers(), options_.name_of(command.tag)),
          port_cycles(design_, port_traffic(command))};
}

void RtlEngine::look_ahead() {
  const Pending* next = second();
  if (next == nullptr || !in_rtl(next->command.tag) || next->ready > sc_core::sc_time_stamp() ||
      reads_results(next->command, front().command)) {
    return;
  }
  ahead_ = feed_of(next->command);
}

void RtlEngine::begin() {
  const Command& command = front().command;
  front_waits_ = false;
  start_ = sc_core::sc_time_stamp();
  moved_ = clocks_;
  feed_ = ahead_ ? std::exchange(ahead_, std::nullopt) : feed_of(command);
  report_ = {};
  report_.tag = command.tag;
  report_.tlm_cycles = cycles(command);
  report_.start_cycle = cycle_of(start_);
}

bool RtlEngine::take(const StreamPacket& packet) {
  if (error_) {
    return true;
  }
  try {
    if (!feed_) {
      throw std::logic_error(std::string(name()) + ": the RTL gives results without a command");
    }
    moved_ = clocks_;
    feed_->take(packet, cycle_of(sc_core::sc_time_stamp()));
    if (feed_->finished()) {
      done_at_ = clocks_;
      finish_command();
    }
  } catch (...) {
    error_ = std::current_exception();
    sc_core::sc_stop();
  }
  return true;
}

void RtlEngine::finish_command() {
  report_.rtl_cycles = cycle_of(sc_core::sc_time_stamp() - start_);
  place_results(front().command);
  if (options_.observer) {
    options_.observer(report_);
  }
  feed_.reset();
  written_.pop_front();
  complete(start_);
  if (front_waits_ && written_.front().done && front().ready <= sc_core::sc_time_stamp()) {
    begin();
    feed_->feed(*rtl_, 0);
  }
}

void RtlEngine::place_results(const Command& command) {
  // All that a command writes lies in one buffer.
  const int32_t buffer = command.op == Opcode::kContext ? kOutputBuffer : command.out.buffer;
  const BufferViews::View& real = buffers().views.at(static_cast<size_t>(buffer));
  std::vector<uint8_t> copy(real.data, real.data + real.size);
  BufferViews with_copy = buffers();
  with_copy.views.at(static_cast<size_t>(buffer)).data = copy.data();
  compute(command, with_copy);
  std::vector<PlacedResult>& results = feed_->results();
  for (PlacedResult& result : results) {
    if (options_.tamper) {
      options_.tamper(results_, result.value);
    }
    ++results_;
  }
  report_.results = static_cast<int64_t>(results.size());
  report_.difference = compare_and_write(results, with_copy, buffers());
  if (!report_.difference && std::memcmp(copy.data(), real.data, copy.size()) != 0) {
    throw std::logic_error(std::string(name()) + ": the TLM engine wrote more than the results of " +
                           options_.name_of(command.tag));
  }
}

}  // namespace tridex::arch
