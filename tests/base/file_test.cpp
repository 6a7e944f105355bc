#include "base/file.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support/temp_folder.h"

using namespace tridex;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("what is written is read back, bytes and text, and replaces what was there") {
  const test::TempFolder folder;
  const fs::path file = folder.path() / "a.bin";
  std::vector<uint8_t> bytes(100000);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * 31);
  }
  write_file(file, std::span<const uint8_t>(bytes));
  CHECK(read_bytes(file) == bytes);
  write_file(file, std::string_view("short\0text", 10));
  CHECK(read_text(file) == std::string("short\0text", 10));
  write_file(file, std::string_view());
  CHECK(read_text(file).empty());
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) ==
        1);  // no temporary left
  CHECK((fs::status(file).permissions() & fs::perms::others_read) != fs::perms::none);
}

TEST_CASE("files that cannot be read or written are named with the reason") {
  const test::TempFolder folder;
  CHECK_THROWS_WITH(read_text(folder.path() / "none"), Contains("none: no such file"));
  CHECK_THROWS_WITH(read_bytes(folder.path()), Contains("is a folder"));
  CHECK_THROWS_WITH(write_file(folder.path() / "no" / "file", std::string_view("x")),
                    Contains("no/file") && Contains("cannot be written"));
  fs::create_directory(folder.path() / "taken");
  CHECK_THROWS_WITH(write_file(folder.path() / "taken", std::string_view("x")),
                    Contains("cannot be written"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("ensure_folder makes parents, accepts what is there, refuses a file") {
  const test::TempFolder folder;
  const fs::path deep = folder.path() / "a" / "b" / "c";
  ensure_folder(deep);
  ensure_folder(deep);
  CHECK(fs::is_directory(deep));
  CHECK(fs::is_empty(deep));
  const fs::path file = folder.write("f", "x");
  CHECK_THROWS_WITH(ensure_folder(file), Contains("f"));
  CHECK_THROWS_AS(ensure_folder(file / "below"), Error);
}

TEST_CASE("a device is written, not replaced, and a full one is an error") {
  if (!fs::is_character_file("/dev/full")) {
    WARN("skipped: there is no /dev/full");
    return;
  }
  CHECK_THROWS_WITH(write_file("/dev/full", std::string_view("x")), Contains("/dev/full: cannot be written"));
  CHECK(fs::is_character_file("/dev/full"));
  write_file("/dev/null", std::string_view("x"));
  CHECK(fs::is_character_file("/dev/null"));
}
