#pragma once
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "support/skip.h"

namespace tridex::test {

/// The folder of weights, images and reference outputs that are not in the tree: $TRIDEX_DATA, or else
/// `shared` beside the source tree. It need not exist.
inline std::filesystem::path shared_folder(const std::filesystem::path& source_folder) {
  const char* named = std::getenv("TRIDEX_DATA");
  return named != nullptr && *named != '\0' ? std::filesystem::path(named)
                                            : source_folder.parent_path() / "shared";
}

/// The file or folder `name` below shared_folder(). Where it is absent: says so, counts the running test case
/// as skipped, and returns an empty path. Call it once a test case, before anything that could fail.
inline std::filesystem::path find_shared(const std::filesystem::path& source_folder,
                                         const std::string& name) {
  const std::filesystem::path folder = shared_folder(source_folder);
  std::error_code ignored;
  if (std::filesystem::exists(folder / name, ignored)) {
    ::setenv("TRIDEX_DATA", folder.c_str(), 0);  // data set files look there too
    return folder / name;
  }
  WARN("skipped: there is no '" << name << "' in " << folder.string()
                                << "; set TRIDEX_DATA to the folder that holds data/ and reference/");
  ++skipped_cases();
  return {};
}

}  // namespace tridex::test

/// Declares `variable`, the path of the shared file or folder `name`, or leaves the test case as skipped.
#define TRIDEX_SHARED_OR_SKIP(variable, name)                                                    \
  const ::std::filesystem::path variable = ::tridex::test::find_shared(TRIDEX_SOURCE_DIR, name); \
  if (variable.empty()) {                                                                        \
    return;                                                                                      \
  }                                                                                              \
  static_cast<void>(0)
