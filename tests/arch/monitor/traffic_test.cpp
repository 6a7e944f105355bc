// Correct traffic of all shapes: nothing is reported.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "planted.h"
#include "support/child.h"
#include "support/random.h"

using namespace tridex::test;
using Payload = tlm::tlm_generic_payload;
using sc_core::sc_time;

namespace {

constexpr int kTransactions = 1500;

/// A target and an initiator that take every choice which the base protocol leaves them at random.
class Traffic {
 public:
  explicit Traffic(unsigned seed) : random_(seed) {
    bench_.target.forward = [this](auto& p, auto& phase, auto& delay) { return forward(p, phase, delay); };
    bench_.target.blocking = [this](auto& p, auto& delay) {
      if (pick(2) == 0) {
        sc_core::wait(delay + nanoseconds());
        delay = sc_core::SC_ZERO_TIME;
      }
      delay += nanoseconds();
      p.set_response_status(tlm::TLM_OK_RESPONSE);
      p.set_dmi_allowed(pick(2) == 0);
    };
    bench_.target.direct = [this](auto&, auto& dmi) {
      dmi.set_end_address(0xffff);
      if (pick(3) == 0) {
        return false;
      }
      dmi.set_dmi_ptr(memory_.data());
      dmi.allow_read_write();
      return true;
    };
    bench_.initiator.backward = [this](auto& p, auto& phase, auto& delay) {
      return backward(p, phase, delay);
    };
    bench_.initiator.invalidated = [this](uint64_t, uint64_t) { direct_ = false; };
  }

  /// What happened, and what was reported.
  std::string run() {
    sc_core::sc_spawn([this] { initiate(); }, "initiate");
    sc_core::sc_spawn([this] { respond(); }, "respond");
    sc_core::sc_spawn([this] { block(); }, "block");
    sc_core::sc_start();
    bench_.monitor.finish();
    std::string text;
    for (const auto& violation : bench_.monitor.violations()) {
      text += violation.line() + "\n";
    }
    if (bench_.pool.in_use != 2) {  // the two of the bench
      text += fmt::format("{} payloads in use", bench_.pool.in_use);
    }
    for (const auto& [shape, count] : shapes_) {
      text += count < 5 ? "too rare: " + shape + "\n" : "";
    }
    return text + fmt::format("{} shapes", shapes_.size());
  }

 private:
  struct Job {
    Payload* payload;
    bool requesting;
    sc_time earliest;
  };
  uint64_t pick(uint64_t count) { return random_() % count; }
  sc_time nanoseconds() { return sc_time(static_cast<double>(pick(4)), sc_core::SC_NS); }

  // The target.
  tlm::tlm_sync_enum forward(Payload& p, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase == tlm::END_RESP) {
      responding_ = false;
      p.release();
      return pick(2) == 0 ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
    }
    const sc_time at = sc_core::sc_time_stamp() + delay;
    switch (pick(4)) {
      case 0:
        ++shapes_["early completion"];
        p.set_response_status(pick(2) == 0 ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
        delay += nanoseconds();
        return tlm::TLM_COMPLETED;
      case 1:
        ++shapes_["END_REQ by return"];
        p.acquire();
        phase = tlm::END_REQ;
        delay += nanoseconds();
        jobs_.push_back({&p, false, sc_core::sc_time_stamp() + delay});
        return tlm::TLM_UPDATED;
      case 2:
        if (!responding_) {
          ++shapes_["BEGIN_RESP by return"];
          p.acquire();
          p.set_response_status(tlm::TLM_OK_RESPONSE);
          responding_ = true;
          phase = tlm::BEGIN_RESP;
          delay += nanoseconds();
          return tlm::TLM_UPDATED;
        }
        [[fallthrough]];
      default:
        p.acquire();
        jobs_.push_back({&p, true, at});
        return tlm::TLM_ACCEPTED;
    }
  }
  void respond() {
    while (sent_ < kTransactions || open_ > 0) {
      sc_core::wait(1, sc_core::SC_NS);
      if (pick(50) == 0) {
        ++shapes_["invalidation"];
        bench_.target.socket->invalidate_direct_mem_ptr(0, 0xffff);
      }
      if (jobs_.empty()) {
        continue;
      }
      const size_t chosen = pick(jobs_.size());
      Job& job = jobs_[chosen];
      if (job.earliest > sc_core::sc_time_stamp()) {
        continue;
      }
      sc_time delay = nanoseconds();
      tlm::tlm_phase phase = tlm::END_REQ;
      if (job.requesting && pick(2) == 0) {
        ++shapes_["END_REQ by call"];
        job.requesting = false;
        job.earliest = sc_core::sc_time_stamp() + delay;
        bench_.target.socket->nb_transport_bw(*job.payload, phase, delay);
      } else if (!responding_) {
        ++shapes_[job.requesting ? "END_REQ skipped" : "BEGIN_RESP by call"];
        shapes_["out of order"] += chosen > 0 ? 1 : 0;
        Payload& p = *job.payload;
        jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(chosen));
        responding_ = true;
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        p.set_dmi_allowed(pick(2) == 0);
        phase = tlm::BEGIN_RESP;
        if (bench_.target.socket->nb_transport_bw(p, phase, delay) != tlm::TLM_ACCEPTED) {
          responding_ = false;
          p.release();
        }
      }
    }
  }

