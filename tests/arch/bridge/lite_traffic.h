#pragma once
#include <memory>
#include <string>

#include "arch/bridge/lite_checker.h"
#include "arch/bridge/lite_manager.h"
#include "arch/bridge/lite_subordinate.h"
#include "arch/monitor/protocol_monitor.h"
#include "at_initiator.h"
#include "clocked.h"
#include "lite_memory.h"

namespace tridex::test {

struct LiteSetting {
  double stall;
  int outstanding;
  uint64_t seed;
  int transactions;
  bool resets = false;  ///< in the middle: then only that everything ends, and that no rule is broken
};

/// Random traffic of an initiator through a LiteManager, a module of RTL if there is one, a LiteSubordinate
/// and a memory, against bytes that are written and read in the order of the requests. RTL that has no pins
/// for a subordinate (m_axil_) is the memory itself: kBytes of it, those from kBroken on answer SLVERR.
template <int DataBits, int AddressBits, typename Rtl = NoRtl>
class LiteTraffic : public Clocked {
 public:
  static constexpr uint64_t kBytes = 0x800, kBroken = 0x700;

  LiteTraffic(const sc_core::sc_module_name& module_name, const LiteSetting& setting)
      : Clocked(module_name),
        setting_(setting),
        random_(setting.seed),
        initiator_("initiator", setting.seed + 1),
        manager_("manager", {.outstanding = setting.outstanding,
                             .queue = 1 + static_cast<int>(pick(8)),
                             .protection = 5,
                             .stall = setting.stall,
                             .seed = setting.seed + 2}),
        subordinate_(
            "subordinate",
            {.depth = 1 + static_cast<int>(pick(4)), .stall = setting.stall, .seed = setting.seed + 3}),
        memory_("memory", kBytes),
        model_(kBytes) {
    connect(manager_, subordinate_, checker_, behind_checker_);
    manager_.pins.bind(signals_);
    checker_.pins.bind(signals_);
    auto& behind = std::is_same_v<Rtl, NoRtl> ? signals_ : behind_;
    subordinate_.pins.bind(behind);
    behind_checker_.pins.bind(behind);
    if constexpr (!std::is_same_v<Rtl, NoRtl>) {
      rtl_ = std::make_unique<Rtl>("rtl");
      rtl_->clk(aclk);
      rtl_->rst_n(aresetn);
      signals_.bind_module(*rtl_, "s_axil_");
      passes_on_ = arch::find_pin(*rtl_, "m_axil_awvalid") != nullptr;
      if (passes_on_) {
        behind_.bind_module(*rtl_, "m_axil_");
      }
    }
    front_.bind_between(initiator_.socket, manager_.socket);
    back_.bind_between(subordinate_.socket, memory_.socket);
    memory_.broken = kBroken;
    if (pick(2) == 0) {
      memory_.delay = [this] { return nanoseconds(static_cast<double>(pick(4) == 0 ? pick(50) : 0)); };
    }
    initiator_.pause_ns = pick(2) == 0 ? 0 : 60;
    initiator_.prepare = [this](Job& job) { prepare(job); };
    initiator_.finished = [this](Job& job) { finished(job); };
  }

  /// Empty, or what was wrong.
  std::string play() {
    const auto work = [this] {
      const int each = setting_.transactions / 3;
      sc_core::sc_spawn([this, each] { initiator_.blocking(each), sc_core::wait(never_); }, "one");
      sc_core::sc_spawn([this, each] { initiator_.blocking(each), sc_core::wait(never_); }, "two");
      if (setting_.resets) {
        sc_core::sc_spawn([this] { reset_now_and_then(); }, "resets");
      }
      initiator_.non_blocking(setting_.transactions - 2 * each, 6);
      while (done_ < setting_.transactions) {
        sc_core::wait(nanoseconds(100));
      }
    };
    run(work, 1e5 + 1e5 * setting_.transactions);  // a transaction takes less than 10,000 cycles
    front_.finish();
    back_.finish();
    checker_.finish();
    behind_checker_.finish();
    const auto add = [this](const auto& violations) {
      for (const auto& violation : violations) {
        text_ += violation.line() + "\n";
      }
    };
    add(front_.violations());
    add(back_.violations());
    add(checker_.violations());
    add(behind_checker_.violations());
    if (!setting_.resets && passes_on_ && memory_.bytes != model_) {
      text_ += "the memory is not as it should be\n";
    }
    if (!setting_.resets && (checker_.writes() != words_written_ || checker_.reads() != words_read_)) {
      text_ += "words: " + std::to_string(checker_.writes()) + " and " + std::to_string(checker_.reads()) +
               ", expected " + std::to_string(words_written_) + " and " + std::to_string(words_read_) + "\n";
    }
    if (setting_.resets && ended_by_reset_ == 0) {
      text_ += "no transaction has met a reset\n";
    }
    if (initiator_.jobs.in_use() != 0) {
      text_ += "payloads in use\n";
    }
    return text_;
  }

