// The units of an engine, each against arch/pe/arithmetic.h: random values and those at the ends of their
// ranges.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "arch/pe/arithmetic.h"
#include "engine_model.h"
#include "pins.h"
#include "random_work.h"
#include "units.h"

using namespace tridex;
using namespace tridex::test;

namespace {

const EngineShape kNoShape{2, 1, 1, 1};

class Units {
 public:
  explicit Units(const char* name)
      : random(name), draw(kNoShape, random), top(std::make_unique<units>(&context_)) {
    top->enable = 1;
  }
  void clock(int count) {
    for (int i = 0; i < count; ++i) {
      top->clk = 0;
      top->eval();
      top->clk = 1;
      top->eval();
    }
  }
  /// Fields of a packed struct, the last one first.
  template <typename Port>
  static void pack(Port& port, std::initializer_list<std::pair<int, int64_t>> fields) {
    size_t at = 0;
    for (const auto& [width, value] : fields) {
      put_bits(port, at, width, static_cast<uint64_t>(value));
      at += static_cast<size_t>(width);
    }
  }
  void settings(const arch::Command& c) {
    const auto conv = c.op == arch::Opcode::kConv;
    const arch::CodeRange quotient(c.out.format);
    const arch::CodeRange others(c.den_format);
    const arch::CodeRange results(conv ? c.out.format : c.num_format);
    pack(top->settings, {{17, quotient.high},
                         {17, quotient.low},
                         {1, quotient.bits == 32},
                         {17, others.high},
                         {17, others.low},
                         {1, others.bits == 32},
                         {17, results.high},
                         {17, results.low},
                         {1, results.bits == 32},
                         {1, 0},
                         {9, c.y_max},
                         {9, c.y_min},
                         {1, static_cast<quant::Divisor>(c.divisor) == quant::Divisor::kLog2Paper},
                         {1, c.in2.is_signed()},
                         {1, c.has_shortcut},
                         {2, conv ? c.activation : 0},
                         {1, 0},
                         {2, static_cast<int>(c.op)}});
  }
  void record(const EngineRecord& r) {
    pack(top->record, {{8, r.den_frac},
                       {17, r.den_mult},
                       {24, r.quotient.zero},
                       {8, r.quotient.shift},
                       {17, r.quotient.mult},
                       {24, r.lane.terms[0].zero},
                       {8, r.lane.terms[0].shift},
                       {17, r.lane.terms[0].mult},
                       {8, r.lane.act_shift},
                       {17, r.lane.three},
                       {48, r.lane.six},
                       {24, r.lane.zero},
                       {6, r.lane.shift},
                       {6, r.lane.pre},
                       {17, r.lane.mult},
                       {48, r.lane.bias}});
  }

 private:
  VerilatedContext context_;

 public:
  Random random;
  RandomWork draw;
  std::unique_ptr<units> top;
};

}  // namespace

TEST_CASE("two products of one multiplication: every pair of ends, and random operands") {
  Units u("pairs");
  std::vector<int> operands{-256, -255, -129, -128, -127, -2, -1, 0, 1, 2, 127, 128, 254, 255};
  for (int i = 0; i < 12; ++i) {
    operands.push_back(u.random.integer(-256, 255));
  }
  for (const int shared : operands) {
    for (const int low : operands) {
      for (const int high : operands) {
        Units::pack(u.top->operands, {{9, shared}, {9, low}, {9, high}});
        u.clock(2);
        INFO(shared << " x " << low << ", " << high);
        REQUIRE(get_signed(u.top->packed_products, 0, 18) == shared * low);
        REQUIRE(get_signed(u.top->packed_products, 18, 18) == shared * high);
        REQUIRE(get_signed(u.top->single_products, 0, 18) == shared * low);
        REQUIRE(get_signed(u.top->single_products, 18, 18) == shared * high);
      }
    }
  }
}

TEST_CASE("a tree of adders of two levels") {
  Units u("tree");
  for (int round = 0; round < 2000; ++round) {
    int64_t sum = 0;
    for (size_t i = 0; i < 12; ++i) {
      const int64_t term = round == 0 ? -256 : round == 1 ? 255 : u.draw.bits(9);
      put_bits(u.top->terms, 9 * i, 9, static_cast<uint64_t>(term));
      sum += term;
    }
    u.clock(2);
    REQUIRE(get_signed(u.top->tree_sum, 0, 13) == sum);
  }
}

TEST_CASE("rounded shifts: every amount") {
  Units u("shifts");
  for (int amount = -128; amount < 128; ++amount) {
    for (int round = 0; round < 100; ++round) {
      // Values whose result is at the limits too.
      const int64_t x = u.draw.bits(round % 3 == 0 ? 48 : u.random.integer(2, 48));
      u.top->sum = static_cast<uint64_t>(x) & 0xffffffffffff;
      u.top->amount = static_cast<uint8_t>(amount);
      u.top->clk = 0;
      u.top->eval();
      INFO(x << " by " << amount);
      if (amount >= -16) {
        REQUIRE(get_signed(u.top->shifted_18, 0, 18) == arch::saturate(arch::shift_rounded(x, amount), 18));
      }
      REQUIRE(get_signed(u.top->shifted_27, 0, 27) == arch::saturate(arch::shift_rounded(x, amount), 27));
      const int64_t narrow = arch::saturate(x, 42);
      u.top->sum = static_cast<uint64_t>(narrow) & 0xffffffffffff;
      u.top->eval();
      if (amount >= -30) {
        REQUIRE(get_signed(u.top->shifted_48, 0, 48) ==
                arch::saturate(arch::shift_rounded(narrow, amount), 48));
      }
    }
  }
}

