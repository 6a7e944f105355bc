#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "base/error.h"
#include "models/weights.h"
#include "support/random.h"
#include "support/temp_folder.h"

using namespace tridex::models;
using tridex::test::TempFolder;

namespace {

std::string with_length(const std::string& header, const std::string& data, uint64_t length) {
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

std::string make_file(const std::string& header, const std::string& data) {
  return with_length(header, data, header.size());
}

std::string bytes_of(const std::vector<float>& values) {
  std::string bytes(values.size() * 4, '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string error_of(const std::string& content) {
  const TempFolder folder;
  try {
    read_safetensors(folder.write("w.safetensors", content));
  } catch (const tridex::Error& error) {
    const std::string text = error.what();
    CHECK(text.find("w.safetensors") != std::string::npos);
    return text;
  }
  return "";
}

}  // namespace

TEST_CASE("safetensors: every float type, metadata and counters") {
  const TempFolder folder;
  std::string data = bytes_of({1.5f, -2.0f});
  data += std::string("\x00\x3e\x01\x00\x00\xfc", 6);  // F16: 1.5, 2^-24, -infinity
  data += std::string("\xc0\x3f", 2);                  // BF16: 1.5
  const double eighth = 0.125;
  data.append(reinterpret_cast<const char*>(&eighth), 8);
  data.append(8, '\x01');
  const auto weights = read_safetensors(folder.write(
      "w", make_file(R"({"__metadata__":{"a":"b"},"f32":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
        "f16":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},"bf16":{"dtype":"BF16","shape":[],
        "data_offsets":[14,16]},"f64":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},
        "n.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})",
                     data)));
  CHECK(weights.size() == 4);
  CHECK(weights.at("f32").dims == std::vector<int64_t>{2, 1});
  CHECK(weights.at("f32").data == std::vector<float>{1.5f, -2.0f});
  CHECK(weights.at("f16").data ==
        std::vector<float>{1.5f, 0x1p-24f, -std::numeric_limits<float>::infinity()});
  CHECK(weights.at("bf16").data == std::vector<float>{1.5f});
  CHECK(weights.at("f64").data == std::vector<float>{0.125f});
}

TEST_CASE("safetensors: damaged files are refused with a reason") {
  const std::string data = bytes_of({1, 2});
  const auto entry = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return make_file(
        R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}", data);
  };
  REQUIRE(error_of(entry(R"("F32")", "[2]", "[0,8]")).empty());
  CHECK_THAT(error_of(""), Catch::Contains("0 bytes"));
  CHECK_THAT(error_of("abc"), Catch::Contains("3 bytes"));
  CHECK_THAT(error_of(with_length("{}", "", 1000)), Catch::Contains("header would take 1000"));
  CHECK_THAT(error_of(with_length("{}", "", UINT64_MAX)), Catch::Contains("header would take"));
  CHECK_THAT(error_of(make_file("{", "")), Catch::Contains("not JSON"));
  CHECK_THAT(error_of(make_file("[]", "")), Catch::Contains("not a JSON object"));
  CHECK_THAT(error_of(make_file(R"({"a":1})", "")), Catch::Contains("lacks"));
  CHECK_THAT(error_of(entry("5", "[2]", "[0,8]")), Catch::Contains("dtype is not a word"));
  CHECK_THAT(error_of(entry(R"("F8")", "[2]", "[0,8]")), Catch::Contains("unknown dtype 'F8'"));
  CHECK_THAT(error_of(entry(R"("I32")", "[2]", "[0,8]")), Catch::Contains("is I32, expected F32"));
  CHECK_THAT(error_of(entry(R"("F32")", "2", "[0,8]")), Catch::Contains("shape is not a list"));
  CHECK_THAT(error_of(entry(R"("F32")", "[-2]", "[0,8]")), Catch::Contains("-2 is not a size"));
  CHECK_THAT(error_of(entry(R"("F32")", "[2.5]", "[0,8]")), Catch::Contains("2.5 is not a size"));
  CHECK_THAT(error_of(entry(R"("F32")", "[18446744073709551615,2]", "[0,8]")), Catch::Contains("not a size"));
  CHECK_THAT(error_of(entry(R"("F32")", "[3]", "[0,8]")), Catch::Contains("3 values of F32 do not fill"));
  CHECK_THAT(error_of(entry(R"("F32")", "[2]", "[8,0]")), Catch::Contains("outside"));
  CHECK_THAT(error_of(entry(R"("F32")", "[2]", "[4,12]")), Catch::Contains("outside"));
  CHECK_THAT(error_of(entry(R"("F32")", "[2]", "[0]")), Catch::Contains("pair of byte offsets"));
  CHECK_THAT(error_of(entry(R"("F32")", "[1]", "[0,4]")), Catch::Contains("at its end belong to no tensor"));
  CHECK_THAT(error_of(entry(R"("F32")", "[1]", "[4,8]")), Catch::Contains("belong to no tensor"));
  const std::string one = R"({"dtype":"F32","shape":[1],"data_offsets":)";
  CHECK_THAT(error_of(make_file(R"({"a":)" + one + R"([0,4]},"b":)" + one + "[0,4]}}", bytes_of({1}))),
             Catch::Contains("overlaps"));
  CHECK_THAT(error_of(make_file(R"({"a":)" + one + R"([0,4]},"a":)" + one + "[4,8]}}", data)),
             Catch::Contains("listed twice"));
  CHECK_THROWS_WITH(read_safetensors("/nowhere/w.safetensors"), Catch::Contains("/nowhere/w.safetensors"));
}

TEST_CASE("safetensors: random damage never does worse than an error") {
  tridex::test::Random random("safetensors damage");
  const TempFolder folder;
  const std::string good = make_file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
    "b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}})",
                                     bytes_of({1, 2, 3}));
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bad = good;
    for (int changes = random.integer(1, 4); changes > 0; --changes) {
      bad[static_cast<size_t>(random.integer(0, static_cast<int>(bad.size()) - 1))] =
          static_cast<char>(random.integer(0, 255));
    }
    bad.resize(
        static_cast<size_t>(random.coin() ? random.integer(0, static_cast<int>(bad.size())) : bad.size()));
    try {
      read_safetensors(folder.write("w", bad));
    } catch (const tridex::Error& error) {
      ++refused;
      CHECK_THAT(error.what(), Catch::Contains(folder.path().string()));
    }
  }
  CHECK(refused > 500);  // half of the rounds cut the file
}
