#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace tridex {
namespace {

template <typename Container>
Container read_all(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) {
    fail("{}: no such file", file.string());
  }
  if (std::filesystem::is_directory(file, code)) {
    fail("{}: is a folder, expected a file", file.string());
  }
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) {
    fail("{}: cannot be read: {}", file.string(), std::strerror(errno));
  }
  const auto size = static_cast<std::streamoff>(in.tellg());
  if (size < 0) {
    fail("{}: cannot be read", file.string());
  }
  Container content(static_cast<size_t>(size), 0);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(content.data()), size);
  if (in.gcount() != size) {
    fail("{}: read {} of {} bytes", file.string(), in.gcount(), size);
  }
  return content;
}

}  // namespace

std::vector<uint8_t> read_bytes(const std::filesystem::path& file) {
  return read_all<std::vector<uint8_t>>(file);
}
std::string read_text(const std::filesystem::path& file) {
  return read_all<std::string>(file);
}

void write_file(const std::filesystem::path& file, std::string_view content) {
  write_file(file, std::span(reinterpret_cast<const uint8_t*>(content.data()), content.size()));
}

void write_file(const std::filesystem::path& file, std::span<const uint8_t> content) {
  std::error_code none;
  const auto status = std::filesystem::status(file, none);
  const bool device = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
  std::string name = device ? file.string() : file.string() + ".tmp-XXXXXX";
  const int fd = device ? ::open(name.c_str(), O_WRONLY | O_CLOEXEC) : ::mkstemp(name.data());
  const auto give_up = [&](const char* what) {
    const int reason = errno;
    if (fd >= 0) {
      ::close(fd);
    }
    if (fd >= 0 && !device) {
      ::unlink(name.c_str());
    }
    fail("{}: cannot be written: {}: {}", file.string(), what, std::strerror(reason));
  };
  if (fd < 0) {
    give_up("open");
  }
  for (size_t done = 0; done < content.size();) {
    const ssize_t count = ::write(fd, content.data() + done, content.size() - done);
    if (count < 0 && errno != EINTR) {
      give_up("write");
    }
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
  if (device) {
    ::close(fd);
    return;
  }
  ::fchmod(fd, 0644);
  if (::fsync(fd) != 0 && errno != EINVAL && errno != EROFS) {
    give_up("sync");
  }
  if (::rename(name.c_str(), file.c_str()) != 0) {
    give_up("rename");
  }
  ::close(fd);
}

void ensure_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code || !std::filesystem::is_directory(folder)) {
    fail("{}: cannot be made as a folder: {}", folder.string(),
         code ? code.message() : "a file of that name is there");
  }
  std::string probe = (folder / ".probe-XXXXXX").string();
  const int fd = ::mkstemp(probe.data());
  if (fd < 0) {
    fail("{}: the folder cannot be written: {}", folder.string(), std::strerror(errno));
  }
  ::close(fd);
  ::unlink(probe.c_str());
}

}  // namespace tridex
