#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/registry.h"

namespace tridex::explore {

/// A kind of YAML file and how it is validated. A kind is known by its registration: an Entry at namespace
/// scope beside its reader, as any other registered thing.
struct FileKind {
  std::string folder;             ///< its folder in configs/; empty: none
  std::vector<std::string> keys;  ///< of its top level, those that tell it from other kinds among them
  /// What is in the file ("36 points of 2 networks"), or nothing. Error: what is wrong, file:line: key.
  std::function<std::string(const std::filesystem::path&)> check;
  std::string base = "";  ///< a kind whose keys a file may have beside one at least of `keys`; empty: none
};
using FileKinds = Registry<FileKind>;

/// What kind of file it is: by the folder that it is in, else that with most of the file's keys. Error: no
/// YAML, no map, or none or several kinds have as many keys.
std::string kind_of_file(const std::filesystem::path& file);
/// Reads the file as `tridex` would before it runs anything, and all files that it names; gives what the
/// kind's check does. Error: what is wrong; an unknown kind.
std::string check_file(const std::filesystem::path& file, const std::string& kind);

}  // namespace tridex::explore
