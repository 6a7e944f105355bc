#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "quant/integer_executor.h"
#include "quant/quantize.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;
namespace fs = std::filesystem;

namespace {

/// A file of this process that is gone when the test case ends.
class TemporaryFile {
 public:
  TemporaryFile()
      : path_(fs::temp_directory_path() / ("tridex_network_" + std::to_string(::getpid()) + ".tdx")) {}
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Recipe named_recipe() {
  Recipe recipe;
  recipe.name = "some recipe";
  recipe.text = "bits: 8\n# with \"quotes\"\n";
  return recipe;
}

}  // namespace

TEST_CASE("a network comes back from its file as it was", "[network_file]") {
  const TemporaryFile file;
  const models::Graph graph = test::tiny_network();
  Recipe options = named_recipe();
  options.divisor = Divisor::kReciprocal;
  options.reciprocal_table_bits = 6;
  options.residual_bits = 12;
  options.power_of_two_scales = options.weight_zero_point = true;
  for (const IntegerGraph& network :
       {quantize_random(graph, named_recipe(), 5), shape_only(graph, named_recipe()),
        quantize_random(graph, options, 5), shape_only(graph, options)}) {
    save_network(network, file.path());
    const IntegerGraph loaded = load_network(file.path());
    CHECK(loaded.hash() == network.hash());
    CHECK(loaded.model == network.model);
    CHECK(loaded.recipe == network.recipe);
    CHECK(loaded.recipe_text == network.recipe_text);
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      CHECK(loaded.nodes[i].name == network.nodes[i].name);
      CHECK(loaded.nodes[i].macs == network.nodes[i].macs);
    }
    if (network.has_weights) {
      test::Random random(5);
      const Codes input = test::random_codes(network.node(0), random);
      CHECK(IntegerExecutor(loaded).run(input).data == IntegerExecutor(network).run(input).data);
    }
  }
}

TEST_CASE("a file from before a key is read with what was meant then", "[network_file]") {
  const TemporaryFile file;
  const IntegerGraph network = quantize_random(test::tiny_network(), {}, 5);
  save_network(network, file.path());
  std::vector<uint8_t> content = read_bytes(file.path());
  std::string text(content.begin(), content.end());
  // The network is a text inside of the header; blanks keep every length.
  for (const std::string key : {R"(\"table_bits\":8,)", R"(\"power_of_two_scales\":false,)"}) {
    size_t found = 0;
    for (size_t at = 0; (at = text.find(key, at)) != std::string::npos; ++found) {
      text.replace(at, key.size(), key.size(), ' ');
    }
    CHECK(found > 0);
  }
  content.assign(text.begin(), text.end());
  write_file(file.path(), std::span<const uint8_t>(content));
  CHECK(load_network(file.path()).hash() == network.hash());
}

TEST_CASE("a file that was cut short is refused with its name", "[network_file]") {
  const TemporaryFile file;
  save_network(quantize_random(test::tiny_network(), {}, 5), file.path());
  const std::vector<uint8_t> content = read_bytes(file.path());
  for (size_t size = 0; size < content.size(); size += 1 + content.size() / 97) {
    write_file(file.path(), std::span(content).first(size));
    CHECK_THROWS_WITH(load_network(file.path()), Catch::Contains(file.path().string()));
  }
}

TEST_CASE("damaged files are refused or still sound, never a crash", "[network_file]") {
  constexpr uint64_t kSeed = 99;
  constexpr int kCases = 600;
  const TemporaryFile file;
  const IntegerGraph network = quantize_random(test::tiny_network(), {}, 5);
  save_network(network, file.path());
  const std::vector<uint8_t> content = read_bytes(file.path());
  test::Random random(kSeed);
  const Codes input = test::random_codes(network.node(0), random);
  int refused = 0;
  for (int i = 0; i < kCases; ++i) {
    std::vector<uint8_t> damaged = content;
    for (int64_t flips = random.integer(1, 3); flips > 0; --flips) {
      // Half of them in the header's second half, where the structure of the nodes is.
      const size_t last = random.coin() ? damaged.size() - 1 : damaged.size() / 2;
      damaged[static_cast<size_t>(random.integer(0, static_cast<int64_t>(last)))] =
          static_cast<uint8_t>(random.integer(0, 255));
    }
    write_file(file.path(), std::span<const uint8_t>(damaged));
    INFO("seed " << kSeed << ", case " << i);
    try {
      const IntegerGraph loaded = load_network(file.path());
      if (loaded.node(0).shape == input.shape) {
        CHECK(IntegerExecutor(loaded).run(input).shape == loaded.node(loaded.output).shape);
      }
    } catch (const Error& error) {
      ++refused;
      CHECK(std::string(error.what()).find(file.path().string()) != std::string::npos);
    }
  }
  CHECK(refused > kCases / 10);
}

TEST_CASE("the hash sees every number and no name", "[network_file]") {
  const IntegerGraph network = quantize_random(test::tiny_network(), {}, 5);
  IntegerGraph other = network;
  other.recipe = other.model = "another";
  other.nodes[2].name = "another";
  CHECK(other.hash() == network.hash());
  other.nodes[1].bias[0] += 1;
  CHECK(other.hash() != network.hash());
  CHECK(quantize_random(test::tiny_network(), {}, 6).hash() != network.hash());
  CHECK(quantize_random(test::tiny_network(), {}, 5).hash() == network.hash());
}
