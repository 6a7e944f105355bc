#include "models/torch_file.h"

#include <array>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/names.h"
#include "models/float_format.h"
#include "models/pickle.h"
#include "models/zip_archive.h"

namespace tridex::models {

namespace {

using Kind = PickleValue::Kind;

constexpr int kMaxWrappings = 4;  // of a tensor: Parameter, and a subclass with a state

/// Where a tensor's values lie: in elements of a storage, which is an entry of the zip.
struct View {
  std::string storage;
  FloatFormat format = FloatFormat::kF32;
  uint64_t offset = 0;
  std::vector<int64_t> dims, strides;
};

/// Names of storage types -> bytes of an element.
const std::map<std::string, uint64_t>& storage_types() {
  static const std::map<std::string, uint64_t> types = {
      {"torch.FloatStorage", 4},    {"torch.DoubleStorage", 8},  {"torch.HalfStorage", 2},
      {"torch.BFloat16Storage", 2}, {"torch.LongStorage", 8},    {"torch.IntStorage", 4},
      {"torch.ShortStorage", 2},    {"torch.CharStorage", 1},    {"torch.ByteStorage", 1},
      {"torch.BoolStorage", 1},     {"torch.UntypedStorage", 1}, {"torch.storage.UntypedStorage", 1}};
  return types;
}

std::optional<FloatFormat> format_of(const std::string& storage_type) {
  static const std::map<std::string, FloatFormat> formats = {{"torch.FloatStorage", FloatFormat::kF32},
                                                             {"torch.DoubleStorage", FloatFormat::kF64},
                                                             {"torch.HalfStorage", FloatFormat::kF16},
                                                             {"torch.BFloat16Storage", FloatFormat::kBF16}};
  const auto found = formats.find(storage_type);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

/// What a checkpoint's pickle may name. None of it is executed; all but the rebuilding of tensors and
/// OrderedDict is plain data beside the state dict.
const std::set<std::string>& allowed_globals() {
  static const std::set<std::string> globals = [] {
    std::set<std::string> names = {"collections.OrderedDict",
                                   "collections.Counter",
                                   "torch._utils._rebuild_tensor_v2",
                                   "torch._utils._rebuild_parameter",
                                   "torch._utils._rebuild_parameter_with_state",
                                   "torch._tensor._rebuild_from_type_v2",
                                   "torch.nn.parameter.Parameter",
                                   "torch.Tensor",
                                   "torch.Size",
                                   "torch.device",
                                   "torch.float16",
                                   "torch.bfloat16",
                                   "torch.float32",
                                   "torch.float64",
                                   "torch.int64",
                                   "torch.int32",
                                   "torch.uint8",
                                   "torch.bool",
                                   "_codecs.encode",
                                   "__builtin__.set",
                                   "builtins.set"};
    for (const auto& [name, size] : storage_types()) {
      names.insert(name);
    }
    return names;
  }();
  return globals;
}

class TorchReader {
 public:
  explicit TorchReader(const std::filesystem::path& file) : name_(file.string()), zip_(file) {
    const std::string index = find_index();
    folder_ = index.substr(0, index.size() - std::string_view("data.pkl").size());
    const std::string byte_order = folder_ + "byteorder";
    if (zip_.sizes().count(byte_order) > 0) {
      const auto order = zip_.read(byte_order);
      if (std::string(order.begin(), order.end()) != "little") {
        fail("{}: its values are not little-endian; save it on an ordinary PC", name_);
      }
    }
    pickle_ = read_pickle(zip_.read(index), allowed_globals(), name_);
    // Views may share a storage; a small file must not become a large number of values all the same.
    uint64_t bytes = 0;
    for (const auto& [entry, size] : zip_.sizes()) {
      bytes += size;
    }
    values_left_ = 2 * bytes + 65536;
  }

  TorchCheckpoint read() {
    TorchCheckpoint checkpoint;
    const PickleValue& state = find_state(checkpoint.remarks);
    for (size_t i = 0; i + 1 < state.items.size(); i += 2) {
      const auto* tensor = tensor_args(state.items[i + 1]);
      if (tensor == nullptr) {
        continue;
      }
      const PickleValue& key = pickle_.at(state.items[i]);
      if (key.kind != Kind::kText) {
        fail("{}: a tensor whose key is no text", name_);
      }
      if (is_batch_counter(key.text)) {
        continue;
      }
      if (!checkpoint.weights.emplace(key.text, gather(view_of(*tensor, key.text), key.text)).second) {
        broken(key.text, "it is there twice");
      }
    }
    if (checkpoint.weights.empty()) {
      fail("{}: its state dict holds no float tensors", name_);
    }
    return checkpoint;
  }

 private:
  template <typename... Args>
  [[noreturn]] void broken(const std::string& tensor, fmt::format_string<Args...> text,
                           Args&&... args) const {
    fail("{}: not a valid PyTorch checkpoint: tensor '{}': {}", name_, shown(tensor),
         fmt::format(text, std::forward<Args>(args)...));
  }

  /// The entry ARCHIVE/data.pkl.
  [[nodiscard]] std::string find_index() const {
    std::string found;
    for (const auto& [entry, size] : zip_.sizes()) {
      const size_t slash = entry.find('/');
      if (slash == std::string::npos || entry.substr(slash) != "/data.pkl") {
        continue;
      }
      if (!found.empty()) {
        fail("{}: not a valid PyTorch checkpoint: two pickles, {} and {}", name_, shown(found), shown(entry));
      }
      found = entry;
    }
    if (found.empty()) {
      fail("{}: not a PyTorch checkpoint: a zip file without data.pkl", name_);
    }
    if (zip_.sizes().count(found.substr(0, found.find('/')) + "/constants.pkl") > 0) {
      fail("{}: a TorchScript program; save its weights with torch.save(model.state_dict(), FILE)", name_);
    }
    return found;
  }

  [[nodiscard]] bool is_dict(const PickleValue& value) const {
    return value.kind == Kind::kDict ||
           (value.kind == Kind::kCall && pickle_.at(value.callable).text == "collections.OrderedDict" &&
            pickle_.at(value.args).items.empty());
  }

  [[nodiscard]] bool has_tensors(const PickleValue& value) const {
    if (!is_dict(value)) {
      return false;
    }
    for (size_t i = 1; i < value.items.size(); i += 2) {
      if (tensor_args(value.items[i]) != nullptr) {
        return true;
      }
    }
    return false;
  }

  /// The value that a dict has under a key (the last one, as in Python), or null.
  [[nodiscard]] const PickleValue* find_item(const PickleValue& dict, std::string_view wanted) const {
    const PickleValue* found = nullptr;
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& key = pickle_.at(dict.items[i]);
      if (key.kind == Kind::kText && key.text == wanted) {
        found = &pickle_.at(dict.items[i + 1]);
      }
    }
    return found;
  }

  const PickleValue& find_state(std::vector<std::string>& remarks) const {
    static constexpr std::array<std::string_view, 6> kKeys = {
        "state_dict", "model", "model_state_dict", "state_dict_ema", "model_ema", "ema"};
    const PickleValue& root = pickle_.at(pickle_.root);
    if (!is_dict(root)) {
      fail("{}: holds no dict of tensors; save with torch.save(model.state_dict(), FILE)", name_);
    }
    std::vector<std::string> others, keys;
    const PickleValue* state = nullptr;
    for (const std::string_view wanted : kKeys) {
      const PickleValue* value = find_item(root, wanted);
      if (value == nullptr || !has_tensors(*value)) {
        continue;
      }
      if (state == nullptr) {
        state = value;
        keys.emplace_back(wanted);
      } else {
        others.emplace_back(wanted);
      }
    }
    if (state != nullptr) {
      if (!others.empty()) {
        remarks.push_back(
            fmt::format("{}: taken is '{}'; also there: {}", name_, keys.front(), join(others)));
      }
      return *state;
    }
    if (has_tensors(root)) {
      return root;
    }
    constexpr size_t kMostKeys = 10;
    for (size_t i = 0; i + 1 < root.items.size() && keys.size() < kMostKeys; i += 2) {
      keys.push_back(shown(pickle_.at(root.items[i]).text));
    }
    fail("{}: holds no state dict: neither tensors nor a dict of tensors as {}; its keys are: {}{}", name_,
         join({kKeys.begin(), kKeys.end()}), join(keys), root.items.size() > 2 * kMostKeys ? ", ..." : "");
  }

  /// The arguments of _rebuild_tensor_v2 in a tensor or a Parameter; null for other values.
  [[nodiscard]] const std::vector<uint32_t>* tensor_args(uint32_t index) const {
    for (int i = 0; i < kMaxWrappings; ++i) {
      const PickleValue& value = pickle_.at(index);
      if (value.kind != Kind::kCall) {
        return nullptr;
      }
      const std::string* callable = &pickle_.at(value.callable).text;
      const auto* args = &pickle_.at(value.args).items;
      if (*callable == "torch._tensor._rebuild_from_type_v2" &&
          args->size() == 4) {  // function, type, args, state
        callable = &pickle_.at((*args)[0]).text;
        args = &pickle_.at((*args)[2]).items;
      }
      if (*callable == "torch._utils._rebuild_tensor_v2") {
        return args;
      }
      const bool parameter = *callable == "torch._utils._rebuild_parameter" ||
                             *callable == "torch._utils._rebuild_parameter_with_state";
      if (!parameter || args->empty()) {
        return nullptr;
      }
      index = args->front();
    }
    return nullptr;
  }

  uint64_t size_at(uint32_t index, const std::string& tensor, const char* what) const {
    const PickleValue& value = pickle_.at(index);
    if (value.kind != Kind::kInt || value.integer < 0) {
      broken(tensor, "its {} is not a number of at least 0", what);
    }
    return static_cast<uint64_t>(value.integer);
  }

  std::vector<int64_t> sizes_at(uint32_t index, const std::string& tensor, const char* what) const {
    const PickleValue& tuple = pickle_.at(index);
    if (tuple.kind != Kind::kTuple || tuple.items.size() > kMaxDims) {
      broken(tensor, "its {} is not a tuple of at most {} numbers", what, kMaxDims);
    }
    std::vector<int64_t> sizes;
    for (const uint32_t item : tuple.items) {
      sizes.push_back(static_cast<int64_t>(size_at(item, tensor, what)));
    }
    return sizes;
  }

  /// Reads ('storage', TYPE, key, place, elements), and that the zip holds as much.
  uint64_t read_storage(uint32_t index, const std::string& tensor, View& view) const {
    const PickleValue& storage = pickle_.at(index);
    if (storage.kind != Kind::kPersistent || pickle_.at(storage.args).kind != Kind::kTuple ||
        pickle_.at(storage.args).items.size() != 5) {
      broken(tensor, "its storage is not a tuple of five");
    }
    const auto& parts = pickle_.at(storage.args).items;
    const PickleValue& word = pickle_.at(parts[0]);
    const PickleValue& type = pickle_.at(parts[1]);
    const PickleValue& key = pickle_.at(parts[2]);
    if (word.kind != Kind::kText || word.text != "storage" || type.kind != Kind::kGlobal ||
        storage_types().count(type.text) == 0 || key.kind != Kind::kText) {
      broken(tensor, "its storage is not ('storage', TYPE, KEY, PLACE, SIZE)");
    }
    const auto format = format_of(type.text);
    if (!format) {
      fail("{}: tensor '{}' is of a {}, expected float, half, bfloat16 or double", name_, shown(tensor),
           type.text);
    }
    view.format = *format;
    view.storage = fmt::format("{}data/{}", folder_, key.text);
    const auto entry = zip_.sizes().find(view.storage);
    if (entry == zip_.sizes().end()) {
      broken(tensor, "the file has no entry {}", shown(view.storage));
    }
    const uint64_t elements = size_at(parts[4], tensor, "storage's size");
    if (elements > entry->second / size_of(*format)) {
      broken(tensor, "its storage {} has {} bytes, too few for {} elements", shown(view.storage),
             entry->second, elements);
    }
    return elements;
  }

  [[nodiscard]] View view_of(const std::vector<uint32_t>& args, const std::string& tensor) const {
    // storage, offset, size, stride, gradient?, hooks[, metadata]
    if (args.size() != 6 && args.size() != 7) {
      broken(tensor, "{} arguments where a tensor has 6 or 7", args.size());
    }
    if (args.size() == 7 && !(pickle_.at(args[6]).kind == Kind::kNone ||
                              (is_dict(pickle_.at(args[6])) && pickle_.at(args[6]).items.empty()))) {
      fail("{}: tensor '{}' is a view with metadata (a negative or a conjugate one); save a clone() of it",
           name_, shown(tensor));
    }
    View view;
    const uint64_t elements = read_storage(args[0], tensor, view);
    view.offset = size_at(args[1], tensor, "offset");
    view.dims = sizes_at(args[2], tensor, "size");
    view.strides = sizes_at(args[3], tensor, "stride");
    if (view.dims.size() != view.strides.size()) {
      broken(tensor, "{} sizes and {} strides", view.dims.size(), view.strides.size());
    }
    for (size_t d = 0; d < view.dims.size(); ++d) {
      view.strides[d] =
          view.dims[d] == 1 ? 0 : view.strides[d];  // never taken, so PyTorch lets it be anything
    }
    check_inside(view, elements, tensor);
    return view;
  }

  void check_inside(const View& view, uint64_t elements, const std::string& tensor) const {
    int64_t count = 1;
    auto last = static_cast<int64_t>(view.offset);
    bool overflow = false;
    for (size_t d = 0; d < view.dims.size(); ++d) {
      overflow |= __builtin_mul_overflow(count, view.dims[d], &count);
    }
    if (count == 0 && !overflow) {
      return;
    }
    for (size_t d = 0; d < view.dims.size(); ++d) {
      int64_t reach = 0;
      overflow |= __builtin_mul_overflow(view.dims[d] - 1, view.strides[d], &reach);
      overflow |= __builtin_add_overflow(last, reach, &last);
    }
    if (overflow || static_cast<uint64_t>(last) >= elements) {
      broken(tensor, "size [{}], stride [{}] and offset {} lead out of its storage of {} elements",
             fmt::join(view.dims, ", "), fmt::join(view.strides, ", "), view.offset, elements);
    }
  }

  Tensor gather(const View& view, const std::string& name) {
    Tensor tensor;
    tensor.dims = view.dims;
    const auto count = static_cast<uint64_t>(
        std::accumulate(view.dims.begin(), view.dims.end(), int64_t{1}, std::multiplies<>()));
    if (count > values_left_) {
      fail("{}: refused: with tensor '{}', its tensors have more values than a file of its size should",
           name_, shown(name));
    }
    values_left_ -= count;
    tensor.data.resize(count);
    if (count == 0) {
      return tensor;
    }
    const std::vector<uint8_t>& bytes = storage(view.storage);
    const size_t size = size_of(view.format);
    if (is_contiguous(view)) {
      load_floats(view.format, &bytes[view.offset * size], count, tensor.data.data());
      return tensor;
    }
    std::vector<int64_t> at(view.dims.size(), 0);
    auto from = static_cast<int64_t>(view.offset);
    for (float& value : tensor.data) {
      value = load_float(view.format, &bytes[static_cast<size_t>(from) * size]);
      for (size_t d = view.dims.size(); d-- > 0;) {
        from += view.strides[d];
        if (++at[d] < view.dims[d]) {
          break;
        }
        from -= view.strides[d] * view.dims[d];
        at[d] = 0;
      }
    }
    return tensor;
  }

  static bool is_contiguous(const View& view) {
    int64_t stride = 1;
    for (size_t d = view.dims.size(); d-- > 0;) {
      if (view.dims[d] != 1 && view.strides[d] != stride) {
        return false;
      }
      stride *= view.dims[d];
    }
    return true;
  }

  /// Kept, for storages that views share: together they are not larger than the file.
  const std::vector<uint8_t>& storage(const std::string& entry) {
    const auto found = storages_.find(entry);
    return found != storages_.end() ? found->second
                                    : storages_.emplace(entry, zip_.read(entry)).first->second;
  }

  std::string name_;
  ZipArchive zip_;
  std::string folder_;  // ARCHIVE/
  Pickle pickle_;
  uint64_t values_left_ = 0;
  std::map<std::string, std::vector<uint8_t>> storages_;
};

}  // namespace

TorchCheckpoint read_torch_file(const std::filesystem::path& file) {
  return TorchReader(file).read();
}

}  // namespace tridex::models
