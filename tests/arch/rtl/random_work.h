#pragma once
#include "engine_model.h"
#include "support/random.h"

namespace tridex::test {

/// Random commands for an engine: everything that arch/rtl/README.md allows, with values at the ends of their
/// ranges often.
class RandomWork {
 public:
  RandomWork(const EngineShape& shape, Random& random) : s_(shape), random_(random) {}

  Work conv();
  Work depthwise();  ///< on R-MAC
  Work context();
  Work attend();

  /// One packet after the other of so many beats, `results` of each lane, one set; numbers do not matter.
  Work regular(int packets, int beats, arch::Opcode op);

  /// A number of so many bits with a sign: uniform, near an end, or near 0.
  int64_t bits(int count);

 private:
  arch::Record record(int sum_bits, int code_bits);
  Beat beat();
  std::vector<bool> made(bool all);
  int format(int least_bits);
  void scramble(arch::Command& command);
  void packets(Work& work, int count, int most_beats);
  void sets(Work& work, int slots, int sum_bits, int code_bits);
  EngineRecord engine_record(int copy, int slot, int sum_bits, int code_bits);

  const EngineShape& s_;
  Random& random_;
};

}  // namespace tridex::test
