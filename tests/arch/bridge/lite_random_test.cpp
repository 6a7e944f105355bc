// Random traffic from TLM over pins to TLM, against bytes that are written and read in the order of the
// requests.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "arch/bridge/lite_checker.h"
#include "arch/bridge/lite_manager.h"
#include "arch/bridge/lite_subordinate.h"
#include "arch/monitor/protocol_monitor.h"
#include "at_initiator.h"
#include "clocked.h"
#include "lite_memory.h"
#include "support/child.h"
#include "support/random.h"
#include "transactions.h"

using namespace tridex;
using namespace tridex::test;

namespace {

struct Setting {
  double stall;
  int outstanding;
  uint64_t seed;
  int transactions;
};

constexpr uint64_t kBytes = 0x800, kBroken = 0x700;

template <int DataBits, int AddressBits>
class Traffic : public Clocked {
 public:
  Traffic(const sc_core::sc_module_name& module_name, const Setting& setting)
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
    connect(manager_, subordinate_, checker_);
    manager_.pins.bind(signals_);
    subordinate_.pins.bind(signals_);
    checker_.pins.bind(signals_);
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
      initiator_.non_blocking(setting_.transactions - 2 * each, 6);
      while (done_ < setting_.transactions) {
        sc_core::wait(nanoseconds(100));
      }
    };
    run(work, 1e5 + 1e5 * setting_.transactions);  // a transaction takes less than 10,000 cycles
    front_.finish();
    back_.finish();
    checker_.finish();
    for (const auto& violation : front_.violations()) {
      text_ += violation.line() + "\n";
    }
    for (const auto& violation : back_.violations()) {
      text_ += violation.line() + "\n";
    }
    for (const auto& violation : checker_.violations()) {
      text_ += violation.line() + "\n";
    }
    if (memory_.bytes != model_) {
      text_ += "the memory is not as it should be\n";
    }
    if (checker_.writes() != words_written_ || checker_.reads() != words_read_) {
      text_ += "words: " + std::to_string(checker_.writes()) + " and " + std::to_string(checker_.reads()) +
               ", expected " + std::to_string(words_written_) + " and " + std::to_string(words_read_) + "\n";
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
  void finished(Job& job) {
    ++done_;
    if (!job.as_expected() && text_.empty()) {
      text_ = std::string(job.is_write() ? "write" : "read") + " of " + std::to_string(job.data.size()) +
              " bytes at " + std::to_string(job.get_address()) + ": " + job.get_response_string() + "\n";
    }
  }

  Setting setting_;
  std::mt19937_64 random_;
  AtInitiator initiator_;
  arch::ProtocolMonitor<> front_{"front"}, back_{"back"};
  arch::LiteSignals<DataBits, AddressBits> signals_;
  arch::LiteManager<DataBits, AddressBits> manager_;
  arch::LiteSubordinate<DataBits, AddressBits> subordinate_;
  arch::LiteChecker<DataBits, AddressBits> checker_{"checker"};
  LiteMemory memory_;
  std::vector<uint8_t> model_;
  sc_core::sc_event never_;
  int done_ = 0;
  uint64_t words_written_ = 0, words_read_ = 0;
  std::string text_;
};

template <int DataBits, int AddressBits>
std::string play(const Setting& setting) {
  Traffic<DataBits, AddressBits> traffic("traffic", setting);
  return traffic.play();
}

}  // namespace

TEST_CASE("lite: random traffic arrives, in order, and breaks no rule") {
  Random seeds("lite random traffic");
  const auto begin = std::chrono::steady_clock::now();
  const int each = transactions() / 24;
  for (const double stall : {0.0, 0.1, 0.5, 0.9}) {
    for (const int outstanding : {1, 2, 8}) {
      for (const bool wide : {false, true}) {
        const Setting setting{stall, outstanding, static_cast<uint64_t>(seeds.integer(0, 1'000'000)), each};
        INFO("stall " << stall << ", outstanding " << outstanding << ", wide " << wide << ", seed "
                      << setting.seed);
        std::fflush(stdout);  // or the child prints it again
        CHECK(run_in_child([&] { return wide ? play<64, 40>(setting) : play<32, 16>(setting); }) == "");
      }
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("lite: %d transactions, %.0f a second\n", 24 * each, 24 * each / seconds.count());
}