 private:
  static constexpr uint64_t kWord = DataBits / 8;
  uint64_t pick(uint64_t count) { return random_() % count; }

  void prepare(Job& job) {
    const uint64_t length = pick(4) == 0 ? 1 + pick(40) : uint64_t{1} << pick(5);
    const uint64_t place = pick(16);
    uint64_t address = place == 0   ? kBroken - pick(16)
                       : place == 1 ? kBytes - pick(48)
                       : place < 8  ? pick(64)  // where they meet each other
                                    : pick(kBroken - 64);
    address = pick(2) == 0 ? address / kWord * kWord : address;
    job.data.resize(length);
    for (uint8_t& byte : job.data) {
      byte = static_cast<uint8_t>(pick(256));
    }
    job.enables.clear();
    if (pick(4) == 0) {
      job.enables.resize(1 + pick(length));
      for (uint8_t& enable : job.enables) {
        enable = pick(3) == 0 ? TLM_BYTE_DISABLED : TLM_BYTE_ENABLED;
      }
    }
    const bool write = pick(2) == 0;
    job.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address);
    if (pick(8) == 0) {
      job.set_streaming_width(static_cast<unsigned>(1 + pick(length)));
    }
    if (pick(64) == 0) {  // beyond the pins
      job.set_address((uint64_t{1} << AddressBits) - pick(job.get_streaming_width()));
    }
    predict(job);
  }

  /// Byte by byte what the documentation of the two bridges says.
  void predict(Job& job) {
    job.expected = job.data;
    job.expected_status = tlm::TLM_OK_RESPONSE;
    const uint64_t width = job.get_streaming_width(), address = job.get_address();
    if (std::min<uint64_t>(width, job.data.size()) > (uint64_t{1} << AddressBits) - address) {
      job.expected_status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
      return;
    }
    uint64_t word = ~uint64_t{0};
    for (size_t i = 0; i < job.data.size(); ++i) {
      const uint64_t at = address + i % width;
      word = i % width == 0 ? ~uint64_t{0} : word;  // the same word again is another access
      if (!job.enables.empty() && job.enables[i % job.enables.size()] == TLM_BYTE_DISABLED) {
        continue;
      }
      if (at / kWord != word) {
        word = at / kWord;
        ++(job.is_write() ? words_written_ : words_read_);
      }
      const auto status = at >= kBytes    ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                          : at >= kBroken ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                          : tlm::TLM_OK_RESPONSE;
      if (status != tlm::TLM_OK_RESPONSE) {
        job.expected_status = job.expected_status == tlm::TLM_OK_RESPONSE ? status : job.expected_status;
      } else if (job.is_write()) {
        model_[at] = job.data[i];
      } else {
        job.expected[i] = model_[at];
      }
    }
  }
  void reset_now_and_then() {
    while (true) {
      sc_core::wait(nanoseconds(static_cast<double>(500 + pick(3000))));
      aresetn.write(false);
      sc_core::wait(nanoseconds(static_cast<double>(11 + pick(60))));
      aresetn.write(true);
    }
  }
  void finished(Job& job) {
    ++done_;
    if (setting_.resets) {
      const bool ended = job.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE;
      ended_by_reset_ += ended && job.expected_status == tlm::TLM_OK_RESPONSE ? 1 : 0;
      job.expected = job.data;
      job.expected_status = ended ? tlm::TLM_GENERIC_ERROR_RESPONSE : job.expected_status;
    }
    if (!job.as_expected() && text_.empty()) {
      text_ = std::string(job.is_write() ? "write" : "read") + " of " + std::to_string(job.data.size()) +
              " bytes at " + std::to_string(job.get_address()) + ": " + job.get_response_string() + "\n";
    }
  }

  LiteSetting setting_;
  std::mt19937_64 random_;
  AtInitiator initiator_;
  arch::ProtocolMonitor<> front_{"front"}, back_{"back"};
  arch::LiteSignals<DataBits, AddressBits> signals_, behind_{"behind_"};
  std::unique_ptr<Rtl> rtl_;
  arch::LiteManager<DataBits, AddressBits> manager_;
  arch::LiteSubordinate<DataBits, AddressBits> subordinate_;
  arch::LiteChecker<DataBits, AddressBits> checker_{"checker"}, behind_checker_{"behind_checker"};
  LiteMemory memory_;
  std::vector<uint8_t> model_;
  sc_core::sc_event never_;
  bool passes_on_ = true;
  int done_ = 0, ended_by_reset_ = 0;
  uint64_t words_written_ = 0, words_read_ = 0;
  std::string text_;
};

}  // namespace tridex::test
