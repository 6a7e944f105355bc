#include "arch/dram/dram.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "arch/dram/run_time_extension.h"

namespace tridex::arch {
namespace {

int64_t to_ps(const sc_core::sc_time& time) {
  return static_cast<int64_t>(time.value());
}
sc_core::sc_time from_ps(int64_t ps) {
  return sc_core::sc_time::from_value(static_cast<uint64_t>(ps));
}
int64_t now_ps() {
  return to_ps(sc_core::sc_time_stamp());
}

[[noreturn]] void breach(const char* what) {
  throw std::logic_error(std::string("TLM base protocol at the DRAM: ") + what);
}

}  // namespace

Dram::Dram(const sc_core::sc_module_name& name, const DramTiming& timing, size_t storage_bytes,
           unsigned max_in_flight)
    : sc_module(name),
      ports("ports"),
      model_(timing),
      storage_(storage_bytes, 0),
      max_in_flight_(max_in_flight),
      next_("next") {
  if (sc_core::sc_time(1, sc_core::SC_PS).value() != 1) {
    throw std::logic_error("the DRAM needs a kernel time resolution of 1 ps");
  }
  if (max_in_flight < 1) {
    throw std::logic_error("the DRAM needs room for one run in flight");
  }
  if (storage_bytes > static_cast<size_t>(model_.capacity_bytes())) {
    throw std::logic_error("the DRAM is smaller than its storage");
  }
  ports.register_nb_transport_fw(this, &Dram::nb_transport_fw);
  ports.register_b_transport(this, &Dram::b_transport);
  ports.register_transport_dbg(this, &Dram::transport_dbg);
  ports.register_get_direct_mem_ptr(this, &Dram::get_direct_mem_ptr);
  SC_HAS_PROCESS(Dram);
  SC_METHOD(work);
  sensitive << next_;
  dont_initialize();
}

uint64_t Dram::addressable() const {
  return storage_.empty() ? static_cast<uint64_t>(model_.capacity_bytes()) : storage_.size();
}

void Dram::end_of_elaboration() {
  port_states_.resize(ports.size());
}

bool Dram::check(Payload& payload) const {
  const uint64_t length = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  } else if (payload.get_command() != tlm::TLM_READ_COMMAND &&
             payload.get_command() != tlm::TLM_WRITE_COMMAND) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (length == 0 || length > static_cast<uint64_t>(MemoryModel::kMaxRunBytes) ||
             payload.get_streaming_width() < length) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else if (payload.get_address() > addressable() || length > addressable() - payload.get_address()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else if (payload.get_data_ptr() == nullptr) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else {
    return true;
  }
  return false;
}

void Dram::move_data(Payload& payload) {
  const bool write = payload.is_write();
  const size_t length = payload.get_data_length();
  if (!storage_.empty()) {
    uint8_t* const cell = storage_.data() + payload.get_address();
    if (write) {
      std::memcpy(cell, payload.get_data_ptr(), length);
    } else {
      std::memcpy(payload.get_data_ptr(), cell, length);
    }
    payload.set_dmi_allowed(true);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Dram::schedule(int64_t at_ps, int port, Payload& payload, Task task) {
  due_.push({at_ps, orders_++, port, &payload, task});
  wake_up();
}

void Dram::wake_up() {
  const int64_t at_ps =
      std::min(due_.empty() ? MemoryModel::kNever : due_.top().at_ps, model_.next_event_ps());
  if (!working_ && at_ps != MemoryModel::kNever) {
    // Does nothing where an earlier notification is pending.
    next_.notify(from_ps(std::max<int64_t>(0, at_ps - now_ps())));
  }
}

void Dram::accept(int port, Payload& payload) {
  ++in_flight_;
  port_at(port).requesting = false;
  move_data(payload);
  const auto id = static_cast<size_t>(
      model_.submit(now_ps(), payload.get_address(), payload.get_data_length(), payload.is_write()));
  if (id >= runs_.size()) {
    runs_.resize(id + 1);
  }
  runs_[id] = {port, &payload};
  wake_up();
}

void Dram::accept_waiting() {
  while (!waiting_.empty() && in_flight_ < max_in_flight_) {
    const Waiting first = waiting_.front();
    waiting_.pop_front();
    accept(first.port, *first.payload);
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (ports[first.port]->nb_transport_bw(*first.payload, phase, delay) != tlm::TLM_ACCEPTED) {
      breach("an answer to END_REQ that is not TLM_ACCEPTED");
    }
  }
}

tlm::tlm_sync_enum Dram::nb_transport_fw(int port, Payload& payload, tlm::tlm_phase& phase,
                                         sc_core::sc_time& delay) {
  Port& state = port_at(port);
  if (phase == tlm::BEGIN_REQ) {
    if (state.requesting) {
      breach("BEGIN_REQ before END_REQ of the request before");
    }
    if (!payload.has_mm()) {
      breach("a payload without a memory manager");
    }
    if (!check(payload)) {
      return tlm::TLM_COMPLETED;
    }
    payload.acquire();
    state.requesting = true;
    if (delay > sc_core::SC_ZERO_TIME) {
      schedule(now_ps() + to_ps(delay), port, payload, Task::kRequest);
      return tlm::TLM_ACCEPTED;
    }
    if (!has_room()) {
      waiting_.push_back({port, &payload});
      return tlm::TLM_ACCEPTED;
    }
    accept(port, payload);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  if (phase == tlm::END_RESP) {
    if (state.responding != &payload || state.ending) {
      breach("END_RESP without BEGIN_RESP");
    }
    end_response(port, delay);
    return tlm::TLM_COMPLETED;
  }
  breach("a phase that an initiator may not send");
}

void Dram::begin_response(int port, Payload& payload) {
  Port& state = port_at(port);
  if (state.responding != nullptr) {
    state.responses.push_back(&payload);
    return;
  }
  state.responding = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum answer = ports[port]->nb_transport_bw(payload, phase, delay);
  if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP)) {
    end_response(port, delay);
  } else if (answer == tlm::TLM_UPDATED) {
    breach("a phase other than END_RESP as the answer to BEGIN_RESP");
  }
}

void Dram::end_response(int port, const sc_core::sc_time& delay) {
  Port& state = port_at(port);
  if (delay > sc_core::SC_ZERO_TIME) {
    state.ending = true;
    schedule(now_ps() + to_ps(delay), port, *state.responding, Task::kEndResponse);
    return;
  }
  state.ending = false;
  state.responding->release();
  state.responding = nullptr;
  --in_flight_;
  if (!state.responses.empty()) {
    Payload* const next = state.responses.front();
    state.responses.pop_front();
    schedule(now_ps(), port, *next, Task::kResponse);
  }
  if (!waiting_.empty() && !working_) {
    next_.notify(
        sc_core::SC_ZERO_TIME);  // END_REQ does not go out from here: the initiator is inside its own call
  }
}

void Dram::work() {
  const int64_t now = now_ps();
  working_ = true;
  accept_waiting();
  while (true) {
    model_.advance(now);
    if (const auto id = model_.take(now)) {
      const Waiting run = runs_[static_cast<size_t>(*id)];
      RunTimeExtension* wanted = nullptr;
      run.payload->get_extension(wanted);
      if (wanted != nullptr) {
        wanted->time = model_.time_ps(*id);
      }
      begin_response(run.port, *run.payload);
    } else if (!due_.empty() && due_.top().at_ps <= now) {
      const Due due = due_.top();
      due_.pop();
      switch (due.task) {
        case Task::kRequest:
          waiting_.push_back({due.port, due.payload});
          break;
        case Task::kResponse:
          begin_response(due.port, *due.payload);
          break;
        case Task::kEndResponse:
          end_response(due.port, sc_core::SC_ZERO_TIME);
          break;
      }
    } else {
      break;
    }
    accept_waiting();
  }
  working_ = false;
  wake_up();
}

void Dram::b_transport(int /*port*/, Payload& payload, sc_core::sc_time& delay) {
  if (check(payload)) {
    move_data(payload);
    delay = from_ps(model_.access(now_ps() + to_ps(delay), payload.get_address(), payload.get_data_length(),
                                  payload.is_write()) -
                    now_ps());
  }
}

unsigned Dram::transport_dbg(int /*port*/, Payload& payload) {
  const uint64_t address = payload.get_address();
  if (address >= storage_.size() || payload.get_data_ptr() == nullptr) {
    return 0;
  }
  const size_t length = std::min<size_t>(payload.get_data_length(), storage_.size() - address);
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), storage_.data() + address, length);
  } else if (payload.is_write()) {
    std::memcpy(storage_.data() + address, payload.get_data_ptr(), length);
  } else {
    return 0;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return static_cast<unsigned>(length);
}

bool Dram::get_direct_mem_ptr(int /*port*/, Payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() >= storage_.size()) {
    dmi.set_end_address(UINT64_MAX);
    return false;
  }
  dmi.set_dmi_ptr(storage_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(storage_.size() - 1);
  dmi.allow_read_write();
  return true;
}

DramTraffic Dram::traffic() {
  return model_.traffic(now_ps());
}

}  // namespace tridex::arch
