// A checkpoint and photos of the user's own.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "models/builder.h"
#include "models/test_images.h"
#include "models/torch_builder.h"
#include "models/weights.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// A state dict as torch.save writes it.
std::string torch_file(const models::Weights& weights, const std::string& prefix) {
  std::string items;
  std::vector<std::string> storages;
  for (const auto& [name, tensor] : weights) {
    const auto count = static_cast<int64_t>(tensor.data.size());
    std::string size = "(", strides = "(";
    int64_t stride = count;
    for (const int64_t dim : tensor.dims) {
      stride /= dim;
      size += p_int(dim);
      strides += p_int(stride);
    }
    items += p_text(prefix + name);
    items += p_tensor(p_storage("FloatStorage", std::to_string(storages.size()), count), 0, size + "t",
                      strides + "t");
    storages.emplace_back(reinterpret_cast<const char*>(tensor.data.data()),
                          tensor.data.size() * sizeof(float));
  }
  return make_torch_file(pickle(p_dict({items})), storages);
}

}  // namespace

TEST_CASE("evaluate: a PyTorch checkpoint on a folder with one subfolder per class") {
  const TempFolder folder;
  const auto weights = models::random_weights(models::build_network("efficientvit_b0_r32", {3}), 1);
  const std::string file = folder.write("own.pth", torch_file(weights, "module."));
  const std::string photos = folder.path() / "photos", out = folder.path() / "e.json";
  const auto add = [&](const std::string& name) { folder.write("photos/" + name, make_jpeg(40, 50, 3, 90)); };
  add("cat/1.JPEG");
  add("cat/2.jpg");
  add("dog/1.jpeg");
  const auto evaluate = [&](const std::string& model, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"evaluate", "--model", model,    "--weights", file,
                                          "--data",   photos,    "--json", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tridex(arguments);
  };
  const Result two = evaluate("efficientvit_b0_r32");
  CHECK(two.status == 1);
  CHECK_THAT(two.err, Contains("the network makes 3 classes, the data set has 2"));
  add("fox/1.jpg");
  const Result three = evaluate("efficientvit_b0_r32");
  CHECK(three.status == 0);
  CHECK_THAT(three.err, Contains("note: 'module.' before all names was dropped"));
  CHECK(json::parse(read_text(out))["images"] == 4);
  CHECK(evaluate("efficientvit_b0_r32", {"--images", "2"}).status == 0);
  CHECK(json::parse(read_text(out))["images"] == 2);
  const Result other = evaluate("efficientvit_b1_r32");
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains("they look like those of efficientvit_b0_rN"));
}

TEST_CASE("evaluate: weights of no known network are an error with the file's name") {
  const TempFolder folder;
  folder.write("photos/cat/1.jpg", make_jpeg(40, 50, 3, 90));
  const std::string file = folder.write("own.pt", torch_file({{"weight", {{2}, {1, 2}}}}, ""));
  const Result result = run_tridex({"evaluate", "--model", "efficientvit_b0_r32", "--weights", file, "--data",
                                    (folder.path() / "photos").string()});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("own.pt: the weights have none of the known last layers"));
}
