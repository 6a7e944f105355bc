#include "arch/buffer/port_arbiter.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tridex::arch {
namespace {

constexpr size_t kNobody = ~size_t{0};
constexpr int64_t kOpen = -1;  // has not passed

}  // namespace

size_t PortArbiter::add_user() {
  served_.passed.push_back(0);
  return served_.passed.size() - 1;
}

std::pair<PortArbiter::Job*, int64_t> PortArbiter::Schedule::choose(int64_t until) {
  Job* first = nullptr;
  for (Job& job : open) {
    if (job.release > now) {
      until = std::min(until, job.release);
    } else if (first == nullptr || std::pair(job.due, job.user) < std::pair(first->due, first->user)) {
      first = &job;
    }
  }
  return {first, until};
}

void PortArbiter::Schedule::serve(int64_t until, size_t awaited) {
  while (now < until && !open.empty()) {
    if (next < runs.size() && runs[next].begin <= now) {
      now = std::min(until, runs[next].end);
      next += now == runs[next].end ? 1 : 0;
      continue;
    }
    const auto [job, change] = choose(next < runs.size() ? std::min(until, runs[next].begin) : until);
    if (job == nullptr) {
      now = change;
      continue;
    }
    const int64_t bytes = std::min(job->left, change - now);
    job->left -= bytes;
    now += bytes;
    if (job->left == 0) {
      const size_t user = job->user;
      passed[user] = now;
      *job = open.back();
      open.pop_back();
      if (user == awaited) {
        return;
      }
    }
  }
  if (open.empty() && now < until) {
    now = until;
  }
}

void PortArbiter::advance(int64_t now) {
  if (served_.open.empty()) {
    served_.now = now * width_;
  } else {
    served_.serve(now * width_, kNobody);
  }
  std::vector<Run>& runs = served_.runs;
  while (served_.next < runs.size() && runs[served_.next].end <= served_.now) {
    ++served_.next;
  }
  if (served_.next == runs.size()) {
    runs.clear();
    served_.next = 0;
  } else if (served_.next >= kForget) {
    runs.erase(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(served_.next));
    served_.next = 0;
  }
}

void PortArbiter::begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t bytes) {
  advance(now);
  if (served_.passed[user] == kOpen) {
    throw std::logic_error("a command begins at a buffer before the one before it has passed");
  }
  served_.passed[user] = kOpen;
  served_.open.push_back({user, start * width_, due, bytes});
}

int64_t PortArbiter::passed(size_t user, int64_t now) {
  if (served_.passed[user] == kOpen) {
    advance(now);
  }
  if (served_.passed[user] != kOpen) {
    return cycles(served_.passed[user]);
  }
  ahead_ = served_;
  ahead_.serve(std::numeric_limits<int64_t>::max(), user);
  return cycles(ahead_.passed[user]);
}

int64_t PortArbiter::transfer(int64_t from, int64_t bytes) {
  std::vector<Run>& runs = served_.runs;
  size_t at = runs.size();
  while (at > served_.next && runs[at - 1].from > from) {
    --at;
  }
  int64_t begin = from * width_;
  if (at > served_.next) {
    begin = std::max(begin, runs[at - 1].end);
  }
  const Run run{from, begin, begin + bytes};
  if (at == runs.size()) {
    runs.push_back(run);
    return cycles(run.end);
  }
  runs.insert(runs.begin() + static_cast<std::ptrdiff_t>(at), run);
  for (size_t i = at + 1; i < runs.size() && runs[i].begin < runs[i - 1].end; ++i) {
    const int64_t later = runs[i - 1].end - runs[i].begin;
    runs[i].begin += later;
    runs[i].end += later;
  }
  return cycles(run.end);
}

}  // namespace tridex::arch
