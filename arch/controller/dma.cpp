#include "arch/controller/dma.h"

#include <algorithm>
#include <cstring>

namespace tridex::arch {
namespace {

constexpr int64_t kRunBytes = 4096;

int64_t picoseconds(const sc_core::sc_time& time) {
  return static_cast<int64_t>(time.value());  // the DRAM wants a kernel of that resolution
}

}  // namespace

Dma::Words Dma::encode(const Transfer& t, int32_t tag) {
  return {static_cast<int32_t>(static_cast<uint32_t>(t.dram)),
          static_cast<int32_t>(t.dram >> 32),
          static_cast<int32_t>(t.dram_stride),
          static_cast<int32_t>(t.dram_stride >> 32),
          t.buffer,
          t.address,
          t.stride,
          t.row_bytes,
          t.rows,
          tag};
}

Dma::Dma(const sc_core::sc_module_name& name, const DesignPoint& design, const sc_core::sc_time& cycle,
         bool functional)
    : sc_module(name),
      command_socket("command_socket"),
      memory_sockets("memory_socket", static_cast<size_t>(2 * design.ports.count)),
      buffer_sockets("buffer_socket", 3),
      buffer_ports("buffer_port", 3),
      done("done"),
      design_(design),
      cycle_(cycle),
      port_cycle_(design.ports.clock_mhz > 0 ? sc_core::sc_time(1e6 / design.ports.clock_mhz, sc_core::SC_PS)
                                             : cycle),
      functional_(functional),
      scratch_(kRunBytes),
      ports_(static_cast<size_t>(design.ports.count)) {
  command_socket.register_b_transport(this, &Dma::b_transport);
  for (int i = 0; i < 2 * design.ports.count; ++i) {
    memory_sockets[static_cast<size_t>(i)].register_nb_transport_bw(this, &Dma::nb_transport_bw, i);
  }
  SC_HAS_PROCESS(Dma);
  SC_METHOD(finish_loads);
  sensitive << directions_[0].finished_event;
  dont_initialize();
  SC_METHOD(finish_stores);
  sensitive << directions_[1].finished_event;
  dont_initialize();
  SC_METHOD(go_on);
  sensitive << room_;
  dont_initialize();
}

void Dma::end_of_elaboration() {
  const auto buffers = design_.buffers();
  const double carried = static_cast<double>(int64_t{design_.ports.count} * design_.ports.width_bits) / 8 *
                         (cycle_ / port_cycle_);
  for (size_t i = 0; i < buffer_ports.size(); ++i) {
    never_late_[i] = carried <= static_cast<double>(buffers.at(i)->bytes_per_cycle());
    for (const bool store : {false, true}) {
      const bool only_writer = !store && i == kWeightBuffer;  // commands write no weights
      const bool free = design_.dram.ideal || buffer_ports[i].size() == 0 || (only_writer && never_late_[i]);
      shared_[store ? 1 : 0][i] = free ? nullptr : buffer_ports[i][0];
    }
  }
  if (!functional_) {
    return;
  }
  for (size_t i = 0; i < buffer_sockets.size(); ++i) {
    tlm::tlm_generic_payload trans;
    tlm::tlm_dmi dmi;
    trans.set_address(0);
    if (!buffer_sockets[i]->get_direct_mem_ptr(trans, dmi)) {
      SC_REPORT_FATAL(name(), "a buffer grants no direct memory access");
    }
    buffers_[i] = dmi.get_dmi_ptr();
  }
}

sc_core::sc_time Dma::port_time(int64_t bytes) const {
  const int64_t width = design_.ports.width_bits / 8;
  return design_.dram.ideal ? sc_core::SC_ZERO_TIME
                            : sc_core::sc_time::from_value(
                                  port_cycle_.value() * static_cast<uint64_t>((bytes + width - 1) / width));
}

void Dma::pass_buffer(bool store, int32_t buffer, int64_t bytes, sc_core::sc_time& free) {
  const auto index = static_cast<size_t>(buffer);
  BufferPortsIf* ports = shared_[store ? 1 : 0][index];
  if (ports == nullptr) {
    return;
  }
  const uint64_t period = cycle_.value();
  const uint64_t from =
      std::max(sc_core::sc_time_stamp().value(), free.value() - port_time(bytes).value()) + period - 1;
  const uint64_t end =
      static_cast<uint64_t>(ports->transfer(store, static_cast<int64_t>(from / period), bytes)) * period;
  if (!never_late_[index] && end > free.value()) {
    free = sc_core::sc_time::from_value(end);
  }
}

sc_core::sc_time Dma::edge(const sc_core::sc_time& time) const {
  const uint64_t period = cycle_.value();
  return sc_core::sc_time::from_value((time.value() + period - 1) / period * period);
}

void Dma::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
  Words words{};
  const bool store = trans.get_address() == kStoreOffset;
  if (trans.get_byte_enable_ptr() != nullptr) {
    trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (!trans.is_read() && !trans.is_write()) {
    trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (!trans.is_write() || (!store && trans.get_address() != 0)) {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (trans.get_data_length() != sizeof(words) || trans.get_streaming_width() < sizeof(words)) {
    trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (trans.get_data_ptr() == nullptr) {
    trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  std::memcpy(words.data(), trans.get_data_ptr(), sizeof(words));
  Work work;
  work.transfer.dram =
      static_cast<uint64_t>(static_cast<uint32_t>(words[0])) | static_cast<uint64_t>(words[1]) << 32;
  work.transfer.dram_stride = static_cast<int64_t>(static_cast<uint32_t>(words[2])) | int64_t{words[3]} << 32;
  work.transfer.buffer = words[4];
  work.transfer.address = words[5];
  work.transfer.stride = words[6];
  work.transfer.row_bytes = words[7];
  work.transfer.rows = words[8];
  work.tag = words[9];
  work.start = sc_core::sc_time_stamp() + delay;
  work.end = work.start;
  Direction& direction = directions_[store ? 1 : 0];
  direction.queue.push_back(work);
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
  issue(store);
  retire(store);
}

/// Issues runs of the works in order while ports have room.
void Dma::issue(bool store) {
  Direction& d = directions_[store ? 1 : 0];
  while (d.issuing < d.queue.size()) {
    Work& work = d.queue[d.issuing];
    while (work.row < work.transfer.rows && work.transfer.row_bytes > 0) {
      if (!issue_run(store, work, d.first_number + static_cast<int64_t>(d.issuing))) {
        return;
      }
    }
    ++d.issuing;
  }
}

bool Dma::issue_run(bool store, Work& work, int64_t number) {
  Direction& d = directions_[store ? 1 : 0];
  const size_t way = store ? 1 : 0;
  size_t port = d.next_port;
  for (size_t tried = 0;; ++tried, port = (port + 1) % ports_.size()) {
    if (tried == ports_.size()) {
      return false;
    }
    if (ports_[port].in_flight[way] < design_.ports.outstanding && ports_[port].request[way] == nullptr) {
      break;
    }
  }
  d.next_port = (port + 1) % ports_.size();
  const Transfer& t = work.transfer;
  const uint64_t address = t.dram + static_cast<uint64_t>(work.row * t.dram_stride + work.offset);
  const int64_t to_line = kRunBytes - static_cast<int64_t>(address % kRunBytes);
  const auto bytes = static_cast<int32_t>(std::min<int64_t>(t.row_bytes - work.offset, to_line));
  uint8_t* data = functional_ ? buffers_.at(static_cast<size_t>(t.buffer)) + t.address +
                                    int64_t{work.row} * t.stride + work.offset
                              : scratch_.data();
  const bool first = work.row == 0 && work.offset == 0;
  work.offset += bytes;
  if (work.offset == t.row_bytes) {
    work.offset = 0;
    ++work.row;
  }
  ++work.runs_left;

  tlm::tlm_generic_payload* trans = pool_.acquire();
  Run* run = nullptr;
  trans->get_extension(run);
  if (run == nullptr) {
    run = new Run;
    trans->set_extension(run);
    trans->set_extension(new RunTimeExtension);
  }
  run->store = store;
  run->work = number;
  trans->set_command(store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  trans->set_address(address);
  trans->set_data_ptr(data);
  trans->set_data_length(static_cast<unsigned>(bytes));
  trans->set_streaming_width(static_cast<unsigned>(bytes));
  trans->set_byte_enable_ptr(nullptr);
  trans->set_dmi_allowed(false);
  trans->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

  Port& p = ports_[port];
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  const int latency = design_.dram.ideal ? 0 : design_.ports.latency_cycles;
  if (first) {
    work.time.first = std::max(now, work.start);
  }
  run->latency = picoseconds(cycle_) * latency;
  sc_core::sc_time start =
      std::max(now, work.start) + sc_core::sc_time::from_value(static_cast<uint64_t>(run->latency));
  run->port = 0;
  if (store) {  // the data goes ahead of the request's acceptance at the DRAM
    p.free[1] = std::max(p.free[1], start) + port_time(bytes);
    pass_buffer(true, t.buffer, bytes, p.free[1]);
    run->port = picoseconds(p.free[1] - start);
    start = p.free[1];
  }
  ++p.in_flight[way];
  if (d.in_flight++ == 0) {
    d.busy_since = now;
  }
  p.request[way] = trans;
  auto& socket = memory_sockets[2 * port + way];
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = start - now;
  const tlm::tlm_sync_enum status = socket->nb_transport_fw(*trans, phase, delay);
  if (status == tlm::TLM_COMPLETED) {
    p.request[way] = nullptr;
    answered(port, *trans, now + delay);
  } else if (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    const sc_core::sc_time when = now + delay;
    p.request[way] = nullptr;
    trans->acquire();
    answered(port, *trans, when);
    phase = tlm::END_RESP;
    socket->nb_transport_fw(*trans, phase, delay);
    trans->release();
  } else if (status == tlm::TLM_UPDATED) {
    p.request[way] = nullptr;
  }
  return true;
}

void Dma::go_on() {
  for (const bool store : {false, true}) {
    issue(store);
    retire(store);
  }
}

tlm::tlm_sync_enum Dma::nb_transport_bw(int socket, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  const size_t port = static_cast<size_t>(socket) / 2;
  const size_t way = static_cast<size_t>(socket) % 2;
  tlm::tlm_generic_payload*& request = ports_[port].request[way];
  if (request == &trans) {
    request = nullptr;  // answered by END_REQ, or by a response that comes before it
  }
  // Requests go out from a process of our own, never from inside a backward call.
  const Direction& d = directions_[way];
  if (phase == tlm::END_REQ) {
    if (d.issuing < d.queue.size()) {
      room_.notify();
    }
    return tlm::TLM_ACCEPTED;
  }
  if (phase == tlm::BEGIN_RESP) {
    trans.acquire();
    answered(port, trans, sc_core::sc_time_stamp() + delay);
    phase = tlm::END_RESP;
    trans.release();
    if (d.issuing < d.queue.size() || (!d.queue.empty() && d.queue.front().runs_left == 0)) {
      room_.notify();
    }
    return tlm::TLM_COMPLETED;
  }
  SC_REPORT_FATAL(name(), "a phase that is not in the base protocol");
  return tlm::TLM_ACCEPTED;
}

void Dma::answered(size_t port, tlm::tlm_generic_payload& trans, sc_core::sc_time when) {
  if (trans.is_response_error()) {
    SC_REPORT_FATAL(name(), ("the DRAM answered " + trans.get_response_string()).c_str());
  }
  Run* run = nullptr;
  trans.get_extension(run);
  const bool store = run->store;
  const size_t way = store ? 1 : 0;
  Direction& d = directions_[way];
  Port& p = ports_[port];
  Work& work = d.queue[static_cast<size_t>(run->work - d.first_number)];
  if (!store) {
    p.free[0] = std::max(when, p.free[0] + port_time(trans.get_data_length()));
    pass_buffer(false, work.transfer.buffer, trans.get_data_length(), p.free[0]);
    run->port = picoseconds(p.free[0] - when);
    when = p.free[0];
  }
  RunTimeExtension* dram = nullptr;
  trans.get_extension(dram);
  work.time.latency += run->latency;
  work.time.port += run->port;
  work.time.dram += dram->time;
  dram->time = {};
  --work.runs_left;
  work.end = std::max(work.end, edge(when));
  --p.in_flight[way];
  if (--d.in_flight == 0) {
    d.busy += sc_core::sc_time_stamp() - d.busy_since;
  }
  trans.release();
}

/// Moves works at the head whose runs have all been answered to the finished ones.
void Dma::retire(bool store) {
  Direction& d = directions_[store ? 1 : 0];
  while (!d.queue.empty() && d.issuing > 0 && d.queue.front().runs_left == 0) {
    const Work& work = d.queue.front();
    d.last_end = std::max(d.last_end, std::max(work.end, edge(sc_core::sc_time_stamp())));
    d.finished.emplace_back(d.last_end, work);
    if (d.finished.size() == 1) {
      d.finished_event.notify(d.last_end - sc_core::sc_time_stamp());
    }
    d.queue.pop_front();
    ++d.first_number;
    --d.issuing;
  }
}

void Dma::finish(bool store) {
  Direction& d = directions_[store ? 1 : 0];
  std::vector<Work> now;
  while (!d.finished.empty() && d.finished.front().first <= sc_core::sc_time_stamp()) {
    now.push_back(d.finished.front().second);
    d.finished.pop_front();
  }
  if (!d.finished.empty()) {
    d.finished_event.notify(d.finished.front().first - sc_core::sc_time_stamp());
  }
  for (const Work& work : now) {
    const auto tag = static_cast<size_t>(work.tag);
    times_.resize(std::max(times_.size(), tag + 1));
    times_[tag] = work.time;
    done->completed(work.tag, work.start, sc_core::sc_time_stamp());
  }
}

}  // namespace tridex::arch
