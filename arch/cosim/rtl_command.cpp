#include "arch/cosim/rtl_command.h"

#include <algorithm>
#include <cstring>

namespace tridex::arch {

std::optional<RtlCommand::Difference> compare_and_write(const std::vector<PlacedResult>& results,
                                                        const BufferViews& tlm, const BufferViews& real) {
  std::optional<RtlCommand::Difference> first;
  for (const auto& [place, value, cycle] : results) {
    const auto bytes = static_cast<size_t>(place.bytes);
    uint64_t word = 0;
    std::memcpy(&word, tlm.at(place.buffer, place.address, place.bytes), bytes);
    const int unused = place.is_signed ? 64 - 8 * place.bytes : 0;
    const int64_t expected = static_cast<int64_t>(word << unused) >> unused;
    if (value != expected && !first) {
      first = {place, value, expected, cycle};
    }
    std::memcpy(real.at(place.buffer, place.address, place.bytes), &value, bytes);
  }
  return first;
}

std::vector<WordRun> words_to_write(const std::optional<Command::Words>& held, const Command::Words& words) {
  constexpr size_t kGap = 2;
  std::vector<WordRun> runs;
  for (size_t i = 0; i < words.size(); ++i) {
    if (held && (*held)[i] == words[i]) {
      continue;
    }
    if (!runs.empty() && i <= runs.back().first + runs.back().count + kGap) {
      runs.back().count = i + 1 - runs.back().first;
    } else {
      runs.push_back({i, 1});
    }
  }
  return runs;
}

}  // namespace tridex::arch
