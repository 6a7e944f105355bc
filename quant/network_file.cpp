#include <bit>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/file.h"
#include "quant/network_json.h"

namespace tridex::quant {

using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

namespace {

constexpr const char* kFormat = "tridex-network";
constexpr const char* kVersion = "1";
constexpr size_t kPrefix = 8;  ///< bytes of the header's length

template <typename T>
constexpr const char* kTypeName = nullptr;
template <>
constexpr const char* kTypeName<int8_t> = "I8";
template <>
constexpr const char* kTypeName<int16_t> = "I16";
template <>
constexpr const char* kTypeName<int32_t> = "I32";
template <>
constexpr const char* kTypeName<int64_t> = "I64";
template <>
constexpr const char* kTypeName<double> = "F64";

/// Calls visit(name, vector) for each number vector of a node.
template <typename Node, typename Visit>
void for_each_vector(Node& n, const Visit& visit) {
  visit("scale", n.out.scale);
  visit("zero", n.out.zero);
  visit("mult", n.requant.mult);
  visit("pre", n.requant.pre);
  visit("shift", n.requant.shift);
  visit("weights", n.weights);
  visit("bias", n.bias);
  visit("res_mult", n.res_mult);
  visit("res_shift", n.res_shift);
  visit("six", n.six);
  visit("act_shift", n.act_shift);
  visit("three", n.three);
  for (size_t i = 0; i < n.add_mult.size(); ++i) {
    visit(fmt::format("add_mult.{}", i), n.add_mult[i]);
  }
  visit("den_mult", n.den_mult);
  visit("den_frac", n.den_frac);
  visit("gamma", n.gamma);
  visit("beta", n.beta);
}

/// The tensors of a file: checked to lie one behind the other and to fill the file.
class Tensors {
 public:
  Tensors(const json& header, std::span<const uint8_t> data, std::string file)
      : header_(header), data_(data), file_(std::move(file)) {
    uint64_t bytes = 0;
    size_t count = 0;
    for (const auto& [name, entry] : header.items()) {
      if (name != "__metadata__") {
        bytes += bounds(name, entry).second;
        ++count;
      }
    }
    unread_ = count;
    if (bytes != data.size()) {
      fail("{}: the tensors have {} bytes, the file holds {}", file_, bytes, data.size());
    }
  }

  template <typename T>
  void read(const std::string& name, std::vector<T>& values) {
    const auto found = header_.find(name);
    if (found == header_.end()) {
      values.clear();
      return;
    }
    const auto [first, size] = bounds(name, *found);
    const auto type = found->find("dtype");
    const auto shape = found->find("shape");
    if (type == found->end() || *type != kTypeName<T>) {
      fail("{}: tensor '{}' must have the type {}", file_, name, kTypeName<T>);
    }
    if (size % sizeof(T) != 0 || shape == found->end() || *shape != json::array({size / sizeof(T)})) {
      fail("{}: the shape of tensor '{}' does not fit its {} bytes", file_, name, size);
    }
    values.resize(size / sizeof(T));
    if (size > 0) {
      std::memcpy(values.data(), data_.data() + first, size);
    }
    --unread_;
  }

  void require_all_read() const {
    if (unread_ != 0) {
      fail("{}: {} tensors belong to no node", file_, unread_);
    }
  }

 private:
  /// First byte and size of a tensor.
  [[nodiscard]] std::pair<uint64_t, uint64_t> bounds(const std::string& name, const json& entry) const {
    const json* offsets = nullptr;
    if (entry.is_object() && entry.contains("data_offsets")) {
      offsets = &entry["data_offsets"];
    }
    if (offsets == nullptr || !offsets->is_array() || offsets->size() != 2 ||
        !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
      fail("{}: tensor '{}' has no data_offsets", file_, name);
    }
    const auto first = (*offsets)[0].get<uint64_t>();
    const auto last = (*offsets)[1].get<uint64_t>();
    if (first > last || last > data_.size()) {
      fail("{}: tensor '{}' lies at {} to {}, the data has {} bytes", file_, name, first, last, data_.size());
    }
    return {first, last - first};
  }

  const json& header_;
  std::span<const uint8_t> data_;
  std::string file_;
  size_t unread_ = 0;
};

json parse(std::string_view text, const std::string& file) {
  json value = json::parse(text, nullptr, false);
  if (!value.is_object()) {
    fail("{}: the header is not JSON", file);
  }
  return value;
}

}  // namespace

void save_network(const IntegerGraph& graph, const fs::path& file) {
  check(graph);
  json header;
  std::vector<uint8_t> data;
  for (const IntNode& n : graph.nodes) {
    for_each_vector(n, [&](const std::string& name, const auto& values) {
      if (values.empty()) {
        return;
      }
      using T = typename std::decay_t<decltype(values)>::value_type;
      const size_t first = data.size();
      data.resize(first + values.size() * sizeof(T));
      std::memcpy(data.data() + first, values.data(), values.size() * sizeof(T));
      header[fmt::format("{}.{}", n.id, name)] = {
          {"dtype", kTypeName<T>}, {"shape", {values.size()}}, {"data_offsets", {first, data.size()}}};
    });
  }
  header["__metadata__"] = {
      {"format", kFormat}, {"version", kVersion}, {"network", network_to_json(graph).dump()}};
  std::string text = header.dump();
  text.append((kPrefix - text.size() % kPrefix) % kPrefix, ' ');  // tensors begin at a multiple of 8
  std::vector<uint8_t> content(kPrefix);
  const uint64_t size = text.size();
  std::memcpy(content.data(), &size, kPrefix);
  content.insert(content.end(), text.begin(), text.end());
  content.insert(content.end(), data.begin(), data.end());
  write_file(file, std::span<const uint8_t>(content));
}

IntegerGraph load_network(const fs::path& file) {
  const std::string name = file.string();
  const std::vector<uint8_t> content = read_bytes(file);
  uint64_t size = 0;
  if (content.size() >= kPrefix) {
    std::memcpy(&size, content.data(), kPrefix);
  }
  if (content.size() < kPrefix || size > content.size() - kPrefix) {
    fail("{}: this is not a network file, or it was cut short", name);
  }
  const auto* text = reinterpret_cast<const char*>(content.data() + kPrefix);
  const json header = parse({text, size}, name);
  const auto metadata = header.find("__metadata__");
  const auto word = [&](const char* key) -> std::string {
    const bool found = metadata != header.end() && metadata->is_object() && metadata->contains(key) &&
                       (*metadata)[key].is_string();
    return found ? (*metadata)[key].get<std::string>() : "";
  };
  if (word("format") != kFormat) {
    fail("{}: this is not a network that 'tridex quantize' wrote", name);
  }
  if (word("version") != kVersion) {
    fail("{}: the file has version '{}', this program reads version {}", name, word("version"), kVersion);
  }
  try {
    IntegerGraph graph = network_from_json(parse(word("network"), name));
    Tensors tensors(header, std::span(content).subspan(kPrefix + size), name);
    for (IntNode& n : graph.nodes) {
      if (n.op == IntOp::kAdd && graph.has_weights) {
        n.add_mult.resize(n.inputs.size());
      }
      for_each_vector(n, [&](const std::string& vector, auto& values) {
        tensors.read(fmt::format("{}.{}", n.id, vector), values);
      });
    }
    tensors.require_all_read();
    check(graph);
    return graph;
  } catch (const Error& error) {
    const std::string what = error.what();
    fail("{}{}", what.rfind(name, 0) == 0 ? "" : name + ": ", what);
  }
}

}  // namespace tridex::quant
