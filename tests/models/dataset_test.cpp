#include "models/dataset.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/error.h"
#include "models/dataset_config.h"
#include "support/temp_folder.h"
#include "test_images.h"

using namespace tridex::models;
using tridex::test::make_grey_png;
using tridex::test::make_jpeg;
using tridex::test::make_png;
using tridex::test::PngKind;
using tridex::test::TempFolder;

namespace {

const Shape kInput = {3, 32, 32};

const std::string kNormalize = "normalize: {divide: 255, mean: [0, 0, 0], std: [1, 1, 1]}\n";

std::string error_of(const std::filesystem::path& where) {
  try {
    open_dataset(where, kInput);
  } catch (const tridex::Error& error) {
    return error.what();
  }
  return "";
}

std::string load_error(const Dataset& dataset, size_t i) {
  try {
    static_cast<void>(dataset.load(i));
  } catch (const tridex::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("dataset: a folder with labels.csv") {
  const TempFolder folder;
  folder.write("a,b.jpg", make_jpeg(50, 40, 3, 128));
  folder.write("c.png", make_png(60, 60, PngKind::kRgb));
  folder.write("d.jpg", "text");
  folder.write("labels.csv", "file,class_index\r\na,b.jpg,7\r\nc.png,0\nd.jpg,1\nmissing.jpg,2\n\n");
  const auto dataset = open_dataset(folder.path(), kInput);
  REQUIRE(dataset->size() == 4);
  CHECK(dataset->info().task == Task::kClassification);
  const Sample sample = dataset->load(0);
  CHECK(sample.name == "a,b.jpg");
  CHECK(sample.label.class_index == 7);
  CHECK(sample.image.shape == kInput);
  CHECK(sample.image.data[5] == Approx((128.0 / 255 - 0.485) / 0.229).margin(0.02));
  CHECK(dataset->load(1).label.class_index == 0);
  CHECK_THAT(load_error(*dataset, 2), Catch::Contains("d.jpg") && Catch::Contains("neither"));
  CHECK_THAT(load_error(*dataset, 3), Catch::Contains("missing.jpg"));
}

TEST_CASE("dataset: labels.csv with bad lines") {
  const TempFolder folder;
  const auto csv_error = [&](const std::string& text) {
    folder.write("labels.csv", text);
    return error_of(folder.path());
  };
  CHECK_THAT(csv_error(""), Catch::Contains("empty"));
  CHECK_THAT(csv_error("file,class_index\n"), Catch::Contains("empty"));
  CHECK_THAT(csv_error("a.jpg,1\n"), Catch::Contains("labels.csv:1") && Catch::Contains("header"));
  CHECK_THAT(csv_error("file,class_index\na.jpg\n"),
             Catch::Contains("labels.csv:2") && Catch::Contains("a.jpg"));
  CHECK_THAT(csv_error("file,class_index\na.jpg,x\n"), Catch::Contains("'x' is not a class index"));
  CHECK_THAT(csv_error("file,class_index\na.jpg,-1\n"), Catch::Contains("not a class index"));
  CHECK_THAT(csv_error("file,class_index\na.jpg,99999999999\n"), Catch::Contains("not a class index"));
  CHECK_THAT(csv_error("file,class_index\na.jpg,1\na.jpg,2\n"), Catch::Contains("labels.csv:3"));
  const auto yaml = folder.write("set.yaml",
                                 "task: classification\nlayout: labels_csv\nroot: .\nclasses: 3\n"
                                 "resize: {mode: none}\n" +
                                     kNormalize);
  folder.write("labels.csv", "file,class_index\na.jpg,3\n");
  CHECK_THAT(error_of(yaml), Catch::Contains("class 3 is not below the data set's 3 classes"));
}

TEST_CASE("dataset: image and label pairs") {
  const TempFolder folder;
  folder.write("image/b.jpg", make_jpeg(20, 10, 3, 50));
  folder.write("image/a.png", make_png(20, 10, PngKind::kRgb));
  folder.write("image/notes.txt", "not an image");
  folder.write("label/a.png", make_grey_png(2, 2, {0, 1, 2, 255}));
  CHECK_THAT(error_of(folder.path()), Catch::Contains("b.jpg") && Catch::Contains("no label"));
  folder.write("label/b.png", make_png(2, 2, PngKind::kRgb));
  const auto dataset = open_dataset(folder.path(), {3, 8, 16});
  REQUIRE(dataset->size() == 2);
  CHECK(dataset->info().ignore == 255);
  const Sample sample = dataset->load(0);
  CHECK(sample.name == "a.png");
  CHECK(sample.image.shape == Shape{3, 8, 16});
  CHECK(sample.label.height == 2);
  CHECK(sample.label.pixels == std::vector<uint8_t>{0, 1, 2, 255});
  CHECK_THAT(load_error(*dataset, 1), Catch::Contains("b.png"));

  const std::string yaml =
      "task: segmentation\nlayout: image_label_pairs\nroot: .\nclasses: [sky, road]\nignore: 255\n"
      "class_map: [1, 0, 1]\nresize: {mode: exact, filter: bicubic}\n" +
      kNormalize;
  const auto mapped = open_dataset(folder.write("set.yaml", yaml), kInput);
  CHECK(mapped->info().class_map == std::vector<int>{1, 0, 1});
  CHECK(mapped->info().classes == std::vector<std::string>{"sky", "road"});
  CHECK_THAT(load_error(*mapped, 0), Catch::Contains("a.png") && Catch::Contains("label 2"));

  const TempFolder empty;
  empty.write("image/readme.txt", "");
  empty.write("label/readme.txt", "");
  CHECK_THAT(error_of(empty.path()), Catch::Contains("empty"));
  folder.write("image/a.jpg", make_jpeg(20, 10, 3, 50));
  CHECK_THAT(error_of(folder.path()), Catch::Contains("two files"));
}

TEST_CASE("dataset: one folder per class") {
  const TempFolder folder;
  folder.write("n02/b.JPEG", make_jpeg(50, 40, 3, 128));
  folder.write("n02/a.Png", make_png(60, 60, PngKind::kRgb));
  folder.write("n02/notes.txt", "no photo");
  folder.write("n02/._b.JPEG", "what macOS leaves behind");
  folder.write("n01/c.jpg", make_jpeg(50, 40, 3, 10));
  folder.write(".cache/x.jpg", "");
  folder.write("readme.txt", "");
  const auto dataset = open_dataset(folder.path(), kInput);
  REQUIRE(dataset->size() == 3);
  CHECK(dataset->info().task == Task::kClassification);
  CHECK(dataset->info().classes == std::vector<std::string>{"n01", "n02"});
  CHECK(dataset->load(0).name == "n01/c.jpg");
  CHECK(dataset->load(0).label.class_index == 0);
  CHECK(dataset->load(1).name == "n02/a.Png");
  const Sample sample = dataset->load(2);
  CHECK(sample.name == "n02/b.JPEG");
  CHECK(sample.label.class_index == 1);
  CHECK(sample.image.data[5] == Approx((128.0 / 255 - 0.485) / 0.229).margin(0.02));
  CHECK_NOTHROW(check_classes(dataset->info(), 2));
  CHECK_THROWS_WITH(check_classes(dataset->info(), 1000), Catch::Contains("makes 1000 classes") &&
                                                              Catch::Contains("has 2") &&
                                                              Catch::Contains("classes.txt"));

  folder.write("classes.txt", "n00\nn02\r\nn01\n");
  const auto listed = open_dataset(folder.path(), kInput);
  CHECK(listed->info().classes == std::vector<std::string>{"n00", "n02", "n01"});
  CHECK(listed->load(0).label.class_index == 2);
  CHECK(listed->load(1).label.class_index == 1);
  folder.write("classes.txt", "n02\nn10\n");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("n01") && Catch::Contains("did you mean 'n02'"));
  folder.write("classes.txt", "n02\n\nn01\n");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("classes.txt:2"));
  folder.write("classes.txt", "n02\nn02\n");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("classes.txt:2") && Catch::Contains("twice"));
  folder.write("classes.txt", "");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("classes.txt") && Catch::Contains("empty"));
}

