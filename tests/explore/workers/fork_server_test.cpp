#include "explore/workers/fork_server.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"

using nlohmann::json;
using tridex::explore::ForkServer;
using tridex::explore::Outcome;
using Status = Outcome::Status;

namespace {

int held = 0;

std::string work(const json& request, const ForkServer::Progress& progress) {
  const auto what = request.at("what").get<std::string>();
  if (what == "crash") {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would turn it into an exit
    ::raise(SIGSEGV);
  } else if (what == "hang") {
    ::pause();
  } else if (what == "leave") {
    ::_exit(3);
  } else if (what == "error") {
    tridex::fail("layer {}: no tile fits", 7);
  } else if (what == "defect") {
    REQUIRE(::write(STDERR_FILENO, "before the defect\n", 18) == 18);
    throw std::logic_error("index");
  } else if (what == "threads") {
    int sum = 0;
    std::thread([&] { sum = 42; }).join();
    return std::to_string(sum);
  } else if (what == "progress") {
    progress(1);
    progress(2);
  } else if (what == "large") {
    return std::string(3'000'000, 'x');
  }
  return std::to_string(held + request.value("add", 0));
}

Outcome outcome_of(ForkServer& server, const json& request, double timeout = 0) {
  const int id = server.start(request, timeout);
  while (true) {
    const auto event = server.wait(10);
    if (event && !event->progress) {
      REQUIRE(event->id == id);
      return event->outcome;
    }
  }
}

ForkServer::Handlers handlers() {
  return {work, [](const json& request) {
            held = request.get<int>();
            return std::to_string(held);
          }};
}

}  // namespace

TEST_CASE("whatever a child does, it is an outcome and the next one runs") {
  ForkServer server(handlers());
  const auto crash = outcome_of(server, {{"what", "crash"}});
  CHECK(crash.status == Status::kCrash);
  CHECK(crash.reason.find("signal 11") == 0);
  const auto left = outcome_of(server, {{"what", "leave"}});
  CHECK(left.status == Status::kCrash);
  CHECK(left.reason == "left with status 3 and no result");
  const auto defect = outcome_of(server, {{"what", "defect"}});
  CHECK(defect.status == Status::kCrash);
  CHECK(defect.reason == "internal error: index");
  CHECK(defect.log == "before the defect\n");
  const auto error = outcome_of(server, {{"what", "error"}});
  CHECK(error.status == Status::kError);
  CHECK(error.reason == "layer 7: no tile fits");
  const auto start = std::chrono::steady_clock::now();
  const auto hang = outcome_of(server, {{"what", "hang"}}, 0.2);
  CHECK(hang.status == Status::kTimeout);
  CHECK(hang.reason == "no result within 0.2 s");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  const auto fine = outcome_of(server, {{"what", "value"}, {"add", 5}});
  CHECK(fine.status == Status::kOk);
  CHECK(fine.result == "5");
}

TEST_CASE("a child may start threads and give a large result") {
  ForkServer server(handlers());
  CHECK(outcome_of(server, {{"what", "threads"}}).result == "42");
  CHECK(outcome_of(server, {{"what", "large"}}).result.size() == 3'000'000);
}

TEST_CASE("what the server holds, every child has, and its owner has not") {
  ForkServer server(handlers());
  server.hold(30);
  REQUIRE(server.wait(10)->outcome.result == "30");
  CHECK(outcome_of(server, {{"what", "value"}, {"add", 1}}).result == "31");
  CHECK(held == 0);
}

TEST_CASE("many children at a time, each answered once, with progress before its end") {
  ForkServer server(handlers());
  std::set<int> open;
  for (int i = 0; i < 40; ++i) {
    open.insert(server.start({{"what", "progress"}, {"add", i}}, 30));
  }
  int progress = 0;
  while (!open.empty()) {
    const auto event = server.wait(10);
    REQUIRE(event);
    if (event->progress) {
      REQUIRE(open.count(event->id) == 1);
      ++progress;
    } else {
      REQUIRE(open.erase(event->id) == 1);
      CHECK(event->outcome.status == Status::kOk);
    }
  }
  CHECK(progress == 80);
}

TEST_CASE("a server that goes takes its children along") {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  {
    ForkServer server({[&](const json&, const ForkServer::Progress& progress) -> std::string {
                         progress(0);
                         ::pause();
                         return {};
                       },
                       {}});
    server.start({{"what", "hang"}}, 0);
    REQUIRE(server.wait(10)->progress);
  }
  // The child held the pipe's writing end; its end is the pipe's.
  ::close(pipe[1]);
  char byte = 0;
  CHECK(::read(pipe[0], &byte, 1) == 0);
  ::close(pipe[0]);
}
