#include "arch/mapping/command.h"

#include <stdexcept>

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

Command::Words Command::encode() const {
  Words words{};
  words[0] = static_cast<int32_t>(op);
  size_t i = 1;
  fields(*this, [&](const int32_t& word) { words.at(i++) = word; });
  if (i != words.size()) {
    throw std::logic_error("Command::kWords is not the number of fields");
  }
  return words;
}

Command Command::decode(const Words& words) {
  Command command;
  command.op = static_cast<Opcode>(words[0]);
  size_t i = 1;
  fields(command, [&](int32_t& word) { word = words.at(i++); });
  return command;
}

}  // namespace tridex::arch
