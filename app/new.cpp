#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/stored_point.h"
#include "arch/cost/cost.h"
#include "arch/design/starter.h"
#include "base/names.h"
#include "explore/cluster/process.h"
#include "explore/sweep/point.h"

namespace tridex::app {
namespace {

struct NewOptions {
  std::string file, from, device;
  JsonOption json;
};

constexpr const char* kDefaultDesign = "trio_vit_zcu102";

/// What a design begins with.
struct Start {
  std::string from;
  arch::DesignPoint design;
  bool is_point = false;
  std::optional<PointRun> run;  ///< of a point whose network is known
};

/// The point's design as a file in that place reads it: devices and memories may be beside it. Warns where
/// those are not what the point ran with.
arch::DesignPoint design_of(const explore::PointRow& point, const NewOptions& options) {
  if (point.design.empty()) {
    fail("{}: its design could not be read either: {}", options.from, point.reason);
  }
  try {
    const arch::DesignPoint design = arch::read_design(Yaml::parse(point.design, options.file));
    if (point.tool_version != TRIDEX_VERSION) {
      fmt::print(stderr, "tridex: warning: {} was run by version {}, this is {}\n", options.from,
                 point.tool_version, TRIDEX_VERSION);
    } else if (explore::point_hash(point, &design, {}) != point.hash) {
      fmt::print(
          stderr,
          "tridex: warning: {}: device {} or memory {}, as {} finds them, is another than the point ran "
          "with\n",
          options.from, design.device.name, design.dram.name, options.file);
    }
    return design;
  } catch (const Error& error) {
    fail("{}: its design cannot be read in that place: {}", options.from, error.what());
  }
}

/// The design or point that is named, the preset for the device where there is one, the usual design.
Start start_of(const NewOptions& options) {
  if (const auto name = point_name(options.from)) {
    const auto point = stored_point(explore::Store::open_existing(name->folder), *name);
    return {options.from, design_of(point, options), true, run_of(*name, point)};
  }
  if (std::filesystem::is_directory(options.from)) {
    fail("--from {}: is a folder; one of its points is --from '{}#HASH' (tridex query shows them)",
         options.from, options.from);
  }
  const std::string preset = "trio_vit_" + options.device;
  const bool has_preset =
      std::filesystem::is_regular_file(arch::config_root() / "designs" / (preset + ".yaml"));
  const std::string from = !options.from.empty() ? options.from : has_preset ? preset : kDefaultDesign;
  return {from, arch::read_design(arch::find_config(from, "designs")), false, {}};
}

std::string words_of(const PointRun& run) {
  std::vector<std::string> words = run.words();
  std::transform(words.begin(), words.end(), words.begin(), explore::shell_quoted);
  return join(words, " ");
}

/// The file's text; a comment says what it is from. Error: it cannot be read there (a device of one's own
/// that is not beside it).
std::string text_of(const Start& start, const NewOptions& options) {
  const std::filesystem::path file = options.file;
  std::string text = "From " + start.from + ".";
  text += start.run ? " It ran " + words_of(*start.run) : "";
  std::replace_if(
      text.begin(), text.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); }, ' ');
  text = "# " + text + "\n";
  text += arch::starter_text(start.design, file.stem().string());
  try {
    arch::read_design(Yaml::parse(text, options.file));
  } catch (const Error& error) {
    fail("{}: cannot be read in that place: {}", options.file, error.what());
  }
  return text;
}

std::string next_of(const Start& start, const NewOptions& options) {
  if (start.run) {
    return fmt::format("tridex run {} {}", explore::shell_quoted(options.file), words_of(*start.run));
  }
  return "tridex check " + explore::shell_quoted(options.file);
}

int make(const NewOptions& options) {
  const std::filesystem::path file = options.file;
  if (file.extension() != ".yaml" && file.extension() != ".yml") {
    fail("{}: a design's name ends in .yaml", file.string());
  }
  if (std::filesystem::exists(std::filesystem::symlink_status(file))) {
    fail("{}: is there already, and is not overwritten", file.string());
  }
  if (!options.device.empty()) {
    arch::find_config(options.device, "devices");  // its error does not speak of the design
  }
  Start start = start_of(options);
  const std::string was = start.design.device.name;
  if (!options.device.empty()) {
    const auto text = arch::starter_text(start.design, start.design.name);
    start.design = arch::read_design(Yaml::parse(text, options.file, {"device=" + options.device}));
  }
  const std::string device = start.design.device.name;
  if (device != was) {
    fmt::print(stderr, "tridex: memory, ports and clock are still those of {}, a design for {}\n", start.from,
               was);
  }
  if (const arch::Cost cost = arch::estimate_cost(start.design); !cost.fits) {
    fmt::print(stderr, "tridex: warning: {} does not fit its device: {}\n", file.string(),
               join(cost.misfits));
  }
  write_output(file, text_of(start, options));
  if (options.json.print_text()) {
    fmt::print("{}: a design for {}, from {}\n", file.string(), device, start.from);
    if (start.is_point && !start.run) {
      fmt::print("The network that it ran is not in its folder.\n");
    }
    fmt::print("Next: {}\n", next_of(start, options));
  }
  options.json.write({{"file", file.string()},
                      {"from", start.from},
                      {"device", device},
                      {"run", start.run ? start.run->words() : std::vector<std::string>{}}});
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Action& action) {
  auto options = std::make_shared<NewOptions>();
  auto* command = app.add_subcommand("new", "write a design to begin with, every key explained");
  command->add_option("file", options->file, "the design's file, which must not be there")
      ->required()
      ->type_name("NAME.yaml");
  command
      ->add_option("--from", options->from,
                   "design that the values are taken from: a file, a name in configs/designs, or DIR#HASH, a "
                   "point that a sweep or search has run (column hash of tridex query)")
      ->type_name("DESIGN.yaml");
  command
      ->add_option("--device", options->device, "name in configs/devices; without --from its preset is taken")
      ->type_name("DEVICE");
  options->json.add(command);
  command->footer(
      "Examples:\n  tridex new mine.yaml --device u50\n"
      "  tridex new mine.yaml --from systolic_zcu102 && tridex run mine.yaml --model efficientvit_b0_r64\n"
      "  tridex new found.yaml --from out/b1#3f02");
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace tridex::app
