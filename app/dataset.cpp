#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>

#include "app/command.h"
#include "app/console.h"
#include "app/progress.h"
#include "base/error.h"
#include "base/file.h"
#include "explore/sweep/sweep.h"
#include "models/dataset_config.h"

namespace tridex::app {
namespace {

using models::Scene;
using models::SceneSet;

struct DatasetOptions {
  std::string data, folder, sheet, records;
  int64_t first = 0, images = 0;
  JsonOption json;
};

/// images first .. first + set.images - 1
struct Chosen {
  SceneSet set;
  int64_t first = 0;
  [[nodiscard]] Scene draw(int64_t i) const {
    return models::draw_scene(set.seed, set.split, static_cast<uint64_t>(first + i));
  }
};

/// The images of a sheet stand in rows of one image per class, with black between them.
constexpr int kSheetGap = 2;

SceneSet scenes_of(const std::string& name) {
  const auto file = explore::find_dataset(name);
  if (std::filesystem::is_directory(file)) {
    fail("{}: is a folder of images; only a generated data set can be written", name);
  }
  const models::DatasetConfig config = models::read_dataset_config(file);
  if (config.layout != models::DatasetConfig::Layout::kGenerated) {
    fail("{}: its images are files already; only a generated data set (layout: generated) can be written",
         name);
  }
  return config.scenes;
}

void write_folder(const Chosen& chosen, const std::filesystem::path& folder) {
  ensure_folder(folder);
  std::filesystem::remove(folder / "labels.csv");
  Progress progress;
  std::string labels = "file,class_index\n";
  for (int64_t i = 0; i < chosen.set.images; ++i) {
    const Scene scene = chosen.draw(i);
    const std::string name =
        fmt::format("{:06}.{}.png", chosen.first + i, models::scene_class_name(scene.class_index));
    write_file(folder / name, std::span<const uint8_t>(models::encode_png(scene.image)));
    labels += fmt::format("{},{}\n", name, scene.class_index);
    progress.update("images", static_cast<size_t>(i) + 1, static_cast<size_t>(chosen.set.images));
  }
  write_file(folder / "labels.csv", labels);  // last: a folder that has it is whole
}

void write_sheet(const Chosen& chosen, const std::filesystem::path& file) {
  constexpr int kColumns = models::kSceneClasses, kStep = models::kSceneSide + kSheetGap;
  const int rows = static_cast<int>((chosen.set.images + kColumns - 1) / kColumns);
  models::Image sheet{kColumns * kStep - kSheetGap, rows * kStep - kSheetGap, 3, {}};
  const auto row_bytes = static_cast<size_t>(sheet.width) * 3;
  sheet.pixels.resize(row_bytes * static_cast<size_t>(sheet.height));
  for (int64_t i = 0; i < chosen.set.images; ++i) {
    const Scene scene = chosen.draw(i);
    const auto left = static_cast<size_t>(i % kColumns) * kStep * 3,
               top = static_cast<size_t>(i / kColumns) * kStep;
    constexpr size_t kBytes = size_t{models::kSceneSide} * 3;
    for (size_t y = 0; y < models::kSceneSide; ++y) {
      std::copy_n(scene.image.pixels.begin() + static_cast<std::ptrdiff_t>(y * kBytes), kBytes,
                  sheet.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * row_bytes + left));
    }
  }
  const auto png = models::encode_png(sheet);
  write_output(file, std::string(png.begin(), png.end()));
}

/// To the standard output: for a program that reads along.
void stream_records(const Chosen& chosen) {
  for (int64_t i = 0; i < chosen.set.images; ++i) {
    const auto record = models::scene_record(chosen.draw(i));
    if (std::fwrite(record.data(), 1, record.size(), stdout) != record.size()) {
      fail("standard output: cannot be written");
    }
  }
  if (std::fflush(stdout) != 0) {
    fail("standard output: cannot be written");
  }
}

int dataset(const DatasetOptions& options) {
  Chosen chosen{scenes_of(options.data), options.first};
  int64_t& images = chosen.set.images;
  const bool only_sheet = options.folder.empty() && options.records.empty();
  if (only_sheet && options.sheet.empty()) {
    fail("nothing to write: name -o DIR, --sheet FILE.png or --records -");
  }
  constexpr int64_t kSheetImages = int64_t{10} * models::kSceneClasses, kMostSheetImages = 100'000;
  if (options.images > 0) {
    images = options.images;
  } else if (!options.sheet.empty()) {
    images = std::min(images, kSheetImages);
  }
  if (!options.sheet.empty() && images > kMostSheetImages) {
    fail("--sheet: at most {} images, got {}", grouped(kMostSheetImages), grouped(images));
  }
  if (options.records == "-") {
    stream_records(chosen);
    return 0;
  }
  nlohmann::json json{{"data", options.data}, {"images", images}, {"classes", models::scene_class_names()}};
  if (!options.sheet.empty()) {
    write_sheet(chosen, options.sheet);
  }
  if (!options.folder.empty()) {
    write_folder(chosen, options.folder);
  }
  if (options.json.print_text()) {
    fmt::print("{} images of {} classes: {}\n", grouped(images), models::kSceneClasses,
               options.folder.empty() ? options.sheet : options.folder);
  }
  options.json.write(json);
  return 0;
}

}  // namespace

void add_dataset(CLI::App& app, Action& action) {
  auto options = std::make_shared<DatasetOptions>();
  auto* command =
      app.add_subcommand("dataset", "writes images of a generated data set, to look at or to train on");
  command
      ->add_option("data", options->data,
                   "scenes-train, scenes-calib, scenes-test, or a data set YAML with layout: generated")
      ->required()
      ->type_name("DATA");
  auto* folder = command->add_option("-o,--output", options->folder, "a folder of PNG files with labels.csv")
                     ->type_name("DIR");
  auto* sheet = command->add_option("--sheet", options->sheet, "one PNG of all images, a column per class")
                    ->type_name("FILE.png");
  auto* records =
      command
          ->add_option("--records", options->records,
                       "'-': the standard output; a byte with the class, then R, G, B of each pixel")
          ->check(CLI::IsMember({"-"}))
          ->type_name("-")
          ->excludes(folder)
          ->excludes(sheet);
  command->add_option("--first", options->first, "number of the first image; default: 0")
      ->check(CLI::Range(int64_t{0}, models::kMaxScenes));
  command->add_option("--images", options->images, "so many; default: all, and 160 for --sheet")
      ->check(CLI::Range(int64_t{1}, models::kMaxScenes));
  options->json.add(command);
  records->excludes(command->get_option("--json"));
  command->footer(
      "Examples:\n  tridex dataset scenes-test --sheet scenes.png\n"
      "  tridex dataset scenes-test --images 320 -o out/scenes");
  command->callback([options, &action] { action = [options] { return dataset(*options); }; });
}

}  // namespace tridex::app