  // The initiator.
  void end(Payload& p) {
    --open_;
    p.release();
  }
  void initiate() {
    while (sent_ < kTransactions || open_ > 0) {
      sc_core::wait(1, sc_core::SC_NS);
      if (to_end_ != nullptr && end_at_ <= sc_core::sc_time_stamp()) {
        ++shapes_["END_RESP by call"];
        tlm::tlm_phase phase = tlm::END_RESP;
        sc_time delay = nanoseconds();
        Payload& p = *to_end_;
        to_end_ = nullptr;
        bench_.initiator.socket->nb_transport_fw(p, phase, delay);
        end(p);
      }
      if (requesting_ == nullptr && sent_ < kTransactions && open_ < 8) {
        request();
      }
    }
  }
  void request() {
    ++sent_;
    ++open_;
    Payload& p = *bench_.pool.make(pick(2) == 0, pick(1024) * 64, bench_.data.data(), 64);
    requesting_ = &p;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay = nanoseconds();
    const auto answer = bench_.initiator.socket->nb_transport_fw(p, phase, delay);
    if (answer != tlm::TLM_ACCEPTED) {
      requesting_ = nullptr;
    }
    if (answer == tlm::TLM_COMPLETED) {
      end(p);
    } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
      to_end_ = &p;
      end_at_ = sc_core::sc_time_stamp() + delay;
    }
  }
  tlm::tlm_sync_enum backward(Payload& p, tlm::tlm_phase& phase, sc_time& delay) {
    requesting_ = requesting_ == &p ? nullptr : requesting_;
    if (phase == tlm::END_REQ) {
      return tlm::TLM_ACCEPTED;
    }
    switch (pick(3)) {
      case 0:
        ++shapes_["END_RESP by completion"];
        end(p);
        return tlm::TLM_COMPLETED;
      case 1:
        ++shapes_["END_RESP by return"];
        phase = tlm::END_RESP;
        delay += nanoseconds();
        end(p);
        return tlm::TLM_UPDATED;
      default:
        to_end_ = &p;
        end_at_ = sc_core::sc_time_stamp() + delay;
        return tlm::TLM_ACCEPTED;
    }
  }
  /// The same initiator's other calls.
  void block() {
    for (int i = 0; i < 300; ++i) {
      Payload p;
      p.set_command(pick(2) == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
      p.set_address(pick(0x10000 - 64));
      p.set_data_ptr(block_data_.data());
      p.set_data_length(64);
      p.set_streaming_width(64);
      if (pick(3) == 0) {
        ++shapes_["debug access"];
        bench_.initiator.socket->transport_dbg(p);
      }
      if (pick(3) == 0) {
        tlm::tlm_dmi dmi;
        direct_ = bench_.initiator.socket->get_direct_mem_ptr(p, dmi) || direct_;
      }
      if (direct_) {
        ++shapes_["DMI"];
        bench_.monitor.dmi_access(p.get_command(), p.get_address(), 64);
      }
      ++shapes_["b_transport"];
      sc_time delay = nanoseconds();
      bench_.initiator.socket->b_transport(p, delay);
      sc_core::wait(delay);
    }
  }

  std::mt19937 random_;
  Planted bench_;
  std::map<std::string, int> shapes_;
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(0x10000), block_data_ = std::vector<uint8_t>(64);
  std::vector<Job> jobs_;
  bool responding_ = false, direct_ = false;
  int sent_ = 0, open_ = 0;
  Payload* requesting_ = nullptr;
  Payload* to_end_ = nullptr;
  sc_time end_at_;
};

}  // namespace

TEST_CASE("monitor: correct traffic of all shapes breaks no rule") {
  Random seeds("monitor traffic");
  for (int i = 0; i < 20; ++i) {
    const int seed = seeds.integer(0, 1'000'000);
    INFO("traffic " << seed);
    CHECK(run_in_child([&] { return Traffic(static_cast<unsigned>(seed)).run(); }) == "14 shapes");
  }
}
