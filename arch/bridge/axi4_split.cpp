#include "arch/bridge/axi4_split.h"

#include <algorithm>
#include <bit>

namespace tridex::arch {
namespace {

uint8_t log2_of(uint64_t bytes) {
  return static_cast<uint8_t>(std::countr_zero(bytes));
}

}  // namespace

bool axi4_exclusive_length(const Axi4Burst& burst) {
  constexpr unsigned kMostBytes = 128, kMostBeats = 16;
  return std::has_single_bit(burst.beats) && burst.beats <= kMostBeats &&
         burst.beats * burst.beat_bytes() <= kMostBytes;
}

bool axi4_exclusive_aligned(const Axi4Burst& burst) {
  return burst.address % (burst.beats * burst.beat_bytes()) == 0;
}

tlm::tlm_response_status Axi4Splitter::start(const tlm::tlm_generic_payload& payload,
                                             const Axi4Extension* extension, const Axi4Limits& limits) {
  *this = Axi4Splitter();
  const uint32_t length = payload.get_data_length();
  if (length == 0 || payload.get_data_ptr() == nullptr) {
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  width_ = std::min(payload.get_streaming_width(), length);
  if (width_ == 0) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  address_ = payload.get_address();
  const uint64_t last = limits.address_bits < 64 ? (uint64_t{1} << limits.address_bits) - 1 : UINT64_MAX;
  if (address_ > last || width_ - 1 > last - address_) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  uint64_t beat = limits.bytes_per_beat;
  if (extension != nullptr && extension->bytes_per_beat != 0) {
    beat = extension->bytes_per_beat;
    if (!std::has_single_bit(beat) || beat > limits.bus_bytes) {
      return tlm::TLM_BURST_ERROR_RESPONSE;
    }
  }
  burst_.size = log2_of(beat);
  length_ = length;
  if (extension != nullptr && extension->wrap) {
    if (const auto status = start_wrap(*extension, limits); status != tlm::TLM_OK_RESPONSE) {
      length_ = 0;
      return status;
    }
  } else if (width_ < length) {
    // The least beat that holds them: nothing else is touched by a read if it can be helped.
    uint64_t size = 1;
    while (size <= beat && address_ % size + width_ > size) {
      size *= 2;
    }
    if (size <= beat) {
      burst_.kind = Axi4BurstKind::kFixed;
      burst_.size = log2_of(size);
    }
  }
  if (extension != nullptr && extension->lock) {
    Axi4Splitter copy = *this;
    const Axi4Part only = copy.next();
    if (!copy.done() || !axi4_exclusive_length(only.burst) || !axi4_exclusive_aligned(only.burst)) {
      length_ = 0;
      return tlm::TLM_BURST_ERROR_RESPONSE;
    }
  }
  return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status Axi4Splitter::start_wrap(const Axi4Extension& extension, const Axi4Limits& limits) {
  if (width_ < length_ || !std::has_single_bit(length_) || address_ % length_ != 0 || length_ < 2) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  // A size that was asked for is kept; otherwise the widest that leaves two beats.
  const uint64_t most = std::min<uint64_t>(limits.bytes_per_beat, length_ / 2);
  burst_.size = extension.bytes_per_beat != 0 ? burst_.size : log2_of(most);
  const uint64_t beats = length_ >> burst_.size;
  const uint64_t into = extension.wrap_first - address_;
  if (beats < 2 || beats > kAxi4WrapBeats || into >= length_ || into % burst_.beat_bytes() != 0) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  burst_.kind = Axi4BurstKind::kWrap;
  burst_.address = extension.wrap_first;
  burst_.beats = static_cast<uint16_t>(beats);
  return tlm::TLM_OK_RESPONSE;
}

Axi4Part Axi4Splitter::next() {
  Axi4Part part;
  part.burst = burst_;
  part.offset = offset_;
  part.width = width_;
  if (burst_.kind == Axi4BurstKind::kWrap) {
    part.bytes = length_;
  } else if (burst_.kind == Axi4BurstKind::kFixed) {
    part.burst.address = address_;
    part.bytes = std::min(length_ - offset_, kAxi4FixedBeats * width_);
    part.burst.beats = static_cast<uint16_t>((part.bytes + width_ - 1) / width_);
  } else {
    const uint64_t size = burst_.beat_bytes();
    const uint32_t into = offset_ % width_;
    const uint64_t address = address_ + into, first = address % size;
    const uint64_t left = std::min(width_ - into, length_ - offset_);
    part.burst.address = address;
    part.bytes = static_cast<uint32_t>(
        std::min({left, kAxi4Boundary - address % kAxi4Boundary, kAxi4IncrBeats * size - first}));
    part.burst.beats = static_cast<uint16_t>((first + part.bytes + size - 1) / size);
  }
  offset_ += part.bytes;
  return part;
}

}  // namespace tridex::arch
