#include "arch/own_rtl/driver.h"

#include <fmt/format.h>

namespace tridex::arch {

Driver::Driver(const sc_core::sc_module_name& module_name, const Work& work, std::function<bool()> interrupt,
               std::function<std::string()> rest, std::function<std::string()> broken)
    : sc_module(module_name),
      work_(work),
      interrupt_(std::move(interrupt)),
      rest_(std::move(rest)),
      broken_(std::move(broken)) {
  registers.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  SC_THREAD(run);
  SC_METHOD(count);
  sensitive << clk.neg();
  dont_initialize();
}

void Driver::end(const std::string& fault) {
  if (!finished_) {
    finished_ = true;
    fault_ = fault;
    sc_core::sc_pause();
  }
}

/// The clock of the work, and of a thread that waits in a bus for ever. Between the edges, so that it does
/// not matter which process is first at an edge.
void Driver::count() {
  if (finished_ || !rst_n.read()) {
    return;
  }
  ++cycles_;
  if (const std::string broken = broken_(); !broken.empty()) {
    end(fmt::format("{}: {}", doing_, broken));
  } else if (cycles_ - step_began_ > work_.timeout_cycles) {
    end(fmt::format("{}: not done after {} cycles (timeout_cycles){}{}", doing_, work_.timeout_cycles,
                    left_.empty() ? "" : "; ", left_));
  }
}

void Driver::run() {
  do {
    next_edge();
  } while (!rst_n.read());
  for (const Step& one : work_.steps) {
    doing_ = one.text;
    step_began_ = cycles_;
    left_.clear();
    if (!step(one) || finished_) {
      return;
    }
  }
  doing_ = "after the last step";
  step_began_ = cycles_;
  while (!finished_) {
    left_ = rest_();
    if (left_.empty()) {
      end("");
      return;
    }
    next_edge();
  }
}

bool Driver::access(const Step& step, bool write, uint32_t& value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(step.address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(sizeof(value));
  payload.set_streaming_width(sizeof(value));
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  registers->b_transport(payload, delay);
  wait(delay);
  if (payload.is_response_error()) {
    end(fmt::format("{}: answered with {}", step.text, payload.get_response_string()));
    return false;
  }
  return true;
}

bool Driver::step(const Step& step) {
  uint32_t value = 0;
  switch (step.kind) {
    case Step::Kind::kWrite:
      value = static_cast<uint32_t>(step.value);
      return access(step, true, value);
    case Step::Kind::kRead:
      if (!access(step, false, value)) {
        return false;
      }
      if (step.expects && (value & step.mask) != step.value) {
        end(fmt::format("{}: is {:#x}, expected {:#x} under the mask {:#x}", step.text, value, step.value,
                        step.mask));
        return false;
      }
      read_.push_back(fmt::format("{} is {:#x}", step.text, value));
      return true;
    case Step::Kind::kPoll:
      while (access(step, false, value)) {
        if ((value & step.mask) == step.value) {
          return true;
        }
        left_ =
            fmt::format("it was {:#x} last, not {:#x} under the mask {:#x}", value, step.value, step.mask);
        for (int64_t i = 0; i < step.cycles; ++i) {
          next_edge();
        }
        if (finished_) {
          break;
        }
      }
      return false;
    case Step::Kind::kInterrupt:
      left_ = fmt::format("the interrupt stays {}", step.value != 0 ? "low" : "high");
      while (!finished_ && interrupt_() != (step.value != 0)) {
        next_edge();
      }
      return true;
    case Step::Kind::kWait:
      for (int64_t i = 0; i < step.cycles; ++i) {
        next_edge();
      }
      return true;
  }
  return false;
}

}  // namespace tridex::arch
