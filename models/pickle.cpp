#include "models/pickle.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"

namespace tridex::models {

namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxBytes = 32u << 20;
constexpr size_t kMaxValues = 2'000'000;  // 160 MB; a checkpoint has about 25 a tensor
constexpr size_t kMaxGlobal = 256;        // characters of a module's or a name's text
constexpr uint8_t kLowestProtocol = 2, kHighestProtocol = 5;

// Opcodes, named as in Python's pickletools.
enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNoneOp = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobalOp = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTupleOp = 't',
  kSetItems = 'u',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kEmptyDict = '}',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

/// The machine that a pickle's opcodes drive: a stack, marks on it, and a memo.
class Machine {
 public:
  Machine(std::span<const uint8_t> bytes, const std::set<std::string>& globals, const std::string& name)
      : bytes_(bytes), globals_(globals), name_(name) {}

  Pickle run() {
    if (bytes_.size() > kMaxBytes) {
      fail("{}: refused: its pickle has {} bytes, at most {} are read", name_, bytes_.size(), kMaxBytes);
    }
    while (!stopped_) {
      op_at_ = at_;
      step(static_cast<uint8_t>(number(1)));
    }
    if (at_ != bytes_.size()) {
      broken("{} bytes follow its end", bytes_.size() - at_);
    }
    if (!marks_.empty() || !stack_.empty()) {
      broken("it ends with values left over");
    }
    return std::move(pickle_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void broken(fmt::format_string<Args...> text, Args&&... args) const {
    fail("{}: not a valid PyTorch checkpoint: its pickle, byte {}: {}", name_, op_at_,
         fmt::format(text, std::forward<Args>(args)...));
  }

  // The bytes.
  std::span<const uint8_t> take(uint64_t count) {
    if (count > bytes_.size() - at_) {
      broken("it is cut off");
    }
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  /// Little-endian, without sign.
  uint64_t number(size_t size) {
    uint64_t value = 0;
    const auto digits = take(size);
    for (size_t i = 0; i < size; ++i) {
      value |= uint64_t{digits[i]} << (8 * i);
    }
    return value;
  }
  std::string text(uint64_t size) {
    const auto taken = take(size);
    return {taken.begin(), taken.end()};
  }
  std::string line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), '\n');
    if (end == rest.end()) {
      broken("it is cut off");
    }
    std::string content = text(static_cast<uint64_t>(end - rest.begin()));
    take(1);
    return content;
  }

  // The stack. A mark hides what lies below it.
  [[nodiscard]] size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  uint32_t pop() {
    if (stack_.size() <= floor()) {
      broken("it takes a value that is not there");
    }
    const uint32_t value = stack_.back();
    stack_.pop_back();
    return value;
  }
  std::vector<uint32_t> pop_to_mark() {
    if (marks_.empty()) {
      broken("it goes back to a mark that is not there");
    }
    const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<uint32_t> values(from, stack_.end());
    stack_.erase(from, stack_.end());
    marks_.pop_back();
    return values;
  }
  std::vector<uint32_t> pop_some(size_t count) {
    std::vector<uint32_t> values(count);
    for (size_t i = count; i-- > 0;) {
      values[i] = pop();
    }
    return values;
  }
  void push(PickleValue value) {
    if (pickle_.values.size() >= kMaxValues) {
      fail("{}: refused: its pickle has more than {} values", name_, kMaxValues);
    }
    pickle_.values.push_back(std::move(value));
    stack_.push_back(static_cast<uint32_t>(pickle_.values.size() - 1));
  }
  void push(Kind kind, std::vector<uint32_t> items = {}) {
    PickleValue value;
    value.kind = kind;
    value.items = std::move(items);
    push(std::move(value));
  }
  void push_integer(int64_t integer, Kind kind = Kind::kInt) {
    PickleValue value;
    value.kind = kind;
    value.integer = integer;
    push(std::move(value));
  }
  void push_text(std::string content) {
    PickleValue value;
    value.kind = Kind::kText;
    value.text = std::move(content);
    push(std::move(value));
  }
  /// The container on top that takes items.
  PickleValue& top(std::initializer_list<Kind> kinds) {
    const uint32_t index = pop();
    stack_.push_back(index);
    PickleValue& value = pickle_.values[index];
    if (std::find(kinds.begin(), kinds.end(), value.kind) == kinds.end()) {
      broken("it adds to something that holds no such items");
    }
    return value;
  }

