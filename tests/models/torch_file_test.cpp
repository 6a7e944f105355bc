#include "models/torch_file.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "models/checkpoint.h"
#include "support/random.h"
#include "support/skip.h"
#include "support/temp_folder.h"
#include "torch_builder.h"

using namespace tridex::models;
using namespace tridex::test;

namespace {

const std::filesystem::path kData = std::filesystem::path(TRIDEX_SOURCE_DIR) / "tests/models/data";

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dims == b.dims && a.data.size() == b.data.size() &&
         (a.data.empty() || std::memcmp(a.data.data(), b.data.data(), a.data.size() * sizeof(float)) == 0);
}

/// Every NAME.pt of the folder that has a NAME.safetensors gives the same tensors. Returns their number.
int compare_twins(const std::filesystem::path& folder) {
  int twins = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::path twin = entry.path();
    if (twin.extension() != ".pt" || !std::filesystem::exists(twin.replace_extension(".safetensors"))) {
      continue;
    }
    ++twins;
    CAPTURE(entry.path().string());
    const Weights torch = read_checkpoint(entry.path()).weights;
    const Weights plain = read_checkpoint(twin).weights;
    CHECK(torch.size() == plain.size());
    for (const auto& [name, tensor] : plain) {
      CAPTURE(name);
      REQUIRE(torch.count(name) == 1);
      CHECK(same_bits(torch.at(name), tensor));
    }
  }
  return twins;
}

const TempFolder& scratch() {
  static const TempFolder folder;
  return folder;
}

/// The error of reading these bytes, or "".
std::string error_of(const std::string& content) {
  // Some file systems sync a file that is overwritten; a new one is written in no time.
  std::filesystem::remove(scratch().path() / "w.pt");
  try {
    read_torch_file(scratch().write("w.pt", content));
  } catch (const tridex::Error& error) {
    const std::string text = error.what();
    CHECK(text.find("w.pt") != std::string::npos);
    CHECK(text.size() < 1200);
    return text;
  }
  return "";
}

std::string floats(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), 4);
  }
  return bytes;
}

/// Of a file whose state dict has the tensor 't' with this value; data/0 holds twelve floats.
std::string error_with(const std::string& value) {
  return error_of(make_torch_file(pickle(p_dict({p_text("t"), value})), {floats(12)}));
}

const std::string kTwelve = p_storage("FloatStorage", "0", 12);

std::string tensor_error(int64_t offset, std::initializer_list<int64_t> size,
                         std::initializer_list<int64_t> stride) {
  return error_with(p_tensor(kTwelve, offset, p_ints(size), p_ints(stride)));
}

std::string text_of(const std::filesystem::path& file) {
  return tridex::read_text(file);
}

}  // namespace

TEST_CASE("torch file: what PyTorch wrote gives the bits of its safetensors twin") {
  CHECK(compare_twins(kData) == 8);
  const Weights views = read_checkpoint(kData / "views.pt").weights;
  CHECK(views.at("transposed").dims == std::vector<int64_t>{6, 4});
  CHECK(views.at("transposed").data[1] == views.at("tied").data[6]);
  CHECK(views.at("scalar").dims.empty());
  CHECK(views.at("empty").data.empty());
}

TEST_CASE("torch file: what PyTorch writes now gives the bits of its safetensors twin") {
  const TempFolder folder;
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import torch' >/dev/null 2>&1").c_str()) == 0) {
      const std::string script = (kData / "make_checkpoints.py").string();
      REQUIRE(std::system((python + " '" + script + "' '" + folder.path().string() + "'").c_str()) == 0);
      CHECK(compare_twins(folder.path()) == 8);
      return;
    }
  }
  WARN("skipped: no python3 here has torch (Debian: python3-torch)");
  ++skipped_cases();
}

