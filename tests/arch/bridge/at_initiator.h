#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <systemc>
#include <tlm>
#include <vector>

namespace tridex::test {

/// A transaction of a random test, with what belongs to it.
struct Job : tlm::tlm_generic_payload {
  explicit Job(tlm::tlm_mm_interface* manager) : tlm_generic_payload(manager) {}
  std::vector<uint8_t> data, enables;
  std::vector<uint8_t> expected;  ///< of the data, at the end
  tlm::tlm_response_status expected_status = tlm::TLM_OK_RESPONSE;

  /// Points the payload at `data` and `enables`; all of it is one streaming width.
  void prepare(tlm::tlm_command command, uint64_t address) {
    set_command(command);
    set_address(address);
    set_data_ptr(data.data());
    set_data_length(static_cast<unsigned>(data.size()));
    set_streaming_width(static_cast<unsigned>(data.size()));
    set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
    set_byte_enable_length(static_cast<unsigned>(enables.size()));
    set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    set_dmi_allowed(false);
  }
  [[nodiscard]] bool as_expected() const {
    return data == expected && get_response_status() == expected_status;
  }
};

/// Memory manager of jobs.
class Jobs : public tlm::tlm_mm_interface {
 public:
  Job* take() {
    if (unused_.empty()) {
      all_.push_back(std::make_unique<Job>(this));
      unused_.push_back(all_.back().get());
    }
    Job* const job = unused_.back();
    unused_.pop_back();
    job->acquire();
    return job;
  }
  void free(tlm::tlm_generic_payload* payload) override { unused_.push_back(static_cast<Job*>(payload)); }
  [[nodiscard]] size_t in_use() const { return all_.size() - unused_.size(); }

 private:
  std::vector<std::unique_ptr<Job>> all_;
  std::vector<Job*> unused_;
};

/// An initiator that makes jobs by nb_transport and b_transport, in every way that the base protocol leaves
/// it, at any time of the cycle.
class AtInitiator : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_initiator_socket<> socket{"socket"};
  Jobs jobs;
  /// Makes a job ready, at the time of its request.
  std::function<void(Job&)> prepare;
  /// Is told of each that is over.
  std::function<void(Job&)> finished;

  AtInitiator(const sc_core::sc_module_name& module_name, uint64_t seed)
      : sc_module(module_name), random_(seed) {
    socket.bind(*this);
  }

  /// From a thread: makes so many jobs by nb_transport, `open` at a time, and waits for the last.
  void non_blocking(int count, int open) {
    for (int made = 0; made < count || open_ > 0;) {
      if (made < count && requesting_ == nullptr && open_ < open) {
        ++made;
        request();
      } else if (to_end_ != nullptr) {
        end_response();
      } else {
        sc_core::wait(changed_);
      }
      pause();
    }
  }
  /// From a thread: so many by b_transport.
  void blocking(int count) {
    for (int made = 0; made < count; ++made) {
      Job& job = *jobs.take();
      prepare(job);
      sc_core::sc_time delay = any_delay();
      socket->b_transport(job, delay);
      if (delay != sc_core::SC_ZERO_TIME) {
        sc_core::wait(delay);
      }
      finished(job);
      job.release();
      pause();
    }
  }
  /// Between jobs: 0 no time at all, else up to so many nanoseconds, now and then.
  int pause_ns = 0;

 private:
  uint64_t pick(uint64_t count) { return random_() % count; }
  void pause() {
    if (pause_ns > 0 && pick(3) == 0) {
      sc_core::wait(static_cast<double>(pick(static_cast<uint64_t>(pause_ns))), sc_core::SC_NS);
    }
  }
  sc_core::sc_time any_delay() {
    return pause_ns > 0 && pick(8) == 0 ? sc_core::sc_time(static_cast<double>(pick(25)), sc_core::SC_NS)
                                        : sc_core::SC_ZERO_TIME;
  }
  void request() {
    Job& job = *jobs.take();
    ++open_;
    prepare(job);
    requesting_ = &job;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = any_delay();
    const tlm::tlm_sync_enum answer = socket->nb_transport_fw(job, phase, delay);
    if (answer != tlm::TLM_ACCEPTED) {
      requesting_ = nullptr;
      if (delay != sc_core::SC_ZERO_TIME) {
        sc_core::wait(delay);  // the next request is not earlier than the end of this one
      }
    }
    if (answer == tlm::TLM_COMPLETED) {
      end(job);
    } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
      to_end_ = &job;
    }
  }
  void end_response() {
    Job& job = *to_end_;
    to_end_ = nullptr;
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay;
    socket->nb_transport_fw(job, phase, delay);
    end(job);
  }
  void end(Job& job) {
    finished(job);
    --open_;
    job.release();
    changed_.notify(sc_core::SC_ZERO_TIME);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    Job& job = static_cast<Job&>(payload);
    requesting_ = requesting_ == &job ? nullptr : requesting_;
    changed_.notify(sc_core::SC_ZERO_TIME);
    if (phase != tlm::BEGIN_RESP) {
      return tlm::TLM_ACCEPTED;
    }
    switch (pick(3)) {
      case 0:
        end(job);
        return tlm::TLM_COMPLETED;
      case 1:
        phase = tlm::END_RESP;
        end(job);
        return tlm::TLM_UPDATED;
      default:
        to_end_ = &job;
        return tlm::TLM_ACCEPTED;
    }
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  std::mt19937_64 random_;
  int open_ = 0;
  Job* requesting_ = nullptr;
  Job* to_end_ = nullptr;
  sc_core::sc_event changed_;
};

}  // namespace tridex::test
