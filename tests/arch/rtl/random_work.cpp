#include "random_work.h"

#include <algorithm>

namespace tridex::test {

using arch::Opcode;

int64_t RandomWork::bits(int count) {
  const int64_t high = (int64_t{1} << (count - 1)) - 1;
  const int near = random_.integer(0, 2);
  switch (random_.integer(0, 7)) {
    case 0:
      return high - near;
    case 1:
      return -high - 1 + near;
    case 2:
      return near - 1;
    default:
      return static_cast<int64_t>((uint64_t(uint32_t(random_.integer(INT32_MIN, INT32_MAX))) << 32 |
                                   uint32_t(random_.integer(INT32_MIN, INT32_MAX)))
                                  << (64 - count)) >>
             (64 - count);
  }
}

int RandomWork::format(int least_bits) {
  return random_.integer(least_bits, 16) + (random_.coin() ? 256 : 0);
}

/// Constants that bring a sum of so many bits to a code of so many, more or less.
arch::Record RandomWork::record(int sum_bits, int code_bits) {
  arch::Record r;
  const auto limited = [](int value, int low, int high) { return std::clamp(value, low, high); };
  r.bias = bits(random_.coin() ? sum_bits : 47);
  r.pre = limited(sum_bits - 26 + random_.integer(-3, 3), 0, 47);
  r.mult = static_cast<int32_t>(bits(18) & 0x1ffff);
  r.shift = limited(sum_bits - r.pre + 17 - code_bits + random_.integer(-3, 4), 0, 62);
  r.zero = static_cast<int32_t>(random_.coin() ? bits(code_bits) : bits(24));
  r.six = bits(48) & 0x7fffffffffff;
  r.three = random_.integer(1, (1 << 17) - 1);
  r.act_shift = limited(sum_bits - 17 + random_.integer(-6, 6), -16, 47);
  r.terms[0].mult = static_cast<int32_t>(bits(18) & 0x1ffff);
  r.terms[0].zero = static_cast<int32_t>(random_.coin() ? bits(16) : bits(24));
  r.terms[0].shift = random_.integer(-4, 40);  // products of 42 bits stay in the accumulator
  return r;
}

EngineRecord RandomWork::engine_record(int copy, int slot, int sum_bits, int code_bits) {
  EngineRecord r;
  r.copy = copy;
  r.slot = slot;
  r.lane = record(sum_bits, code_bits);
  r.quotient.mult = static_cast<int32_t>(bits(18) & 0x1ffff);
  r.quotient.shift = random_.integer(-20, 40);
  r.quotient.zero = static_cast<int32_t>(random_.coin() ? bits(9) : bits(24));
  r.den_mult = random_.coin() ? static_cast<int32_t>(bits(18) & 0x1ffff) : 0x1ffff;
  r.den_frac = random_.integer(-62, 62);
  return r;
}

void RandomWork::sets(Work& work, int slots, int sum_bits, int code_bits) {
  for (const Packet& packet : work.packets) {
    if (!packet.new_set) {
      continue;
    }
    auto& set = work.sets.emplace_back();
    const bool every_copy = random_.coin();
    if (random_.integer(0, 3) == 0) {
      set.push_back(engine_record(255, 255, sum_bits, code_bits));
      continue;
    }
    for (int copy = 0; copy < (every_copy ? 1 : s_.copies); ++copy) {
      for (int slot = 0; slot < slots; ++slot) {
        set.push_back(engine_record(every_copy ? 255 : copy, slot, sum_bits, code_bits));
      }
    }
    std::swap(set.front(), set[static_cast<size_t>(random_.integer(0, static_cast<int>(set.size()) - 1))]);
  }
}

Beat RandomWork::beat() {
  Beat b;
  for (int i = 0; i < s_.copies * s_.inputs; ++i) {
    b.narrow.push_back(static_cast<int>(bits(9)));
  }
  for (int i = 0; i < s_.copies * s_.inputs * s_.lanes; ++i) {
    b.wide.push_back(static_cast<int>(bits(9)));
  }
  return b;
}

std::vector<bool> RandomWork::made(bool all) {
  std::vector<bool> m(static_cast<size_t>(s_.copies * s_.lanes));
  for (size_t i = 0; i < m.size(); ++i) {
    m[i] = all || random_.integer(0, 2) > 0;
  }
  m[static_cast<size_t>(random_.integer(0, static_cast<int>(m.size()) - 1))] = true;
  return m;
}

void RandomWork::packets(Work& work, int count, int most_beats) {
  const bool all = random_.coin();
  for (int i = 0; i < count; ++i) {
    Packet p;
    p.new_set = i == 0 || random_.integer(0, 3) == 0;
    p.made = made(all);
    const int beats = random_.integer(1, most_beats);
    for (int b = 0; b < beats; ++b) {
      p.beats.push_back(beat());
    }
    work.packets.push_back(std::move(p));
  }
}

/// Words that an engine does not need hold anything.
void RandomWork::scramble(arch::Command& c) {
  const arch::Command kept = c;
  arch::Command::fields(c, [&](int32_t& word) { word = static_cast<int32_t>(bits(32)); });
  c.in2.format = kept.in2.format;
  c.out.format = kept.out.format;
  c.activation = kept.activation;
  c.has_shortcut = kept.has_shortcut;
  c.depthwise = kept.depthwise;
  c.divisor = kept.divisor;
  c.y_min = kept.y_min;
  c.y_max = kept.y_max;
  c.kv_format = kept.kv_format;
  c.ksum_format = kept.ksum_format;
  c.num_format = kept.num_format;
  c.den_format = kept.den_format;
  c.last = kept.last;
}

Work RandomWork::conv() {
  Work work;
  work.command.op = Opcode::kConv;
  scramble(work.command);
  work.command.activation = random_.integer(0, 3);
  if (random_.integer(0, 3) == 0) {
    work.command.activation = 0;
    work.command.has_shortcut = 1;
  }
  work.command.out.format = random_.integer(0, 5) == 0 ? 32 + 256 : format(2);
  work.command.in2.format = random_.coin() ? 16 + 256 : 16;
  const int count = random_.integer(1, 9);
  packets(work, count, random_.coin() ? 1 : 12);
  const int sum_bits = work.command.activation == 3 ? 36 : 21;
  sets(work, s_.lanes, sum_bits, work.command.out.bits() == 32 ? 16 : work.command.out.bits());
  for (int i = 0; i < count * (s_.lanes * s_.inputs / s_.post_lanes + 1); ++i) {
    auto& codes = work.shortcut.emplace_back();
    for (int slot = 0; slot < s_.copies * s_.post_lanes; ++slot) {
      const int code = static_cast<int>(bits(16));
      codes.push_back(work.command.in2.is_signed() ? code : code & 0xffff);
    }
  }
  return work;
}

Work RandomWork::regular(int count, int beats, Opcode op) {
  Work work;
  work.command.op = op;
  work.command.out.format = 8;
  for (int i = 0; i < count; ++i) {
    Packet p;
    p.new_set = i == 0;
    p.made.assign(static_cast<size_t>(s_.copies * s_.lanes), true);
    p.beats.assign(static_cast<size_t>(beats), beat());
    work.packets.push_back(std::move(p));
  }
  work.sets.push_back({engine_record(255, 255, 20, 8)});
  return work;
}

Work RandomWork::depthwise() {
  Work work = conv();
  work.command.depthwise = 1;
  work.sets.clear();
  sets(work, s_.inputs, work.command.activation == 3 ? 34 : 20,
       work.command.out.bits() == 32 ? 16 : work.command.out.bits());
  return work;
}

Work RandomWork::context() {
  Work work;
  work.command.op = Opcode::kContext;
  scramble(work.command);
  work.command.activation = random_.integer(0, 3);  // not a context's: ignored
  work.command.kv_format = format(2);
  work.command.ksum_format = format(2);
  work.command.last = random_.coin() ? 1 : 0;
  packets(work, random_.integer(1, 9), random_.coin() ? 2 : 12);
  for (Packet& p : work.packets) {
    p.row_sum = random_.coin();
  }
  sets(work, s_.lanes + 1, 21, work.command.kv_format & 255);
  return work;
}

Work RandomWork::attend() {
  Work work;
  work.command.op = Opcode::kAttend;
  scramble(work.command);
  work.command.activation = random_.integer(0, 3);
  work.command.divisor = random_.integer(0, 1);
  work.command.y_min = random_.integer(-60, 0);
  work.command.y_max = random_.integer(0, 60);
  work.command.num_format = format(4);
  work.command.den_format = work.command.divisor == 1 ? random_.integer(4, 16)
                            : random_.coin()          ? 32 + 256
                                                      : format(4);
  work.command.out.format = format(2);
  const int chunks = random_.integer(1, 2);
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const int tokens = random_.integer(1, 8);
    const int groups = random_.integer(1, 2);
    for (int group = 0; group <= groups; ++group) {
      for (int token = 0; token < tokens; ++token) {
        Packet p;
        p.new_set = token == 0;
        p.divisor = group == 0;
        p.made = made(false);
        const int beats = random_.integer(1, 3);
        for (int b = 0; b < beats; ++b) {
          p.beats.push_back(beat());
        }
        work.packets.push_back(std::move(p));
      }
    }
  }
  sets(work, s_.lanes, 20, work.command.num_format & 255);
  return work;
}

}  // namespace tridex::test
