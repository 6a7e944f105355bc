#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tridex::app {

/// The hidden first argument with which a shell's script asks what could stand next; the words follow, the
/// last one as far as it is typed.
constexpr const char* kCompleteWords = "__complete";

/// What could stand in the place of the last of `words` (the command line without the program's name):
/// subcommands, options, names of presets, values. Empty where a file is expected, or nothing is known. All
/// of it comes from `app`, configs/ and the registries.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace tridex::app
