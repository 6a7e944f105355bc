#include "quant/isa.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include "base/error.h"
#include "base/names.h"

namespace tridex::quant {

namespace {

constexpr std::array kAll = {Isa::kPortable, Isa::kAvx2, Isa::kAvx512};
constexpr const char* kVariable = "TRIDEX_ISA";

bool available(Isa isa) {
#ifdef TRIDEX_X86_KERNELS
  switch (isa) {
    case Isa::kPortable:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vnni");
  }
#endif
  return isa == Isa::kPortable;
}

std::string available_names() {
  std::vector<std::string> names;
  for (const Isa isa : available_isas()) {
    names.emplace_back(isa_name(isa));
  }
  return join(names);
}

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kPortable:
      return "portable";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  throw std::logic_error("isa_name: not an Isa");
}

std::vector<Isa> available_isas() {
  std::vector<Isa> result;
  std::copy_if(kAll.begin(), kAll.end(), std::back_inserter(result), available);
  return result;
}

Isa chosen_isa() {
  const char* name = std::getenv(kVariable);
  if (name == nullptr) {
    return available_isas().back();
  }
  for (const Isa isa : kAll) {
    if (std::string(isa_name(isa)) == name) {
      if (!available(isa)) {
        fail("{}={}: this machine does not have these instructions (it has: {})", kVariable, name,
             available_names());
      }
      return isa;
    }
  }
  fail("{}={}: unknown instruction set (this machine has: {})", kVariable, name, available_names());
}

const simd::Kernels& kernels_for(Isa isa) {
#ifdef TRIDEX_X86_KERNELS
  if (isa == Isa::kAvx2) {
    return simd::kAvx2;
  }
  if (isa == Isa::kAvx512) {
    return simd::kAvx512;
  }
#endif
  if (isa != Isa::kPortable) {
    throw std::logic_error("kernels_for: a set that is not available");
  }
  return simd::kPortable;
}

}  // namespace tridex::quant