TEST_CASE("a lane: bias, shortcut or activation, requantization") {
  Units u("lane");
  int inside = 0;
  constexpr int kRounds = 20000;
  for (int round = 0; round < kRounds; ++round) {
    const Work work = u.draw.conv();
    const EngineRecord& r = work.sets.front().front();
    const auto& term = r.lane.terms[0];
    const int64_t sum = u.draw.bits(u.random.integer(8, 47));
    const int code = work.shortcut.front().front();
    u.settings(work.command);
    u.record(r);
    u.top->sum = static_cast<uint64_t>(sum) & 0xffffffffffff;
    u.top->shortcut = static_cast<uint16_t>(code);
    u.clock(8);
    int64_t a = sum + r.lane.bias;
    if (work.command.has_shortcut != 0) {
      a += arch::shift_rounded((int64_t{code} - term.zero) * term.mult, term.shift);
    }
    if (a != arch::saturate(a, 48)) {
      continue;  // no network's accumulator does this
    }
    const arch::CodeRange range(work.command.out.format);
    const int64_t q = arch::finish(a, static_cast<quant::Activation>(work.command.activation), r.lane, range);
    inside += q > range.low && q < range.high ? 1 : 0;
    INFO("round " << round << ", activation " << work.command.activation << ", sum " << a);
    REQUIRE(get_signed(u.top->result, 0, 48) == q);
  }
  CHECK(inside > kRounds / 10);  // not only limits are compared
}

TEST_CASE("a lane's quotients") {
  Units u("quotients");
  int inside = 0;
  constexpr int kRounds = 20000;
  for (int round = 0; round < kRounds; ++round) {
    const Work work = u.draw.attend();
    const EngineRecord& r = work.sets.front().front();
    const int64_t sum = u.draw.bits(u.random.integer(8, 47));
    const int y = u.random.integer(0, 3) == 0 ? u.random.integer(-62, 176) : u.random.integer(-10, 30);
    u.settings(work.command);
    u.record(r);
    u.top->sum = static_cast<uint64_t>(sum) & 0xffffffffffff;
    u.top->exponent = static_cast<uint16_t>(y & 511);
    u.clock(11);
    const int64_t n =
        arch::requantize(sum + r.lane.bias, r.lane, arch::CodeRange(work.command.num_format)) - r.lane.zero;
    const arch::CodeRange range(work.command.out.format);
    const int64_t q =
        range.clamp(arch::shift_rounded(n * r.quotient.mult, r.quotient.shift + y) + r.quotient.zero);
    inside += q > range.low && q < range.high ? 1 : 0;
    INFO("round " << round << ", dividend " << n << ", exponent " << y);
    REQUIRE(get_signed(u.top->quotient, 0, 17) == q);
  }
  CHECK(inside > kRounds / 10);
}

TEST_CASE("log2 codes of divisors: every place of the leading one, both sides of the root of two") {
  Units u("log2");
  arch::Command command;
  command.op = arch::Opcode::kAttend;
  const auto check = [&](int64_t den, int32_t mult, int frac) {
    u.settings(command);
    u.top->divisor = static_cast<uint64_t>(den) & 0xffffffffffff;
    u.top->den_mult = static_cast<uint32_t>(mult);
    u.top->den_frac = static_cast<uint8_t>(frac);
    u.clock(3);
    INFO(den << " x " << mult << ", frac " << frac << ", divisor " << command.divisor);
    REQUIRE(get_signed(u.top->divisor_exponent, 0, 9) == log2_exponent(command, den, mult, frac));
  };
  command.y_min = -150;
  command.y_max = 200;
  for (int place = 0; place < 31; ++place) {
    for (const int64_t mantissa : {int64_t{65536}, int64_t{92681}, int64_t{92682}, int64_t{131071}}) {
      const int64_t den = place >= 16 ? mantissa << (place - 16) : mantissa >> (16 - place);
      for (const int32_t mult : {0, 1, 2, 65536, 131071}) {
        for (const int64_t off : {-1, 0, 1}) {
          check(den + off, mult, u.random.integer(-62, 62));
        }
      }
    }
  }
  for (int round = 0; round < 20000; ++round) {
    const Work work = u.draw.attend();
    command = work.command;
    command.y_min = u.random.integer(-62, 62);
    command.y_max = u.random.integer(command.y_min, 62);
    const int64_t den =
        command.divisor == 1 ? u.random.integer(0, 65535) : u.draw.bits(u.random.integer(2, 32));
    check(den, static_cast<int32_t>(u.draw.bits(18) & 0x1ffff), u.random.integer(-62, 62));
  }
}