  void push_long(uint64_t size) {
    if (size > 8) {
      take(size);
      push(Kind::kOther);
      return;
    }
    uint64_t value = number(size);
    if (size > 0 && size < 8 && (value >> (8 * size - 1)) != 0) {
      value |= ~uint64_t{0} << (8 * size);
    }
    push_integer(static_cast<int64_t>(value));
  }
  void push_global(const std::string& module, const std::string& name) {
    if (module.size() > kMaxGlobal || name.size() > kMaxGlobal) {
      broken("a global's name of {} characters", module.size() + name.size());
    }
    PickleValue value;
    value.kind = Kind::kGlobal;
    value.text = fmt::format("{}.{}", module, name);
    if (globals_.count(value.text) == 0) {
      fail(
          "{}: refused: the pickle asks for {}; only tensors and plain data are read, and nothing is "
          "executed. Save "
          "with torch.save(model.state_dict(), FILE)",
          name_, shown(value.text));
    }
    push(std::move(value));
  }
  void stack_global() {
    const PickleValue& name = pickle_.at(pop());
    const PickleValue& module = pickle_.at(pop());
    if (name.kind != Kind::kText || module.kind != Kind::kText) {
      broken("a global without a name");
    }
    push_global(module.text, name.text);
  }
  void reduce() {
    PickleValue value;
    value.kind = Kind::kCall;
    value.args = pop();
    value.callable = pop();
    if (pickle_.at(value.callable).kind != Kind::kGlobal || pickle_.at(value.args).kind != Kind::kTuple) {
      broken("a call of what is no global, or without a tuple of arguments");
    }
    push(std::move(value));
  }
  void persistent() {
    PickleValue value;
    value.kind = Kind::kPersistent;
    value.args = pop();
    push(std::move(value));
  }
  /// The state of an object made by a call (a state dict's _metadata, say): nothing here needs it.
  void build() {
    pop();
    top({Kind::kCall});
  }
  void add(std::initializer_list<Kind> kinds, const std::vector<uint32_t>& items) {
    auto& held = top(kinds).items;
    held.insert(held.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<uint32_t>& items) {
    if (items.size() % 2 != 0) {
      broken("a key without a value");
    }
    add({Kind::kDict, Kind::kCall}, items);
  }
  void put(uint64_t key) {
    const uint32_t value = pop();
    stack_.push_back(value);
    memo_[key] = value;
    if (memo_.size() > kMaxValues) {
      fail("{}: refused: its pickle keeps more than {} values", name_, kMaxValues);
    }
  }
  void get(uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) {
      broken("it asks for memo {}, which is not there", key);
    }
    stack_.push_back(found->second);
  }
  void protocol() {
    const uint64_t version = number(1);
    if (version < kLowestProtocol || version > kHighestProtocol) {
      broken("protocol {}, expected {} to {}", version, kLowestProtocol, kHighestProtocol);
    }
  }
  void step(uint8_t opcode);

  std::span<const uint8_t> bytes_;
  const std::set<std::string>& globals_;
  const std::string& name_;
  size_t at_ = 0, op_at_ = 0;
  bool stopped_ = false;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, uint32_t> memo_;  // no hash: a file could choose keys that collide
  Pickle pickle_;
};

void Machine::step(uint8_t opcode) {
  switch (opcode) {
    case kProto:
      return protocol();
    case kFrame:
      take(8);
      return;  // a hint for readers of streams
    case kStop:
      pickle_.root = pop();
      stopped_ = true;
      return;
    case kMark:
      marks_.push_back(stack_.size());
      return;
    case kNoneOp:
      return push(Kind::kNone);
    case kNewTrue:
      return push_integer(1, Kind::kBool);
    case kNewFalse:
      return push_integer(0, Kind::kBool);
    case kBinInt:
      return push_integer(static_cast<int32_t>(number(4)));
    case kBinInt1:
      return push_integer(static_cast<int64_t>(number(1)));
    case kBinInt2:
      return push_integer(static_cast<int64_t>(number(2)));
    case kLong1:
      return push_long(number(1));
    case kLong4:
      return push_long(number(4));
    case kBinFloat:
      take(8);
      return push(Kind::kOther);
    case kShortBinUnicode:
      return push_text(text(number(1)));
    case kBinUnicode:
      return push_text(text(number(4)));
    case kBinUnicode8:
      return push_text(text(number(8)));
    case kShortBinBytes:
      take(number(1));
      return push(Kind::kOther);
    case kBinBytes:
      take(number(4));
      return push(Kind::kOther);
    case kBinBytes8:
      take(number(8));
      return push(Kind::kOther);
    case kEmptyTuple:
      return push(Kind::kTuple);
    case kTuple1:
      return push(Kind::kTuple, pop_some(1));
    case kTuple2:
      return push(Kind::kTuple, pop_some(2));
    case kTuple3:
      return push(Kind::kTuple, pop_some(3));
    case kTupleOp:
      return push(Kind::kTuple, pop_to_mark());
    case kEmptyList:
      return push(Kind::kList);
    case kEmptySet:
      return push(Kind::kList);
    case kFrozenSet:
      return push(Kind::kList, pop_to_mark());
    case kAppend:
      return add({Kind::kList}, pop_some(1));
    case kAppends:
    case kAddItems:
      return add({Kind::kList}, pop_to_mark());
    case kEmptyDict:
      return push(Kind::kDict);
    case kSetItem:
      return set_items(pop_some(2));
    case kSetItems:
      return set_items(pop_to_mark());
    case kGlobalOp: {
      const std::string module = line();
      return push_global(module, line());
    }
    case kStackGlobal:
      return stack_global();
    case kReduce:
      return reduce();
    case kBuild:
      return build();
    case kBinPersId:
      return persistent();
    case kMemoize:
      return put(memo_.size());
    case kBinPut:
      return put(number(1));
    case kLongBinPut:
      return put(number(4));
    case kBinGet:
      return get(number(1));
    case kLongBinGet:
      return get(number(4));
    default:
      broken("opcode {:#04x} is none that torch.save writes for tensors and plain data", opcode);
  }
}

}  // namespace

Pickle read_pickle(std::span<const uint8_t> bytes, const std::set<std::string>& globals,
                   const std::string& name) {
  return Machine(bytes, globals, name).run();
}

std::string shown(const std::string& text) {
  constexpr size_t kLongest = 80;
  std::string result = text.substr(0, kLongest);
  for (char& c : result) {
    c = static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  }
  return text.size() > kLongest ? result + "..." : result;
}

}  // namespace tridex::models
