// Reader of the safetensors format: 8 bytes of header length (little-endian), a JSON header, then the
// tensors' bytes.
#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "models/float_format.h"
#include "models/weights.h"

namespace tridex::models {

namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit

/// One entry of the header.
struct Entry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> dims;
  uint64_t begin = 0, end = 0;
};

std::optional<uint64_t> dtype_size(const std::string& dtype) {
  static const std::map<std::string, uint64_t> sizes = {
      {"F64", 8},  {"I64", 8}, {"U64", 8}, {"F32", 4}, {"I32", 4}, {"U32", 4}, {"F16", 2},
      {"BF16", 2}, {"I16", 2}, {"U16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

std::optional<FloatFormat> float_format(const std::string& dtype) {
  static const std::map<std::string, FloatFormat> formats = {{"F16", FloatFormat::kF16},
                                                             {"BF16", FloatFormat::kBF16},
                                                             {"F32", FloatFormat::kF32},
                                                             {"F64", FloatFormat::kF64}};
  const auto found = formats.find(dtype);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::filesystem::path& file)
      : name_(file.string()), bytes_(read_bytes(file)) {}
  Weights read();

 private:
  template <typename... Args>
  [[noreturn]] void broken(fmt::format_string<Args...> text, Args&&... args) const {
    fail("{}: not a valid safetensors file: {}", name_, fmt::format(text, std::forward<Args>(args)...));
  }
  Json parse_header(uint64_t length) const;
  Entry parse_entry(const std::string& tensor, const Json& value, uint64_t data_size) const;
  void check_coverage(std::vector<Entry> entries, uint64_t data_size) const;
  Tensor decode(const Entry& entry, FloatFormat format, const uint8_t* data) const;

  std::string name_;
  std::vector<uint8_t> bytes_;
};

Json SafetensorsReader::parse_header(uint64_t length) const {
  const auto begin = bytes_.begin() + 8;
  std::set<std::string> names;
  std::string doubled;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key && !names.insert(parsed.get<std::string>()).second) {
      doubled = parsed.get<std::string>();
    }
    return true;
  };
  Json header;
  try {
    header = Json::parse(begin, begin + static_cast<std::ptrdiff_t>(length), watch);
  } catch (const Json::exception& error) {
    broken("its header is not JSON ({})", error.what());
  }
  if (!header.is_object()) {
    broken("its header is not a JSON object");
  }
  if (!doubled.empty()) {
    broken("tensor '{}' is listed twice", doubled);
  }
  return header;
}

Entry SafetensorsReader::parse_entry(const std::string& tensor, const Json& value, uint64_t data_size) const {
  Entry entry;
  entry.name = tensor;
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    broken("tensor '{}' lacks dtype, shape or data_offsets", tensor);
  }
  if (!value["dtype"].is_string()) {
    broken("tensor '{}': dtype is not a word", tensor);
  }
  entry.dtype = value["dtype"].get<std::string>();
  const auto size = dtype_size(entry.dtype);
  if (!size) {
    broken("tensor '{}': unknown dtype '{}'", tensor, entry.dtype);
  }
  const Json& shape = value["shape"];
  if (!shape.is_array() || shape.size() > kMaxDims) {
    broken("tensor '{}': shape is not a list of at most {} sizes", tensor, kMaxDims);
  }
  uint64_t count = 1;
  for (const Json& dim : shape) {
    if (!dim.is_number_unsigned() || dim.get<uint64_t>() > data_size + 1) {
      broken("tensor '{}': {} is not a size of a tensor in {} bytes", tensor, dim.dump(), data_size);
    }
    entry.dims.push_back(dim.get<int64_t>());
    if (__builtin_mul_overflow(count, dim.get<uint64_t>(), &count)) {
      broken("tensor '{}': its shape overflows", tensor);
    }
  }
  const Json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    broken("tensor '{}': data_offsets is not a pair of byte offsets", tensor);
  }
  entry.begin = offsets[0].get<uint64_t>();
  entry.end = offsets[1].get<uint64_t>();
  if (entry.begin > entry.end || entry.end > data_size) {
    broken("tensor '{}': bytes {} to {} are outside the file's {} data bytes (is it cut off?)", tensor,
           entry.begin, entry.end, data_size);
  }
  uint64_t needed = 0;
  if (__builtin_mul_overflow(count, *size, &needed) || needed != entry.end - entry.begin) {
    broken("tensor '{}': {} values of {} do not fill bytes {} to {}", tensor, count, entry.dtype, entry.begin,
           entry.end);
  }
  return entry;
}

void SafetensorsReader::check_coverage(std::vector<Entry> entries, uint64_t data_size) const {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < end) {
      broken("tensor '{}' overlaps the one before it", entry.name);
    }
    if (entry.begin > end) {
      broken("bytes {} to {} before tensor '{}' belong to no tensor", end, entry.begin, entry.name);
    }
    end = entry.end;
  }
  if (end != data_size) {
    broken("{} bytes at its end belong to no tensor", data_size - end);
  }
}

Tensor SafetensorsReader::decode(const Entry& entry, FloatFormat format, const uint8_t* data) const {
  Tensor tensor;
  tensor.dims = entry.dims;
  tensor.data.resize((entry.end - entry.begin) / size_of(format));
  load_floats(format, data + entry.begin, tensor.data.size(), tensor.data.data());
  return tensor;
}

Weights SafetensorsReader::read() {
  if (bytes_.size() < 8) {
    broken("it has {} bytes, fewer than its header's length takes", bytes_.size());
  }
  static_assert(std::endian::native == std::endian::little);
  uint64_t length = 0;
  std::memcpy(&length, bytes_.data(), sizeof length);
  if (length > kMaxHeader || length > bytes_.size() - 8) {
    broken("its header would take {} bytes of the file's {}", length, bytes_.size());
  }
  const Json header = parse_header(length);
  const uint64_t data_size = bytes_.size() - 8 - length;
  std::vector<Entry> entries;
  for (const auto& [tensor, value] : header.items()) {
    if (tensor != "__metadata__") {
      entries.push_back(parse_entry(tensor, value, data_size));
    }
  }
  check_coverage(entries, data_size);
  Weights weights;
  for (const Entry& entry : entries) {
    if (is_batch_counter(entry.name)) {
      continue;
    }
    const auto format = float_format(entry.dtype);
    if (!format) {
      fail("{}: tensor '{}' is {}, expected F32, F16, BF16 or F64", name_, entry.name, entry.dtype);
    }
    weights.emplace(entry.name, decode(entry, *format, bytes_.data() + 8 + length));
  }
  return weights;
}

}  // namespace

Weights read_safetensors(const std::filesystem::path& file) {
  return SafetensorsReader(file).read();
}

}  // namespace tridex::models
