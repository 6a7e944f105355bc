#include "arch/buffer/port_arbiter.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tridex::arch {
namespace {

constexpr size_t kForget = 64;  // runs that have passed are kept until they are worth a move

}  // namespace

size_t PortArbiter::add_user() {
  served_.jobs.emplace_back();
  return served_.jobs.size() - 1;
}

void PortArbiter::Schedule::serve(int64_t until, const Job* awaited) {
  while (now < until && (awaited == nullptr || awaited->left > 0)) {
    int64_t change = until;  // what comes may go before what is served
    if (next < runs.size()) {
      Run& run = runs[next];
      if (run.release <= now) {
        const int64_t bytes = std::min(run.left, until - now);
        run.left -= bytes;
        now += bytes;
        next += run.left == 0 ? 1 : 0;
        continue;
      }
      change = std::min(change, run.release);
    }
    Job* first = nullptr;
    for (Job& job : jobs) {
      if (job.left > 0 && job.release > now) {
        change = std::min(change, job.release);
      } else if (job.left > 0 && (first == nullptr || job.due < first->due)) {
        first = &job;
      }
    }
    if (first == nullptr) {
      now = change;
      continue;
    }
    const int64_t bytes = std::min(first->left, change - now);
    first->left -= bytes;
    now += bytes;
    if (first->left == 0) {
      first->passed = now;
    }
  }
}

void PortArbiter::advance(int64_t now) {
  served_.serve(now * width_);
  if (served_.next == served_.runs.size() || served_.next >= kForget) {
    served_.runs.erase(served_.runs.begin(),
                       served_.runs.begin() + static_cast<std::ptrdiff_t>(served_.next));
    served_.next = 0;
  }
}

bool PortArbiter::alone(size_t user) const {
  if (!served_.runs.empty()) {
    return false;
  }
  for (size_t i = 0; i < served_.jobs.size(); ++i) {
    if (i != user && served_.jobs[i].left > 0) {
      return false;
    }
  }
  return true;
}

void PortArbiter::begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t bytes) {
  advance(now);
  Job& job = served_.jobs[user];
  if (job.left > 0) {
    throw std::logic_error("a command begins at a buffer before the one before it has passed");
  }
  job = {start * width_, due, bytes, start * width_};
}

int64_t PortArbiter::passed(size_t user, int64_t now) {
  advance(now);
  const Job& job = served_.jobs[user];
  if (job.left == 0) {
    return cycles(job.passed);
  }
  if (alone(user)) {
    return cycles(std::max(served_.now, job.release) + job.left);
  }
  ahead_ = served_;
  ahead_.serve(std::numeric_limits<int64_t>::max(), &ahead_.jobs[user]);
  return cycles(ahead_.jobs[user].passed);
}

int64_t PortArbiter::transfer(int64_t now, int64_t due, int64_t bytes) {
  advance(now);
  const Run run{std::max(now * width_, due * width_ - bytes), bytes};
  std::vector<Run>& runs = served_.runs;
  const auto at = std::upper_bound(runs.begin() + static_cast<std::ptrdiff_t>(served_.next), runs.end(), run,
                                   [](const Run& a, const Run& b) { return a.release < b.release; });
  const auto index = static_cast<size_t>(at - runs.begin());
  runs.insert(at, run);
  int64_t end = served_.now;
  for (size_t i = served_.next; i <= index; ++i) {
    end = std::max(end, runs[i].release) + runs[i].left;
  }
  return cycles(end);
}

}  // namespace tridex::arch
