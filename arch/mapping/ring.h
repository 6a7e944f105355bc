#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tridex::arch {

/// The units that execute instructions, each in its own order.
enum Unit : uint8_t {
  kLoadUnit,
  kStoreUnit,
  kVectorUnitId,
  kEngine0,
  kEngine1,
  kEngine2,
  kEngine3,
  kMaxUnits
};

inline constexpr uint32_t kNoInstruction = ~uint32_t{0};

/// The last instruction of each unit that touched something. As units work in order, waiting for these is
/// waiting for all that touched it.
struct Users {
  std::array<uint32_t, kMaxUnits> last;
  Users() { last.fill(kNoInstruction); }
  void add(Unit unit, uint32_t instruction) { last[unit] = instruction; }
  void merge(const Users& other) {
    for (size_t i = 0; i < last.size(); ++i) {
      if (other.last[i] != kNoInstruction && (last[i] == kNoInstruction || other.last[i] > last[i])) {
        last[i] = other.last[i];
      }
    }
  }
};

/// Allocates tiles of a buffer going round. A region is live from allocate() or place() to release() and is
/// never handed out meanwhile; after that it may be handed out again, and then carries the instructions that
/// must finish first. So the depth of double buffering is whatever fits, and no instruction can overwrite
/// what another still needs.
class Ring {
 public:
  /// Regions start at multiples of this, so that a beat never straddles two tiles.
  static constexpr int64_t kAlignment = 64;

  explicit Ring(int64_t bytes) : capacity_(bytes), limit_(bytes) {}
  struct Region {
    int64_t begin = 0, end = 0;
    bool live = false;
    Users users;  ///< of the present content
  };
  /// Returns the region's address, or -1 when the live regions leave no room. `wait` receives the users of
  /// what lay there before.
  int64_t allocate(int64_t bytes, Users& wait);
  /// A region at an address that the caller has planned. std::logic_error where it meets a live one.
  void place(int64_t address, int64_t bytes, Users& wait);
  /// allocate() gives addresses below this from now on; what lies above is for place().
  void set_limit(int64_t bytes) { limit_ = bytes; }
  [[nodiscard]] int64_t limit() const { return limit_; }
  void add_user(int64_t address, Unit unit, uint32_t instruction);
  void release(int64_t address);

 private:
  void occupy(int64_t begin, int64_t bytes, Users& wait);

  int64_t capacity_, limit_;
  int64_t cursor_ = 0;
  std::vector<Region> regions_;  ///< sorted by begin, not overlapping
};

}  // namespace tridex::arch
