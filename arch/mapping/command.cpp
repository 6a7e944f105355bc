#include "arch/mapping/command.h"

#include <bit>
#include <stdexcept>
#include <type_traits>

namespace tridex::arch {

const char* opcode_name(Opcode opcode) {
  switch (opcode) {
    case Opcode::kConv:
      return "conv";
    case Opcode::kContext:
      return "context";
    case Opcode::kAttend:
      return "attend";
    case Opcode::kAdd:
      return "add";
    case Opcode::kPool:
      return "pool";
    case Opcode::kLayerNorm:
      return "layer_norm";
    case Opcode::kResize:
      return "resize";
  }
  throw std::logic_error("opcode");
}

// Every member is one word, so the words are the struct's own bytes.
static_assert(std::is_trivially_copyable_v<Command> && sizeof(Command) == sizeof(Command::Words));

Command::Words Command::encode() const {
  return std::bit_cast<Words>(*this);
}

Command Command::decode(const Words& words) {
  return std::bit_cast<Command>(words);
}

}  // namespace tridex::arch