TEST_CASE("checkpoint: formats are told by their first bytes, wrappers and choices are remarked") {
  const TempFolder folder;
  CHECK(read_checkpoint(folder.write("a.safetensors", text_of(kData / "plain.pt"))).weights.size() == 7);
  CHECK(read_checkpoint(folder.write("a.bin", text_of(kData / "plain.pt"))).weights.size() == 7);
  CHECK(read_checkpoint(folder.write("a.pt", text_of(kData / "plain.safetensors"))).weights.size() == 7);
  CHECK(read_checkpoint(kData / "plain.pt").remarks.empty());
  const auto wrapped = read_checkpoint(kData / "module_prefix.pt");
  CHECK(wrapped.weights.count("0.weight") == 1);
  REQUIRE(wrapped.remarks.size() == 1);
  CHECK_THAT(wrapped.remarks[0], Catch::Contains("'module.'"));
  const auto chosen = read_checkpoint(kData / "training.pt");
  REQUIRE(chosen.remarks.size() == 1);
  CHECK_THAT(chosen.remarks[0], Catch::Contains("'state_dict'") && Catch::Contains("state_dict_ema"));
  CHECK_THROWS_WITH(read_checkpoint(kData / "legacy.pt"),
                    Catch::Contains("before 1.6") && Catch::Contains("torch.save(torch.load("));
  CHECK_THROWS_WITH(read_checkpoint(folder.write("b.pt", "hello world")),
                    Catch::Contains("neither safetensors nor"));
  CHECK_THROWS_WITH(read_checkpoint(folder.write("c.pt", "")), Catch::Contains("neither safetensors nor"));
  CHECK_THROWS_WITH(read_checkpoint(folder.write("b.safetensors", "hello world")),
                    Catch::Contains("safetensors file"));
  CHECK_THROWS_WITH(read_checkpoint(folder.path() / "none.pt"), Catch::Contains("No such file"));
}

TEST_CASE("torch file: a pickle that asks for anything else is refused, by name") {
  const TempFolder folder;
  const std::string shell = p_text("touch " + (folder.path() / "executed").string());
  const auto calls = [&](const std::string& function) { return function + p_tuple({shell}) + "R"; };
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"os", "system"},
                                                        {"posix", "system"},
                                                        {"builtins", "eval"},
                                                        {"__builtin__", "eval"},
                                                        {"nt", "system"},
                                                        {"subprocess", "Popen"},
                                                        {"torch", "load"},
                                                        {"torch", "hub.load"},
                                                        {"efficientvit.models", "Net"}}) {
    CAPTURE(module, name);
    const auto is_refused = [name_of = module + "." + name](const std::string& error) {
      CHECK_THAT(error, Catch::Contains("refused: the pickle asks for " + name_of) &&
                            Catch::Contains("torch.save(model.state_dict()"));
    };
    is_refused(error_with(calls(p_global(module, name))));
    is_refused(error_with(calls(p_text(module) + p_text(name) + "\x93")));
    is_refused(error_with(p_global(module, name)));  // named, and not called
    is_refused(error_of(make_torch_file(pickle(calls(p_global(module, name))), {})));
    is_refused(
        error_of(make_torch_file(pickle(p_dict({p_text("epoch"), calls(p_global(module, name)), p_text("t"),
                                                p_tensor(kTwelve, 0, p_ints({12}), p_ints({1}))})),
                                 {floats(12)})));
  }
  CHECK_THAT(error_with(p_global("os\x1b[31m", "system")), Catch::Contains("os?[31m.system"));
  CHECK_THAT(error_with(p_global(std::string(300, 'm'), "x")), Catch::Contains("global's name of 301"));
  CHECK_THAT(error_with(p_text("os") + p_int(1) + "\x93"), Catch::Contains("global without a name"));
  // Python's other ways to make and to change objects.
  const std::string unknown = "is none that torch.save writes";
  CHECK_THAT(error_with(fmt::format("({}ios\nsystem\n", shell)), Catch::Contains(unknown));  // INST
  CHECK_THAT(error_with(fmt::format("({}{}o", p_global("torch", "Size"), shell)),
             Catch::Contains(unknown));  // OBJ
  CHECK_THAT(error_with(p_global("torch", "Size") + p_tuple({shell}) + "\x81"),
             Catch::Contains(unknown));                                                      // NEWOBJ
  CHECK_THAT(error_with(p_global("torch", "Size") + ")}\x92"), Catch::Contains(unknown));    // NEWOBJ_EX
  CHECK_THAT(error_with("\x82\x01"), Catch::Contains(unknown));                              // EXT1
  CHECK_THAT(error_with(std::string("\x83\x01\x00", 3)), Catch::Contains(unknown));          // EXT2
  CHECK_THAT(error_with(std::string("\x84\x01\x00\x00\x00", 5)), Catch::Contains(unknown));  // EXT4
  CHECK_THAT(error_with("Pid\n"), Catch::Contains(unknown));                                 // PERSID
  CHECK_THAT(error_with("}}b"), Catch::Contains("holds no such items"));  // BUILD on a dict
  CHECK_THAT(error_with(p_global("torch", "Size") + "}b"), Catch::Contains("holds no such items"));
  CHECK_THAT(error_with(p_text("eval") + p_tuple({shell}) + "R"), Catch::Contains("no global"));
  CHECK_THAT(error_with(p_global("torch", "Size") + "]R"), Catch::Contains("without a tuple"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "executed"));
}

