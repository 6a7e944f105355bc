#include "arch/mapping/params.h"

#include <catch2/catch.hpp>

#include "arch/mapping/command.h"
#include "support/random.h"

using namespace tridex::arch;

TEST_CASE("params: a record comes back as it was written, at the ends of every field") {
  tridex::test::Random random("records");
  for (const auto activation : {tridex::quant::Activation::kNone, tridex::quant::Activation::kRelu,
                                tridex::quant::Activation::kRelu6, tridex::quant::Activation::kHardswish}) {
    for (int terms = 0; terms <= 3; ++terms) {
      const RecordFormat format{activation, terms};
      std::vector<uint8_t> bytes(static_cast<size_t>(format.bytes()), 0xaa);
      for (int i = 0; i < 100; ++i) {
        Record record;
        const int64_t edge = (int64_t{1} << 47) - 1;
        record.bias = i == 0 ? edge : i == 1 ? -edge : random.integer(-1000000, 1000000);
        record.mult = i == 0 ? 131071 : random.integer(0, 131071);
        record.zero = i == 0 ? -1048575 : random.integer(-1048575, 1048575);
        record.pre = random.integer(0, 40);
        record.shift = random.integer(-40, 62);
        if (activation == tridex::quant::Activation::kRelu6) {
          record.six = i == 0 ? edge : random.integer(1, 1 << 30);
        }
        if (activation == tridex::quant::Activation::kHardswish) {
          record.three = random.integer(1, 131071);
          record.act_shift = random.integer(-20, 40);
        }
        for (int t = 0; t < terms; ++t) {
          record.terms.at(static_cast<size_t>(t)) = {
              random.integer(0, 131071), random.integer(-1048575, 1048575), random.integer(-40, 62)};
        }
        write_record(bytes.data(), format, record);
        const Record back = read_record(bytes.data(), format);
        CHECK(back.bias == record.bias);
        CHECK(back.mult == record.mult);
        CHECK(back.zero == record.zero);
        CHECK(back.pre == record.pre);
        CHECK(back.shift == record.shift);
        CHECK(back.six == record.six);
        CHECK(back.three == record.three);
        CHECK(back.act_shift == record.act_shift);
        for (size_t t = 0; t < 3; ++t) {
          CHECK(back.terms.at(t).mult == record.terms.at(t).mult);
          CHECK(back.terms.at(t).zero == record.terms.at(t).zero);
          CHECK(back.terms.at(t).shift == record.terms.at(t).shift);
        }
      }
    }
  }
}

TEST_CASE("params: weights of 2 to 16 bits come out of their bit stream") {
  tridex::test::Random random("weights");
  for (int bits = 2; bits <= 16; ++bits) {
    const int count = random.integer(1, 77);
    std::vector<int> expected;
    std::vector<uint8_t> stream(static_cast<size_t>((count * bits + 7) / 8), 0);
    for (int i = 0; i < count; ++i) {
      const int weight = random.integer(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
      expected.push_back(weight);
      for (int b = 0; b < bits; ++b) {  // one bit at a time: the slow way
        const int bit = i * bits + b;
        stream[static_cast<size_t>(bit / 8)] =
            static_cast<uint8_t>(stream[static_cast<size_t>(bit / 8)] | ((weight >> b & 1) << (bit % 8)));
      }
    }
    std::vector<int16_t> out(static_cast<size_t>(count));
    unpack_weights(stream.data(), bits, out);
    CHECK(std::vector<int>(out.begin(), out.end()) == expected);
  }
}

TEST_CASE("command: every register word reaches its field") {
  Command::Words words{};
  for (size_t i = 0; i < words.size(); ++i) {
    words.at(i) = static_cast<int32_t>(i) + 1;
  }
  CHECK(Command::decode(words).encode() == words);
  Command command;
  command.tag = 77;
  command.copies_channels = 5;
  CHECK(Command::decode(command.encode()).tag == 77);
  CHECK(Command::decode(command.encode()).copies_channels == 5);
}
