#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "explore/store/process_identity.h"
#include "explore/store/store.h"
#include "support/random.h"
#include "support/temp_folder.h"

using namespace tridex::explore;
using tridex::test::TempFolder;

namespace {

PointRow point(const std::string& hash, const std::string& status = "ok") {
  PointRow row;
  row.hash = hash;
  row.status = status;
  return row;
}

/// A process that runs `function`, says so through a pipe, and waits to be killed.
class Child {
 public:
  template <typename Function>
  explicit Child(Function&& function) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      function();
      static_cast<void>(!::write(ends[1], "x", 1));
      for (;;) {
        ::pause();
      }
    }
    char ready = 0;
    REQUIRE(::read(ends[0], &ready, 1) == 1);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  void wait() const { ::waitpid(pid_, nullptr, 0); }

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("a point is claimed by one store, until its row is there or the store is closed") {
  const TempFolder folder;
  const auto file = folder.path() / "store.sqlite";
  Store second(file);
  {
    Store first(file);
    CHECK(first.claim("a", false) == Claim::kMine);
    CHECK(first.claim("b", false) == Claim::kMine);
    CHECK(second.claim("a", false) == Claim::kTaken);
    CHECK(second.claim("c", false) == Claim::kMine);
    CHECK(first.claim("c", false) == Claim::kTaken);
    first.put(point("a"));
    CHECK(second.claim("a", false) == Claim::kDone);
    CHECK(first.claim("a", false) == Claim::kDone);
    CHECK(second.claim("b", false) == Claim::kTaken);
  }
  CHECK(second.claim("b", false) == Claim::kMine);
}

TEST_CASE("a failed point can be claimed where failed points run again") {
  const TempFolder folder;
  Store store(folder.path() / "store.sqlite");
  store.put(point("a", "timeout"));
  CHECK(store.claim("a", false) == Claim::kDone);
  CHECK(store.claim("a", true) == Claim::kMine);
  store.put(point("a"));
  CHECK(store.claim("a", true) == Claim::kDone);
}

TEST_CASE("claims end with their process, also while nobody has waited for it") {
  const TempFolder folder;
  const auto file = folder.path() / "store.sqlite";
  Store store(file);
  const Child child([&] {
    static Store own(file);
    own.claim("a", false);
  });
  CHECK(store.claim("a", false) == Claim::kTaken);
  child.kill();
  Claim claim = Claim::kTaken;
  for (int i = 0; i < 150000 && claim == Claim::kTaken; ++i) {
    ::usleep(1000);  // a signal takes its time
    claim = store.claim("a", false);
  }
  CHECK(claim == Claim::kMine);
  child.wait();
}

TEST_CASE("a process is known by more than its number") {
  const std::string own = process_identity();
  CHECK(is_running(own));
  CHECK_FALSE(is_running(own + "0"));  // a later process of that number
  CHECK_FALSE(is_running("x" + own));  // before the last boot
  CHECK_FALSE(is_running(own.substr(0, own.find(' ')) + " 1 1 1"));
  CHECK_FALSE(is_running(""));
}

TEST_CASE("processes that run the same points at the same time run each once") {
  constexpr size_t kPoints = 200, kProcesses = 4;
  tridex::test::Random random("store_claims_test");
  const TempFolder folder;
  const auto file = folder.path() / "store.sqlite";
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::vector<pid_t> children;
  for (size_t p = 0; p < kProcesses; ++p) {
    std::vector<int> order(kPoints);
    std::iota(order.begin(), order.end(), 0);
    if (p >= kProcesses / 2) {  // the others go through the same points side by side
      std::shuffle(order.begin(), order.end(),
                   std::mt19937(static_cast<unsigned>(random.integer(0, 1 << 30))));
    }
    children.push_back(::fork());
    if (children.back() == 0) {
      try {
        Store store(file);
        for (const int i : order) {
          if (store.claim(std::to_string(i), false) == Claim::kMine) {
            static_cast<void>(!::write(ends[1], "r", 1));  // a run
            ::usleep(500);                                 // in which others ask for the same point
            store.put(point(std::to_string(i)));
          }
        }
      } catch (const std::exception&) {
        ::_exit(1);
      }
      ::_exit(0);
    }
  }
  ::close(ends[1]);
  size_t runs = 0;
  for (char c = 0; ::read(ends[0], &c, 1) == 1;) {
    ++runs;
  }
  ::close(ends[0]);
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(runs == kPoints);
  CHECK(Store(file).size() == kPoints);
}
