#include "arch/mapping/ring.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {
namespace {

int64_t aligned(int64_t bytes) {
  return (std::max<int64_t>(bytes, 1) + Ring::kAlignment - 1) / Ring::kAlignment * Ring::kAlignment;
}

/// The first region that does not end at or before the address. `regions` are in order.
std::vector<Ring::Region>::iterator first_beyond(std::vector<Ring::Region>& regions, int64_t address) {
  return std::partition_point(regions.begin(), regions.end(),
                              [&](const Ring::Region& region) { return region.end <= address; });
}

Ring::Region& live_at(std::vector<Ring::Region>& regions, int64_t address) {
  const auto region = first_beyond(regions, address);
  if (region == regions.end() || region->begin != address || !region->live) {
    throw std::logic_error("Ring: no live region there");
  }
  return *region;
}

}  // namespace

int64_t Ring::allocate(int64_t bytes, Users& wait) {
  bytes = aligned(bytes);
  if (bytes > limit_) {
    return -1;
  }
  int64_t begin = cursor_;
  auto next = first_beyond(regions_, begin);
  const auto wrap = [&] {
    begin = 0;
    next = regions_.begin();
  };
  int wraps = 0;
  while (true) {
    if (begin + bytes > limit_) {
      if (++wraps > 1) {
        return -1;
      }
      wrap();
    }
    while (next != regions_.end() && !next->live && next->begin < begin + bytes) {
      ++next;
    }
    if (next == regions_.end() || next->begin >= begin + bytes) {
      break;
    }
    begin = next->end;
    ++next;
  }
  occupy(begin, bytes, wait);
  cursor_ = begin + bytes;
  return begin;
}

void Ring::place(int64_t address, int64_t bytes, Users& wait) {
  bytes = aligned(bytes);
  const bool meets = std::any_of(regions_.begin(), regions_.end(), [&](const Region& region) {
    return region.live && region.begin < address + bytes && address < region.end;
  });
  if (meets || address < 0 || address + bytes > capacity_) {
    throw std::logic_error("Ring::place: not free");
  }
  occupy(address, bytes, wait);
}

void Ring::occupy(int64_t begin, int64_t bytes, Users& wait) {
  const int64_t end = begin + bytes;
  std::vector<Region>& kept = spare_;
  kept.clear();
  for (const Region& region : regions_) {
    if (region.end <= begin || region.begin >= end) {
      kept.push_back(region);
      continue;
    }
    wait.merge(region.users);
    if (region.begin < begin) {
      kept.push_back(region);
      kept.back().end = begin;
    }
    if (region.end > end) {
      kept.push_back(region);
      kept.back().begin = end;
    }
  }
  Region fresh;
  fresh.begin = begin;
  fresh.end = end;
  fresh.live = true;
  const auto place = std::find_if(kept.begin(), kept.end(), [&](const Region& r) { return r.begin >= end; });
  kept.insert(place, fresh);
  regions_.swap(kept);
}

void Ring::add_user(int64_t address, Unit unit, uint32_t instruction) {
  live_at(regions_, address).users.add(unit, instruction);
}

void Ring::release(int64_t address) {
  live_at(regions_, address).live = false;
}

}  // namespace tridex::arch
