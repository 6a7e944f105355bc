#include "torch_builder.h"

#include <fmt/format.h>

namespace tridex::test {

namespace {

uint32_t crc32(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
    }
  }
  return ~crc;
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string all;
  for (const std::string& part : parts) {
    all += part;
  }
  return all;
}

}  // namespace

std::string little(uint64_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) {
    bytes += static_cast<char>(i < 8 ? number >> (8 * i) : 0);
  }
  return bytes;
}

std::string make_zip(const std::vector<ZipEntry>& entries) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const auto size = entry.claimed < 0 ? entry.content.size() : static_cast<uint64_t>(entry.claimed);
    const bool large = size > 0xfffffffe;
    // Zip64: the size that has no room in the header follows the name.
    const std::string extra =
        large ? little(1, 2) + little(16, 2) + little(size, 8) + little(entry.content.size(), 8) : "";
    const std::string common =
        little(large ? 45 : 20, 2) + little(entry.flags, 2) + little(entry.method, 2) + little(0, 4) +
        little(crc32(entry.content), 4) + little(large ? 0xffffffff : entry.content.size(), 4) +
        little(large ? 0xffffffff : size, 4) + little(entry.name.size(), 2) + little(extra.size(), 2);
    directory += "PK\x01\x02" + little(45, 2) + common + little(0, 2 + 2 + 2 + 4) + little(file.size(), 4) +
                 entry.name + extra;
    file += "PK\x03\x04" + common + entry.name + extra + entry.content;
  }
  const std::string count = little(entries.size(), 2);
  return file + directory + "PK\x05\x06" + little(0, 4) + count + count + little(directory.size(), 4) +
         little(file.size(), 4) + little(0, 2);
}

std::string make_torch_file(const std::string& pickle, const std::vector<std::string>& storages) {
  std::vector<ZipEntry> entries{{"archive/data.pkl", pickle}};
  for (size_t i = 0; i < storages.size(); ++i) {
    entries.push_back({"archive/data/" + std::to_string(i), storages[i]});
  }
  entries.push_back({"archive/version", "3\n"});
  return make_zip(entries);
}

std::string pickle(const std::string& value) {
  return "\x80\x02" + value + ".";
}

std::string p_global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

std::string p_text(const std::string& text) {
  return fmt::format("X{}{}", little(text.size(), 4), text);
}

std::string p_int(int64_t number) {
  return "\x8a\x08" + little(static_cast<uint64_t>(number), 8);
}

std::string p_tuple(std::initializer_list<std::string> items) {
  return fmt::format("({}t", joined(items));
}

std::string p_dict(std::initializer_list<std::string> keys_and_values) {
  return fmt::format("}}({}u", joined(keys_and_values));
}

std::string p_ints(std::initializer_list<int64_t> numbers) {
  std::string items = "(";
  for (const int64_t number : numbers) {
    items += p_int(number);
  }
  return items + "t";
}

std::string p_storage(const std::string& type, const std::string& key, int64_t elements) {
  return p_tuple({p_text("storage"), p_global("torch", type), p_text(key), p_text("cpu"), p_int(elements)}) +
         "Q";
}

std::string p_tensor(const std::string& storage, int64_t offset, const std::string& size,
                     const std::string& stride) {
  return p_global("torch._utils", "_rebuild_tensor_v2") +
         p_tuple({storage, p_int(offset), size, stride, "\x89", "}"}) + "R";
}

}  // namespace tridex::test
