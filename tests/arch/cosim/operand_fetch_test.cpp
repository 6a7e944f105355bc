// What the operand fetch sends gives, through a plain model of the engines' streams, the bytes that the
// engines' kernels give, in as many beats as a command has cycles.
#include "arch/cosim/operand_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "arch/cosim/result_regions.h"
#include "arch/cosim/rtl_command.h"
#include "arch/mapping/engine_timing.h"
#include "arch/pe/kernels.h"
#include "base/error.h"
#include "random_command.h"
#include "stream_model.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;
using Catch::Contains;

namespace {

constexpr int kCommands = 4000;

void compute(const Command& command, const BufferViews& buffers) {
  switch (command.op) {
    case Opcode::kConv:
      return compute_conv(command, buffers);
    case Opcode::kContext:
      return compute_context(command, buffers);
    default:
      return compute_attend(command, buffers);
  }
}

Engine engine_of(const RtlParameters& p) {
  Engine engine;
  engine.kind = p.kind;
  engine.lanes = p.lanes;
  engine.inputs = p.inputs;
  engine.post_lanes = p.post_lanes;
  return engine;
}

std::string first_difference(const CommandCase& a, const CommandCase& b) {
  for (size_t buffer = 0; buffer < 3; ++buffer) {
    const auto [at, other] =
        std::mismatch(a.bytes[buffer].begin(), a.bytes[buffer].end(), b.bytes[buffer].begin());
    if (at != a.bytes[buffer].end()) {
      return fmt::format("buffer {}, byte {}: {} instead of {}", buffer, at - a.bytes[buffer].begin(), *at,
                         *other);
    }
  }
  return "";
}

int64_t results_of(const Command& c) {
  const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
  const int64_t channels = c.c1 - c.c0;
  return c.op == Opcode::kConv      ? channels * pixels
         : c.op == Opcode::kContext ? channels * c.head_dim * (c.head_dim + 1)
                                    : channels * c.head_dim * pixels;
}

}  // namespace

TEST_CASE("operand fetch: random commands give the kernels' bytes, in as many beats as they have cycles") {
  Random random("operand fetch");
  std::array<int, 3> kinds{};
  for (int i = 0; i < kCommands; ++i) {
    const RtlParameters p = random_parameters(random);
    CommandCase streams = random_command(p, random);
    CommandCase kernel = streams;
    const Command& command = streams.command;
    INFO(p.name() << " of depth " << p.divisor_depth << ", command " << i << ", op "
                  << opcode_name(command.op));
    const auto fetch = make_operand_fetch(p, command, streams.views(), "command");
    const StreamRun run = run_streams(p, command, *fetch);
    REQUIRE(run.beats == compute_cycles(engine_of(p), command));
    REQUIRE(write_results(run, streams.views()) == results_of(command));
    compute(command, kernel.views());
    REQUIRE(first_difference(streams, kernel) == "");
    ++kinds.at(static_cast<size_t>(command.op));
  }
  for (const int commands : kinds) {
    CHECK(commands > kCommands / 10);
  }
}

TEST_CASE("operand fetch: a command that reads another one's results is known by their bytes") {
  Command writer;
  writer.out = {kOutputBuffer, 1000, 2, 4, 0, 3, 0, 8};  // 192 bytes
  Command reader;
  reader.in = {kOutputBuffer, 1000 + 192, 2, 4, 0, 3, 0, 8};
  CHECK_FALSE(reads_results(reader, writer));
  reader.in.address -= 1;
  CHECK(reads_results(reader, writer));
  reader.in.buffer = kInputBuffer;
  CHECK_FALSE(reads_results(reader, writer));
  reader.in2 = {kOutputBuffer, 1000 - 191, 2, 4, 0, 3, 0, 8};
  CHECK_FALSE(reads_results(reader, writer));
  reader.has_shortcut = 1;
  CHECK(reads_results(reader, writer));
  Command context;
  context.op = Opcode::kContext;
  context.in.buffer = kInputBuffer;
  context.heads = 2;
  context.head_dim = 8;
  context.kv = 4000;
  context.ksum = 4000 + 128;
  context.kv_format = context.ksum_format = 8;
  Command attend = context;
  attend.op = Opcode::kAttend;
  CHECK(reads_results(attend, context));
  attend.kv += 128 + 16;
  attend.ksum += 128 + 16;
  CHECK_FALSE(reads_results(attend, context));
  attend.kv -= 1;
  CHECK(reads_results(attend, context));
}

TEST_CASE("rtl command: words that changed are written, with short gaps between them") {
  Command::Words held{};
  Command::Words words{};
  const auto runs = [&](bool known) {
    std::string text;
    for (const WordRun& run : words_to_write(known ? std::optional(held) : std::nullopt, words)) {
      text += fmt::format("{}+{} ", run.first, run.count);
    }
    return text;
  };
  CHECK(runs(false) == fmt::format("0+{} ", Command::kWords));
  CHECK(runs(true).empty());
  words[5] = 1;
  CHECK(runs(true) == "5+1 ");
  words[8] = 1;
  CHECK(runs(true) == "5+4 ");
  words[12] = 1;
  CHECK(runs(true) == "5+4 12+1 ");
  words.back() = 1;
  CHECK(runs(true) == fmt::format("5+4 12+1 {}+1 ", Command::kWords - 1));
}

