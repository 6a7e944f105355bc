#include <fmt/format.h>

#include <atomic>

#include "base/error.h"
#include "explore/store/process_identity.h"
#include "explore/store/store_statement.h"

namespace tridex::explore {

Claim Store::claim(const std::string& hash, bool only_ok) {
  if (process_.empty()) {
    static std::atomic<int> stores{0};  // two of one process are two that claim
    process_ = fmt::format("{} {}", process_identity(), ++stores);
  }
  Claim result = Claim::kMine;
  transaction([&] {
    Statement row(*this, only_ok ? "SELECT 1 FROM points WHERE hash = ? AND status = 'ok'"
                                 : "SELECT 1 FROM points WHERE hash = ?");
    if (row.text(hash).step()) {
      result = Claim::kDone;
      return;
    }
    Statement other(*this, "SELECT process FROM claims WHERE hash = ?");
    if (other.text(hash).step()) {
      const std::string process = other.text();
      if (process != process_ && is_running(process.substr(0, process.rfind(' ')))) {
        result = Claim::kTaken;
        return;
      }
    }
    Statement(*this, "INSERT OR REPLACE INTO claims VALUES (?, ?)").text(hash).text(process_).step();
    ++claims_;
  });
  return result;
}

void Store::give_back_claims() const {
  if (claims_ == 0) {
    return;
  }
  try {
    Statement(*this, "DELETE FROM claims WHERE process = ?").text(process_).step();
  } catch (const Error&) {  // they end with this process in any case
  }
}

}  // namespace tridex::explore
