#include "base/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

using namespace tridex;

TEST_CASE("every index once, with any number of threads") {
  for (const unsigned threads : {0U, 1U, 2U, 7U, 64U}) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{5}, size_t{1000}}) {
      std::vector<std::atomic<int>> seen(count);
      parallel_for(count, threads, [&](size_t i) { ++seen[i]; });
      for (const auto& times : seen) {
        REQUIRE(times == 1);
      }
    }
  }
  CHECK(default_threads() >= 1);
}

TEST_CASE("an exception comes back to the caller after all threads have stopped") {
  for (const unsigned threads : {1U, 4U}) {
    std::atomic<int> running{0};
    std::atomic<int> done{0};
    CHECK_THROWS_WITH(parallel_for(100000, threads,
                                   [&](size_t i) {
                                     ++running;
                                     if (i == 10) {
                                       --running;
                                       throw std::runtime_error("ten");
                                     }
                                     --running;
                                     ++done;
                                   }),
                      "ten");
    CHECK(running == 0);
    CHECK(done < 100000);
  }
}
