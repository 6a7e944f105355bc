// scale_add as a TLM model: the same registers and the same bytes, four blocks at a time, with a bus of a
// beat a cycle for each direction.
#include "arch/own_rtl/model.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace {

class ScaleAddModel : public tridex::arch::OwnModel {
 public:
  using OwnModel::OwnModel;

 private:
  static constexpr size_t kElements = 64;  // of a block
  static constexpr int64_t kBeats = 16;    // of its burst
  static constexpr uint64_t kBlocks = 4;   // under way
  using Block = std::array<int16_t, kElements>;

  uint32_t read_register(uint64_t address) override {
    const auto word = static_cast<size_t>(address / 4);
    return word == 0 ? (busy_ ? 2U : 0U) + (interrupt ? 1U : 0U) : word < words_.size() ? words_[word] : 0;
  }
  void write_register(uint64_t address, uint32_t value) override {
    const auto word = static_cast<size_t>(address / 4);
    if (word == 0) {
      busy_ = true;
      interrupt = false;
      started_.notify(sc_core::SC_ZERO_TIME);
    } else if (word < words_.size()) {
      words_[word] = value;
    }
  }
  void run() override {
    while (true) {
      wait(started_);
      std::vector<sc_core::sc_process_handle> workers;
      for (uint64_t first = 0; first < kBlocks; ++first) {
        workers.push_back(sc_core::sc_spawn([this, first] {
          for (uint64_t block = first; block < words_[4]; block += kBlocks) {
            do_block(block * sizeof(Block));
          }
        }));
      }
      for (sc_core::sc_process_handle& worker : workers) {
        if (!worker.terminated()) {
          wait(worker.terminated_event());
        }
      }
      busy_ = false;
      interrupt = true;
    }
  }
  void do_block(uint64_t offset) {
    Block x, y;
    for (const auto& [block, base] : {std::pair{&x, words_[1]}, std::pair{&y, words_[2]}}) {
      read_memory(base + offset, bytes(*block));
      read_bus_.lock();
      wait_cycles(kBeats);
      read_bus_.unlock();
    }
    const auto factor = static_cast<int16_t>(words_[5]);
    for (size_t i = 0; i < kElements; ++i) {
      const int64_t sum = (int64_t{factor} * x[i] >> words_[6]) + y[i];
      y[i] = static_cast<int16_t>(std::clamp<int64_t>(sum, INT16_MIN, INT16_MAX));
    }
    write_bus_.lock();
    wait_cycles(kBeats);
    write_bus_.unlock();
    write_memory(words_[3] + offset, bytes(y));
  }
  static std::span<uint8_t> bytes(Block& block) {
    return {reinterpret_cast<uint8_t*>(block.data()), sizeof(Block)};
  }

  std::array<uint32_t, 7> words_{};
  bool busy_ = false;
  sc_core::sc_mutex read_bus_, write_bus_;
  sc_core::sc_event started_;
};

}  // namespace

TRIDEX_OWN_MODEL("scale_add", ScaleAddModel)
