#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tridex::models {

/// A value that a pickle describes. Values name each other by their index in Pickle::values, since a pickle
/// may share them, nest them without end and make circles of them.
struct PickleValue {
  enum class Kind : uint8_t {
    kNone,
    kBool,    ///< integer: 0 or 1
    kInt,     ///< integer
    kOther,   ///< a plain value that nobody here needs: a float, bytes, an integer of more than 64 bits
    kText,    ///< text, as it stands (UTF-8 is not checked)
    kTuple,   ///< items
    kList,    ///< items; sets too
    kDict,    ///< items: key, value, key, value, ...
    kGlobal,  ///< text: module.name
    kCall,    ///< callable (a kGlobal) asked for with args (a kTuple); items: as of a dict, set afterwards
    kPersistent,  ///< args: the identity of something kept outside the pickle
  };
  Kind kind = Kind::kNone;
  uint32_t callable = 0, args = 0;
  int64_t integer = 0;
  std::string text;
  std::vector<uint32_t> items;
};

struct Pickle {
  std::deque<PickleValue> values;
  uint32_t root = 0;
  [[nodiscard]] const PickleValue& at(uint32_t index) const { return values.at(index); }
};

/// Reads what Python's pickle describes and executes nothing: calls and persistent ids stay descriptions.
/// Understood are the opcodes of protocols 2 to 5 that torch.save writes for tensors and plain data;
/// `globals` are the module.name that may occur. Time and memory are bounded by the number of bytes. `name`
/// is for messages. Error: anything else, a global that is not allowed (with its name), damage.
Pickle read_pickle(std::span<const uint8_t> bytes, const std::set<std::string>& globals,
                   const std::string& name);

/// The first characters of a text from a file, fit for a message: no control characters.
std::string shown(const std::string& text);

}  // namespace tridex::models
