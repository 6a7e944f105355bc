#pragma once
#include <string>
#include <vector>

#include "quant/simd/kernels.h"

namespace tridex::quant {

/// Instruction sets that the executor has kernels for, the slowest first. All give the same bits.
enum class Isa {
  kPortable,  ///< "portable": C++ for the set that the whole program is compiled for (TRIDEX_ARCH)
  kAvx2,      ///< "avx2": AVX2 and FMA
  kAvx512,    ///< "avx512": AVX-512 F, BW, DQ, VL and VNNI
};

const char* isa_name(Isa isa);
/// Those that this program has and this machine can run.
std::vector<Isa> available_isas();
/// The set that the environment variable TRIDEX_ISA names, or else the fastest available one.
/// Error: an unknown name, or a set that is not available; lists those that are.
Isa chosen_isa();
/// For an available set.
const simd::Kernels& kernels_for(Isa isa);

}  // namespace tridex::quant
