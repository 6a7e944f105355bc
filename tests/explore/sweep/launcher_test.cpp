#include "explore/sweep/launcher.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/hash.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

TEST_CASE("every point is in exactly one shard") {
  std::vector<int> sizes(5);
  for (int i = 0; i < 500; ++i) {
    const std::string hash = content_hash(std::to_string(i));
    int found = 0;
    for (int k = 1; k <= 5; ++k) {
      const bool has = Shard{k, 5}.has(hash);
      found += has;
      sizes[static_cast<size_t>(k - 1)] += has;
    }
    REQUIRE(found == 1);
  }
  for (const int size : sizes) {
    CHECK(size > 50);
  }
}

TEST_CASE("a shard is k/n") {
  CHECK(shard_by_name("2/8").k == 2);
  CHECK(shard_by_name("8/8").n == 8);
  for (const char* text : {"", "1", "0/4", "5/4", "1/0", "-1/4", "1/4x", "a/b", "1/"}) {
    CHECK_THROWS_WITH(shard_by_name(text), Contains("expected k/n"));
  }
}

TEST_CASE("every launcher's file has registered it, and an unknown one lists them") {
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TRIDEX_SOURCE_DIR "/explore")) {
    const std::string stem = entry.path().stem();
    files += entry.path().extension() == ".cpp" && stem.ends_with("_launcher");
  }
  CHECK(files == Launchers::names().size());
  CHECK_THROWS_WITH(Launchers::make("slrum", "launcher"), Contains("unknown launcher 'slrum'") &&
                                                              Contains("did you mean 'slurm'?") &&
                                                              Contains("local"));
}
