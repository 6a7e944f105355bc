#include "arch/bridge/lite_words.h"

#include <algorithm>

namespace tridex::arch {

bool LiteWords::next(const tlm::tlm_generic_payload& payload, unsigned word_bytes, LiteWord& word) {
  const unsigned length = payload.get_data_length();
  const unsigned width = std::min(payload.get_streaming_width(), length);
  const uint8_t* const enables = payload.get_byte_enable_ptr();
  while (position_ < length) {
    const unsigned within = position_ % width;
    const uint64_t address = payload.get_address() + within;
    word.offset = position_;
    word.lane = static_cast<unsigned>(address % word_bytes);
    word.address = address - word.lane;
    word.bytes = std::min({word_bytes - word.lane, width - within, length - position_});
    word.strobe = 0;
    for (unsigned i = 0; i < word.bytes; ++i) {
      const bool enabled = enables == nullptr ||
                           enables[(position_ + i) % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED;
      word.strobe |= enabled ? uint32_t{1} << (word.lane + i) : 0;
    }
    position_ += word.bytes;
    if (word.strobe != 0) {
      return true;
    }
  }
  return false;
}

unsigned count_lite_words(const tlm::tlm_generic_payload& payload, unsigned word_bytes) {
  LiteWords words;
  LiteWord word;
  unsigned count = 0;
  while (words.next(payload, word_bytes, word)) {
    ++count;
  }
  return count;
}

}  // namespace tridex::arch
