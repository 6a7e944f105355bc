#pragma once
#include <cstdint>
#include <tlm>

namespace tridex::arch {

/// The part of a payload that lies in one word of the bus.
struct LiteWord {
  uint64_t address = 0;  ///< of the word's first byte
  unsigned offset = 0;   ///< of the part in the payload's data
  unsigned bytes = 0;
  unsigned lane = 0;    ///< of the part's first byte
  uint32_t strobe = 0;  ///< a bit a lane: inside the part and enabled; never 0
};

/// Goes through the words of a payload in the order of its bytes, and leaves out words that have no enabled
/// byte. A streaming width below the length goes through the same addresses again. Nothing is allocated.
class LiteWords {
 public:
  /// The next word, of `word_bytes` bytes; false where none is left.
  bool next(const tlm::tlm_generic_payload& payload, unsigned word_bytes, LiteWord& word);

 private:
  unsigned position_ = 0;
};

/// Words that a payload takes.
unsigned count_lite_words(const tlm::tlm_generic_payload& payload, unsigned word_bytes);

}  // namespace tridex::arch