TEST_CASE("torch file: tensors that their storage does not hold") {
  constexpr int64_t kHuge = INT64_MAX;
  REQUIRE(tensor_error(0, {3, 4}, {4, 1}).empty());
  REQUIRE(tensor_error(11, {1}, {kHuge}).empty());
  REQUIRE(tensor_error(99, {0, kHuge}, {kHuge, kHuge}).empty());
  const auto outside = Catch::Contains("lead out of its storage of 12");
  CHECK_THAT(tensor_error(1, {3, 4}, {4, 1}), outside);
  CHECK_THAT(tensor_error(12, {}, {}), outside);
  CHECK_THAT(tensor_error(0, {3, 4}, {5, 1}), outside);
  CHECK_THAT(tensor_error(kHuge, {2}, {1}), outside);
  CHECK_THAT(tensor_error(0, {2}, {kHuge}), outside);
  CHECK_THAT(tensor_error(0, {3}, {kHuge}), outside);
  CHECK_THAT(tensor_error(0, {kHuge, kHuge}, {0, 0}), outside);
  CHECK_THAT(tensor_error(0, {kHuge, 2, 0}, {1, 1, 1}), outside);
  CHECK_THAT(tensor_error(0, {int64_t{1} << 40}, {0}),
             Catch::Contains("more values than a file of its size"));
  CHECK_THAT(tensor_error(-1, {3}, {1}), Catch::Contains("offset is not a number"));
  CHECK_THAT(tensor_error(0, {-3}, {1}), Catch::Contains("size is not a number"));
  CHECK_THAT(tensor_error(0, {3}, {-1}), Catch::Contains("stride is not a number"));
  CHECK_THAT(tensor_error(0, {3, 4}, {1}), Catch::Contains("2 sizes and 1 strides"));
  CHECK_THAT(tensor_error(0, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1}), Catch::Contains("at most 8"));
  const std::string four = p_ints({4}), one = p_ints({1});
  const auto of_storage = [&](const std::string& storage) {
    return error_with(p_tensor(storage, 0, four, one));
  };
  CHECK_THAT(of_storage(p_storage("FloatStorage", "0", 13)), Catch::Contains("48 bytes, too few for 13"));
  CHECK_THAT(of_storage(p_storage("DoubleStorage", "0", 12)), Catch::Contains("48 bytes, too few for 12"));
  CHECK_THAT(of_storage(p_storage("FloatStorage", "0", kHuge)), Catch::Contains("too few"));
  CHECK_THAT(of_storage(p_storage("FloatStorage", "0", -1)), Catch::Contains("storage's size"));
  CHECK_THAT(of_storage(p_storage("FloatStorage", "7", 12)), Catch::Contains("no entry archive/data/7"));
  CHECK_THAT(of_storage(p_storage("FloatStorage", "../../x", 12)), Catch::Contains("no entry"));
  CHECK_THAT(of_storage(p_storage("LongStorage", "0", 6)), Catch::Contains("'t' is of a torch.LongStorage"));
  CHECK_THAT(of_storage(p_storage("QInt8Storage", "0", 6)), Catch::Contains("asks for torch.QInt8Storage"));
  // Persistent ids of another shape.
  CHECK_THAT(of_storage(p_text("0") + "Q"), Catch::Contains("not a tuple of five"));
  CHECK_THAT(of_storage(")Q"), Catch::Contains("not a tuple of five"));
  CHECK_THAT(of_storage("NQ"), Catch::Contains("not a tuple of five"));
  CHECK_THAT(of_storage("]"), Catch::Contains("not a tuple of five"));
  CHECK_THAT(of_storage(p_ints({1, 2, 3, 4, 5}) + "Q"), Catch::Contains("'storage', TYPE"));
  CHECK_THAT(of_storage(p_tuple({p_text("storage"), p_global("torch", "Size"), p_text("0"), p_text("cpu"),
                                 p_int(1)}) +
                        "Q"),
             Catch::Contains("'storage', TYPE"));
  const std::string rebuild = p_global("torch._utils", "_rebuild_tensor_v2");
  CHECK_THAT(error_with(rebuild + ")R"), Catch::Contains("0 arguments"));
  CHECK_THAT(
      error_with(rebuild +
                 p_tuple({kTwelve, p_int(0), four, one, "\x89", "}", p_dict({p_text("neg"), "\x88"})}) + "R"),
      Catch::Contains("clone()"));
  CHECK_THAT(
      error_of(make_torch_file(pickle(p_dict({p_int(1), p_tensor(kTwelve, 0, four, one)})), {floats(12)})),
      Catch::Contains("key is no text"));
  const std::string t = p_text("t") + p_tensor(kTwelve, 0, four, one);
  CHECK_THAT(error_of(make_torch_file(pickle(p_dict({t, t})), {floats(12)})), Catch::Contains("there twice"));
}

