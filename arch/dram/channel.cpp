#include "arch/dram/channel.h"

#include "arch/dram/channel_model.h"
#include "arch/dram/fr_fcfs_channel.h"

namespace tridex::arch {
namespace {

/// ChannelModel knows a run's end when it is enqueued.
class FcfsChannel : public Channel {
 public:
  explicit FcfsChannel(const DramTiming& timing) : model_(timing) {}

  void enqueue(int64_t id, int64_t arrival, int64_t line, int64_t count, bool write) override {
    const ChannelModel::Span span = model_.access(arrival, line, count, write);
    finished_.push_back({id, span.last_end, span.time});
  }
  void advance(int64_t clock) override { model_.advance(clock); }
  void take_finished(std::vector<Finished>& finished) override {
    finished.insert(finished.end(), finished_.begin(), finished_.end());
    finished_.clear();
  }
  [[nodiscard]] int64_t next_event() const override { return kNever; }
  [[nodiscard]] ChannelCounts counts() override {
    return {model_.accesses(), model_.activates(), model_.activates(), model_.refreshes(), model_.written()};
  }
  void record(std::vector<DramCommand>* trace) override { model_.record(trace); }

 private:
  ChannelModel model_;
  std::vector<Finished> finished_;
};

}  // namespace

std::unique_ptr<Channel> make_channel(const DramTiming& timing) {
  if (timing.controller.kind == DramController::Kind::kFrFcfs) {
    return std::make_unique<FrFcfsChannel>(timing);
  }
  return std::make_unique<FcfsChannel>(timing);
}

}  // namespace tridex::arch
