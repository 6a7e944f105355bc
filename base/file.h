#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tridex {

/// Whole file. Error: names the file and the reason.
std::vector<uint8_t> read_bytes(const std::filesystem::path& file);
std::string read_text(const std::filesystem::path& file);

/// Writes to a temporary name beside `file`, syncs, and renames: a reader sees the old file or the whole new
/// one, also when the disk is full or the process dies. Error: names the file and the reason; the temporary
/// file is removed.
/// What is not a regular file (a device, a pipe) is written as it stands, never replaced.
void write_file(const std::filesystem::path& file, std::string_view content);
void write_file(const std::filesystem::path& file, std::span<const uint8_t> content);

/// Makes the folder (and its parents) if it is not there, and checks that files can be made in it.
void ensure_folder(const std::filesystem::path& folder);

}  // namespace tridex