TEST_CASE("dataset: class folders that are not") {
  const TempFolder folder;
  folder.write("n01/c.txt", "");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("n01") && Catch::Contains("without photos"));
  folder.write("n01/n02/c.jpg", "");
  CHECK_THAT(error_of(folder.path()), Catch::Contains("holds the folder n02"));
  const TempFolder flat;
  flat.write("c.jpg", "");
  CHECK_THAT(error_of(flat.path()),
             Catch::Contains("not a data set") && Catch::Contains("a subfolder per class"));
}

TEST_CASE("dataset: class folders in a YAML") {
  const TempFolder folder;
  folder.write("set/n02/b.JPEG", make_jpeg(50, 40, 3, 128));
  folder.write("set/n01/c.jpg", make_jpeg(50, 40, 3, 10));
  const auto yaml_of = [&](const std::string& classes) {
    return folder.write("set.yaml", "task: classification\nlayout: class_folders\nroot: set\nclasses: " +
                                        classes + "\nresize: {mode: exact}\n" + kNormalize);
  };
  CHECK(open_dataset(yaml_of("2"), kInput)->load(1).label.class_index == 1);
  CHECK_THAT(error_of(yaml_of("3")), Catch::Contains("2 class folders, the data set has 3 classes"));
  const auto listed = open_dataset(yaml_of("[n02, n00, n01]"), kInput);
  CHECK(listed->load(0).label.class_index == 2);
  CHECK(listed->info().classes.size() == 3);
  CHECK_THAT(error_of(yaml_of("[n02]")), Catch::Contains("n01") && Catch::Contains("not one of the 1"));
  const auto mapped = open_dataset(yaml_of("1000\nclass_map: {n01: 7, n02: 999}"), kInput);
  CHECK(mapped->load(1).label.class_index == 999);
  CHECK(mapped->info().classes.size() == 1000);
  CHECK_THAT(error_of(yaml_of("9\nclass_map: {n01: 9, n02: 0}")), Catch::Contains("class_map.n01"));
  CHECK_THAT(error_of(yaml_of("9\nclass_map: {n01: 8}")), Catch::Contains("n02"));
  CHECK_THAT(error_of(yaml_of("9\nclass_map: {}")), Catch::Contains("class_map") && Catch::Contains("empty"));
  CHECK_THAT(error_of(yaml_of("[n01, n02]\nclass_map: {n01: 0}")), Catch::Contains("class_map"));
  folder.write("names.txt", "n02\nn01\n");
  CHECK(open_dataset(yaml_of("names.txt"), kInput)->load(0).label.class_index == 1);
  CHECK_THAT(error_of(yaml_of("missing.txt")),
             Catch::Contains("set.yaml:4: classes") && Catch::Contains("missing.txt"));
}