TEST_CASE("rtl command: a result is compared with all its bits, and stays as the RTL has it") {
  std::vector<uint8_t> model{0x7f, 0x80, 0, 0xff};
  std::vector<uint8_t> real(4);
  BufferViews of_model, of_real;
  of_model.views[kOutputBuffer] = {model.data(), 4};
  of_real.views[kOutputBuffer] = {real.data(), 4};
  const auto place = [](int64_t address, bool is_signed) {
    Place at;
    at.wanted = true;
    at.buffer = kOutputBuffer;
    at.address = address;
    at.is_signed = is_signed;
    return at;
  };
  const auto compare = [&](const std::vector<PlacedResult>& results) {
    const auto d = compare_and_write(results, of_model, of_real);
    return d ? fmt::format("{}: {} for {}", d->place.address, d->rtl, d->tlm) : std::string();
  };
  CHECK(compare({{place(0, true), 127}, {place(1, false), 128}, {place(3, true), -1}}).empty());
  CHECK(real == std::vector<uint8_t>{0x7f, 0x80, 0, 0xff});
  CHECK(compare({{place(1, true), 128}}) == "1: 128 for -128");
  CHECK(compare({{place(1, false), 128 + 256}}) == "1: 384 for 128");
  CHECK(compare({{place(0, true), 126}, {place(1, false), 1}}) == "0: 126 for 127");
  CHECK(real == std::vector<uint8_t>{126, 1, 0, 0xff});
}

TEST_CASE("operand fetch: what RTL has not is refused with the command and the reason") {
  Random random("refusals");
  RtlParameters p;
  const auto refused = [&](const Command& command, const CommandCase& of) {
    CommandCase copy = of;
    const auto fetch = make_operand_fetch(p, command, copy.views(), "layer stem, tile 3");
    static_cast<void>(run_streams(p, command, *fetch));
  };
  CommandCase attend, conv;
  do {
    attend = random_command(p, random);
  } while (attend.command.op != Opcode::kAttend);
  do {
    conv = random_command(p, random);
  } while (conv.command.op != Opcode::kConv || conv.command.has_shortcut == 0 || conv.command.kernel_h == 1);
  REQUIRE_NOTHROW(refused(attend.command, attend));
  REQUIRE_NOTHROW(refused(conv.command, conv));
  for (const auto& [divisor, name] :
       {std::pair(quant::Divisor::kUniform, "uniform"), std::pair(quant::Divisor::kExact, "exact"),
        std::pair(quant::Divisor::kReciprocal, "reciprocal")}) {
    Command command = attend.command;
    command.divisor = static_cast<int32_t>(divisor);
    CHECK_THROWS_WITH(refused(command, attend), Contains("layer stem, tile 3") && Contains(name));
  }
  Command accumulators = attend.command;
  accumulators.num_format = 256 + 32;
  CHECK_THROWS_WITH(refused(accumulators, attend), Contains("dividends that are accumulators"));
  Command far = attend.command;
  far.y_min = -256;
  far.y_max = 255;
  CHECK_NOTHROW(refused(far, attend));
  far.y_max = 256;
  CHECK_THROWS_WITH(refused(far, attend), Contains("log2 codes from -256 to 256"));
  Command activated = conv.command;
  activated.activation = static_cast<int32_t>(quant::Activation::kRelu);
  CHECK_THROWS_WITH(refused(activated, conv), Contains("shortcut together with an activation"));
  // 9 bits hold -256 to 255; a padding code far outside is none of theirs.
  CommandCase padded = conv;
  padded.command.pad_top = padded.command.kernel_h - 1;
  padded.command.y0 = 0;
  padded.command.in.first_row = 0;
  padded.command.out.first_row = padded.command.in2.first_row = 0;
  padded.command.y1 = 1;
  const auto set_zeros = [&](int32_t zero) {
    auto& bytes = padded.bytes[kWeightBuffer];
    for (size_t at = static_cast<size_t>(padded.command.pads); at + 4 <= bytes.size(); at += 4) {
      std::memcpy(bytes.data() + at, &zero, 4);
    }
  };
  for (const int32_t fits : {255, -256}) {
    set_zeros(fits);
    CHECK_NOTHROW(refused(padded.command, padded));
  }
  for (const int32_t too_far : {256, -257}) {
    set_zeros(too_far);
    CHECK_THROWS_WITH(refused(padded.command, padded), Contains("layer stem, tile 3") &&
                                                           Contains(std::to_string(too_far)) &&
                                                           Contains("9-bit"));
  }
}