TEST_CASE("torch file: pickles without tensors, without end and without sense") {
  const auto error_in = [](const std::string& value) { return error_of(make_torch_file(pickle(value), {})); };
  CHECK_THAT(error_in("}"), Catch::Contains("holds no state dict"));
  CHECK_THAT(error_in("]"), Catch::Contains("holds no dict"));
  CHECK_THAT(error_in(p_dict({p_text("net"), p_dict({p_text("a"), p_int(1)}), p_text("epoch"), "N"})),
             Catch::Contains("its keys are: net, epoch"));
  // A million lists in each other, and a tuple that holds itself twice, thirty times over.
  CHECK_THAT(error_in(std::string(1'000'000, ']') + std::string(999'999, 'a')),
             Catch::Contains("holds no dict"));
  std::string doubled = ")";
  for (int i = 0; i < 30; ++i) {
    doubled += std::string("q\x01h\x01\x86", 5);
  }
  CHECK_THAT(error_in(doubled), Catch::Contains("holds no dict"));
  CHECK_THAT(error_in(std::string("]q\x00h\x00", 5) + "a"), Catch::Contains("holds no dict"));  // a circle
  CHECK_THAT(error_in(std::string(3'000'000, ']')), Catch::Contains("more than 2000000 values"));
  CHECK_THAT(error_in(std::string(3'000'000, '(')), Catch::Contains("not there"));
  std::string memos = "N";
  for (uint32_t i = 0; i < 2'100'000; ++i) {
    memos += 'r';
    memos += little(i, 4);
  }
  CHECK_THAT(error_in(memos), Catch::Contains("keeps more than"));
  CHECK_THAT(error_in(std::string(33u << 20, 'N')), Catch::Contains("at most"));
  CHECK_THAT(error_in("h\x07"), Catch::Contains("memo 7"));
  CHECK_THAT(error_in("j\xff\xff\xff\xff"), Catch::Contains("memo 4294967295"));
  CHECK_THAT(error_in("NN"), Catch::Contains("left over"));
  CHECK_THAT(error_in("(N"), Catch::Contains("left over"));
  CHECK_THAT(error_in("t"), Catch::Contains("mark that is not there"));
  CHECK_THAT(error_in("\x85"), Catch::Contains("value that is not there"));
  CHECK_THAT(error_in("N(\x85"), Catch::Contains("value that is not there"));  // below the mark
  CHECK_THAT(error_in("q\x01"), Catch::Contains("value that is not there"));
  CHECK_THAT(error_in("}(Nu"), Catch::Contains("key without a value"));
  CHECK_THAT(error_in("NNa"), Catch::Contains("holds no such items"));
  CHECK_THAT(error_in("X\xff\xff\xff\xff"), Catch::Contains("cut off"));
  CHECK_THAT(error_in("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"), Catch::Contains("cut off"));
  CHECK_THAT(error_in("\x8b\xff\xff\xff\xff"), Catch::Contains("cut off"));
  CHECK_THAT(error_in("ctorch\nSize"), Catch::Contains("cut off"));
  CHECK_THAT(error_of(make_torch_file("\x80\x02}..", {})), Catch::Contains("1 bytes follow"));
  CHECK_THAT(error_of(make_torch_file("\x80\x01}.", {})), Catch::Contains("protocol 1"));
  CHECK_THAT(error_of(make_torch_file("\x80\x06}.", {})), Catch::Contains("protocol 6"));
  CHECK_THAT(error_of(make_torch_file("", {})), Catch::Contains("cut off"));
}

TEST_CASE("torch file: what would take hours in a naive reader") {
  // Keys that collide in a hash table of 85229 buckets, each asked for again and again.
  std::string memos = "(N", asked;
  for (uint64_t i = 1; i < 50'000; ++i) {
    memos += 'r' + little(i * 85'229, 4);
  }
  for (int i = 0; i < 1'000'000; ++i) {
    asked += 'j' + little(uint64_t{i % 2 == 0 ? 1u : 49'999u} * 85'229, 4);
  }
  CHECK_THAT(error_of(make_torch_file(pickle(memos + asked + "t"), {})), Catch::Contains("holds no dict"));
  // One large dict without tensors, under the same key a million times.
  std::string items = "}q", models = "}(" + p_text("model") + std::string("q\x02", 2);
  items += std::string("\x00(Nq\x01", 5);
  for (int i = 1; i < 2'000'000; ++i) {
    items += "h\x01";
  }
  models += items + "u";
  for (int i = 0; i < 1'000'000; ++i) {
    models += std::string("h\x02h\x00", 4);
  }
  CHECK_THAT(error_of(make_torch_file(pickle(models + "u"), {})), Catch::Contains("holds no state dict"));
  // A name of a million wrappers: some are dropped, the rest stays.
  std::string wrapped;
  for (int i = 0; i < 1'000'000; ++i) {
    wrapped += "module.";
  }
  const TempFolder folder;
  const auto file = folder.write(
      "w.pt", make_torch_file(
                  pickle(p_dict({p_text(wrapped + "w"), p_tensor(kTwelve, 0, p_ints({12}), p_ints({1}))})),
                  {floats(12)}));
  CHECK(read_checkpoint(file).weights.begin()->first.size() ==
        wrapped.size() + 1 - 4 * std::strlen("module."));
}

TEST_CASE("torch file: zip files that are none of torch.save") {
  const std::string good = pickle(p_dict({p_text("t"), p_tensor(kTwelve, 0, p_ints({12}), p_ints({1}))}));
  const ZipEntry index{"a/data.pkl", good}, data{"a/data/0", floats(12)};
  REQUIRE(error_of(make_zip({index, data})).empty());
  CHECK_THAT(error_of(make_zip({data})), Catch::Contains("without data.pkl"));
  CHECK_THAT(error_of(make_zip({})), Catch::Contains("without data.pkl"));
  CHECK_THAT(error_of(make_zip({{"data.pkl", good}, data})), Catch::Contains("without data.pkl"));
  CHECK_THAT(error_of(make_zip({index})), Catch::Contains("no entry a/data/0"));
  CHECK_THAT(error_of(make_zip({index, data, {"b/data.pkl", good}})), Catch::Contains("two pickles"));
  CHECK_THAT(error_of(make_zip({index, data, {"a/constants.pkl", good}})), Catch::Contains("TorchScript"));
  CHECK_THAT(error_of(make_zip({index, data, {"a/byteorder", "big"}})), Catch::Contains("little-endian"));
  CHECK(error_of(make_zip({index, data, {"a/byteorder", "little"}})).empty());
  CHECK_FALSE(error_of(make_zip({index, data, data})).empty());
  constexpr int64_t kTerabyte = int64_t{1} << 40;
  CHECK_THAT(error_of(make_zip({index, {"a/data/0", floats(12), 8, kTerabyte}})),
             Catch::Contains("is compressed"));
  CHECK_THAT(error_of(make_zip({{"a/data.pkl", good, 8, kTerabyte}, data})),
             Catch::Contains("is compressed"));
  CHECK_THAT(error_of(make_zip({{"a/data.pkl", good, 14, 5}, data})), Catch::Contains("is compressed"));
  CHECK_THAT(error_of(make_zip({index, {"a/data/0", floats(12), 0, kTerabyte}})),
             Catch::Contains("would take more"));
  CHECK_FALSE(error_of(make_zip({index, {"a/data/0", floats(12), 0, -1, 1}})).empty());  // encrypted
  std::string changed = make_zip({index, data});
  changed[changed.find(floats(12)) + 5] ^= 1;
  CHECK_THAT(error_of(changed), Catch::Contains("damaged"));  // its checksum
}

TEST_CASE("torch file: cut off after any byte") {
  const std::string whole = text_of(kData / "views.pt");
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(error_of(whole.substr(0, size)).empty());
  }
  const std::string inner = pickle(p_dict(
      {p_text("epoch"), "N", p_text("state_dict"),
       p_dict({p_text("t"), p_global("torch._utils", "_rebuild_parameter") +
                                p_tuple({p_tensor(kTwelve, 0, p_ints({4, 3}), p_ints({1, 4})), "\x88", "}"}) +
                                "R"})}));
  REQUIRE(error_of(make_torch_file(inner, {floats(12)})).empty());
  for (size_t size = 0; size < inner.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(error_of(make_torch_file(inner.substr(0, size), {floats(12)})).empty());
  }
}

TEST_CASE("torch file: random damage never does worse than an error") {
  Random random("torch file damage");
  const auto damage = [&](std::string text) {
    for (int changes = random.integer(1, 4); changes > 0; --changes) {
      text[static_cast<size_t>(random.integer(0, static_cast<int>(text.size()) - 1))] =
          static_cast<char>(random.integer(0, 255));
    }
    return text;
  };
  int refused = 0;
  const std::string training = text_of(kData / "training.pt");
  const std::string inner = pickle(p_dict({p_text("t"), p_tensor(kTwelve, 1, p_ints({2, 3}), p_ints({4, 1})),
                                           p_text("u"), p_tensor(kTwelve, 0, p_ints({12}), p_ints({1}))}));
  for (int round = 0; round < 3000; ++round) {
    refused += error_of(damage(training)).empty() ? 0 : 1;
    refused += error_of(make_torch_file(damage(inner), {floats(12)})).empty() ? 0 : 1;
  }
  CHECK(refused > 2000);
}