TEST_CASE("dataset: 50,000 photos are listed without being opened") {
  const TempFolder folder;
  for (int i = 0; i < 50'000; ++i) {
    const auto name = folder.path() / fmt::format("n{:03}", i / 500) / fmt::format("{:05}.JPEG", i);
    if (i % 500 == 0) {
      std::filesystem::create_directories(name.parent_path());
    }
    std::filesystem::create_symlink("/nowhere", name);  // opening it would be an error
  }
  const auto dataset = open_dataset(folder.path(), kInput);
  CHECK(dataset->size() == 50'000);
  CHECK(dataset->info().classes.size() == 100);
}

TEST_CASE("dataset: some of many images are spread evenly") {
  CHECK(spread_indices(10, 3) == std::vector<size_t>{0, 3, 6});
  CHECK(spread_indices(3, 10) == std::vector<size_t>{0, 1, 2});
  CHECK(spread_indices(0, 10).empty());
  const auto indices = spread_indices(50'000, 1000);  // of 1000 classes with 50 images, sorted: one each
  for (size_t i = 0; i < indices.size(); ++i) {
    REQUIRE(indices[i] / 50 == i);
  }
}

TEST_CASE("dataset: CIFAR-10 records") {
  const TempFolder folder;
  std::string record(3073, '\x33');  // 51: a fifth of 255
  record[0] = 4;
  std::string content = record + record;
  content[3073] = 9;
  folder.write("two.bin", content);
  const auto yaml_of = [&](const std::string& root) {
    return folder.write("set.yaml", "task: classification\nlayout: cifar10\nroot: " + root +
                                        "\nclasses: 10\nresize: {mode: exact, filter: bilinear_float}\n" +
                                        kNormalize);
  };
  const auto dataset = open_dataset(yaml_of("two.bin"), {3, 64, 64});
  REQUIRE(dataset->size() == 2);
  CHECK(dataset->load(0).label.class_index == 4);
  CHECK(dataset->load(1).label.class_index == 9);
  CHECK(dataset->load(1).image.data[4000] == Approx(0.2f));
  folder.write("two.bin", content.substr(1));
  CHECK_THAT(error_of(yaml_of("two.bin")), Catch::Contains("whole number of CIFAR-10 records"));
  folder.write("two.bin", "");
  CHECK_THAT(error_of(yaml_of("two.bin")), Catch::Contains("empty"));
  content[0] = 10;
  folder.write("two.bin", content);
  CHECK_THAT(error_of(yaml_of("two.bin")), Catch::Contains("record 0 has class 10"));
}

TEST_CASE("dataset: where a root is looked for") {
  const TempFolder folder;
  const TempFolder data;
  const auto yaml = folder.write("set.yaml",
                                 "task: classification\nlayout: labels_csv\nroot: photos\nclasses: 3\n"
                                 "resize: {mode: none}\n" +
                                     kNormalize);
  const char* before = std::getenv("TRIDEX_DATA");
  const std::string saved = before == nullptr ? "" : before;
  unsetenv("TRIDEX_DATA");
  CHECK_THAT(error_of(yaml), Catch::Contains("set.yaml:3: root") && Catch::Contains("TRIDEX_DATA"));
  setenv("TRIDEX_DATA", data.path().c_str(), 1);
  CHECK_THAT(error_of(yaml), Catch::Contains((data.path() / "data" / "photos").string()));
  data.write("photos/labels.csv", "file,class_index\na.png,1\n");
  CHECK(read_dataset_config(yaml).root == data.path() / "photos");
  data.write("data/photos/labels.csv", "file,class_index\na.png,1\n");
  CHECK(read_dataset_config(yaml).root == data.path() / "data" / "photos");
  folder.write("photos/labels.csv", "file,class_index\na.png,1\n");
  CHECK(read_dataset_config(yaml).root == folder.path() / "photos");
  before == nullptr ? unsetenv("TRIDEX_DATA") : setenv("TRIDEX_DATA", saved.c_str(), 1);
}

TEST_CASE("dataset: errors of the YAML name file, line and key") {
  const TempFolder folder;
  folder.write("labels.csv", "file,class_index\na.png,1\n");
  const std::string good =
      "task: classification\nlayout: labels_csv\nroot: .\nclasses: 3\nresize: {mode: exact, filter: "
      "bilinear}\n" +
      kNormalize;
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return error_of(folder.write("set.yaml", text));
  };
  CHECK(changed("classes: 3", "classes: 4").empty());
  CHECK_THAT(changed("task: classification", "task: detection"), Catch::Contains("set.yaml:1: task"));
  CHECK_THAT(changed("task: classification", "task: segmentation"), Catch::Contains("image_label_pairs"));
  CHECK_THAT(changed("classes: 3", "clases: 3"), Catch::Contains("'classes' is missing"));
  CHECK_THAT(changed("classes: 3", "classes: 0"), Catch::Contains("set.yaml:4: classes"));
  CHECK_THAT(changed("classes: 3", "classes: [a, b, a]"), Catch::Contains("listed twice"));
  CHECK_THAT(changed("classes: 3", "classes: 3\nclass_map: [0]"), Catch::Contains("unknown key 'class_map'"));
  CHECK_THAT(changed("mode: exact", "mode: exakt"), Catch::Contains("did you mean 'exact'"));
  CHECK_THAT(changed("filter: bilinear", "filtre: bilinear"), Catch::Contains("did you mean 'filter'"));
  CHECK_THAT(changed("mode: exact", "mode: short_side"), Catch::Contains("either short_side"));
  CHECK_THAT(changed("{mode: exact, filter: bilinear}", "{mode: short_side, short_side: 9, crop_ratio: 0.9}"),
             Catch::Contains("either short_side"));
  CHECK_THAT(changed("{mode: exact, filter: bilinear}", "{mode: none, filter: bilinear_float}"),
             Catch::Contains("resize.filter"));
  CHECK_THAT(changed("mean: [0, 0, 0]", "mean: [0, 0]"), Catch::Contains("three numbers"));
  CHECK_THAT(changed("std: [1, 1, 1]", "std: [1, 0, 1]"), Catch::Contains("normalize.std.1"));
  const TempFolder nothing;
  CHECK_THAT(error_of(nothing.path()), Catch::Contains("not a data set"));
  CHECK_THAT(error_of(nothing.path() / "none.yaml"), Catch::Contains("none.yaml"));
}

TEST_CASE("dataset: the data set files of configs/datasets are valid") {
  const TempFolder data;
  for (const char* name : {"imagenet-sample", "imagenet-val1300", "imagenet/val", "camvid/test",
                           "camvid/calib", "cifar10_test.bin", "cifar10_calib.bin"}) {
    std::filesystem::create_directories(data.path() / name);
  }
  const char* before = std::getenv("TRIDEX_DATA");
  const std::string saved = before == nullptr ? "" : before;
  setenv("TRIDEX_DATA", data.path().c_str(), 1);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TRIDEX_SOURCE_DIR "/configs/datasets")) {
    CAPTURE(entry.path().string());
    CHECK_NOTHROW(read_dataset_config(entry.path()));
    ++files;
  }
  CHECK(files >= 6);
  before == nullptr ? unsetenv("TRIDEX_DATA") : setenv("TRIDEX_DATA", saved.c_str(), 1);
}
