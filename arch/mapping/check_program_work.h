#pragma once
#include "arch/mapping/check_program_command.h"

namespace tridex::arch::checking {

struct CommandChecker::Work {
  uint32_t id;
  const Command& c;
  const quant::IntNode& node;
  int frame;
  Accesses result;
};

}  // namespace tridex::arch::checking
