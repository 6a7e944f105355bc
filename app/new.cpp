#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/stored_point.h"
#include "arch/cost/cost.h"
#include "arch/design/starter.h"
#include "arch/platform/run.h"
#include "base/names.h"

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
  /// Words of `tridex run` after the design, to run what a point of a store ran; empty: its network is not
  /// there.
  std::vector<std::string> run;
};

/// The design or point that is named, the preset for the device where there is one, the usual design.
Start start_of(const NewOptions& options) {
  const std::vector<std::string> settings =
      options.device.empty() ? std::vector<std::string>{} : std::vector{"device=" + options.device};
  if (const auto name = point_name(options.from)) {
    const auto point = stored_point(explore::Store::open_existing(name->folder), *name);
    Start start{options.from, arch::read_design(Yaml::parse(point.design, options.from, settings)), {}};
    if (const auto network = network_of(*name, point)) {
      start.run = {"--net", network->string()};
      if (point.fidelity != arch::fidelity_name(arch::RunOptions{}.fidelity)) {
        start.run.insert(start.run.end(), {"--fidelity", point.fidelity});
      }
      if (point.frames != arch::RunOptions{}.frames) {
        start.run.insert(start.run.end(), {"--frames", std::to_string(point.frames)});
      }
      if (point.seed != arch::RunOptions{}.seed) {
        start.run.insert(start.run.end(), {"--seed", std::to_string(point.seed)});
      }
    }
    return start;
  }
  const std::string preset = "trio_vit_" + options.device;
  const bool has_preset =
      std::filesystem::is_regular_file(arch::config_root() / "designs" / (preset + ".yaml"));
  const std::string from = !options.from.empty() ? options.from : has_preset ? preset : kDefaultDesign;
  return {from, arch::read_design(arch::find_config(from, "designs"), settings), {}};
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
  const Start start = start_of(options);
  const arch::DesignPoint& design = start.design;
  if (const arch::Cost cost = arch::estimate_cost(design); !cost.fits) {
    fmt::print(stderr, "tridex: warning: {} does not fit its device: {}\n", file.string(),
               join(cost.misfits));
  }
  write_output(file, arch::starter_text(design, file.stem().string()));
  if (options.json.print_text()) {
    fmt::print("{}: a design for {}, from {}\nNext: tridex {} {}{}\n", file.string(), design.device.name,
               start.from, start.run.empty() ? "check" : "run", file.string(),
               start.run.empty() ? "" : " " + join(start.run, " "));
  }
  options.json.write(
      {{"file", file.string()}, {"from", start.from}, {"device", design.device.name}, {"run", start.run}});
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
