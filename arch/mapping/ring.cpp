#include "arch/mapping/ring.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {
namespace {

int64_t aligned(int64_t bytes) {
  return (std::max<int64_t>(bytes, 1) + Ring::kAlignment - 1) / Ring::kAlignment * Ring::kAlignment;
}

}  // namespace

int64_t Ring::allocate(int64_t bytes, Users& wait) {
  bytes = aligned(bytes);
  if (bytes > limit_) {
    return -1;
  }
  int64_t begin = cursor_;
  int wraps = 0;
  for (bool moved = true; moved;) {
    moved = false;
    if (begin + bytes > limit_) {
      begin = 0;
      if (++wraps > 1) {
        return -1;
      }
    }
    for (const Region& region : regions_) {
      if (region.live && region.begin < begin + bytes && begin < region.end) {
        begin = region.end;
        moved = true;
        break;
      }
    }
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
  for (Region& region : regions_) {
    if (region.begin == address && region.live) {
      region.users.add(unit, instruction);
      return;
    }
  }
  throw std::logic_error("Ring::add_user: no live region there");
}

void Ring::release(int64_t address) {
  for (Region& region : regions_) {
    if (region.begin == address && region.live) {
      region.live = false;
      return;
    }
  }
  throw std::logic_error("Ring::release: no live region there");
}

}  // namespace tridex::arch
