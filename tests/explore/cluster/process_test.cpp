#include "explore/cluster/process.h"

#include <catch2/catch.hpp>

#include "explore/cluster/slurm.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

TEST_CASE("a process: both outputs, however long, and how it ended") {
  const ProcessEnd end = run_process(
      {"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 200000 /dev/zero; exit 3"});
  CHECK(end.status == 3);
  CHECK(end.err == std::string(300'000, 'e'));
  CHECK(end.out == std::string(200'000, '\0'));
  CHECK(run_process({"cat"}).out.empty());
  CHECK(run_process({"sh", "-c", "kill -9 $$"}).status == 128 + 9);
  CHECK_THROWS_WITH(run_process({"no-such-program"}), Contains("no-such-program: cannot be started"));
}

TEST_CASE("a quoted word is one word for a shell") {
  for (const std::string word : {"", "a b", "a=b", "~", "it's", "$HOME `x` \\ \"q\" *", "-n\nline"}) {
    CHECK(run_process({"sh", "-c", "printf %s " + shell_quoted(word)}).out == word);
    CHECK(shell_quoted(word) != word);
  }
  CHECK(shell_quoted("out/a-b_1.tdx") == "out/a-b_1.tdx");
}

TEST_CASE("tasks as ranges") {
  CHECK(array_ranges({1}) == "1");
  CHECK(array_ranges({1, 2, 3, 7}) == "1-3,7");
  CHECK(array_ranges({1, 3, 4}) == "1,3-4");
}
