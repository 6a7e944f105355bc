#include "explore/check.h"

#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/console.h"

namespace tridex::app {
namespace {

constexpr int kFaulty = 1;  // exit status: some file is wrong

struct CheckOptions {
  std::vector<std::string> files;
  std::string kind;
  JsonOption json;
};

int check(const CheckOptions& options) {
  if (!options.kind.empty()) {
    static_cast<void>(explore::FileKinds::make(options.kind, "kind of file"));
  }
  nlohmann::json list = nlohmann::json::array();
  bool faulty = false;
  for (const auto& file : options.files) {
    std::string kind = options.kind;
    nlohmann::json entry{{"file", file}, {"error", nullptr}, {"contents", nullptr}};
    try {
      kind = kind.empty() ? explore::kind_of_file(file) : kind;
      const std::string contents = explore::check_file(file, kind);
      if (!contents.empty()) {
        entry["contents"] = contents;
      }
      if (options.json.print_text()) {
        fmt::print("{}: {}, valid{}{}\n", file, kind, contents.empty() ? "" : ": ", contents);
      }
    } catch (const Error& error) {
      faulty = true;
      entry["error"] = error.what();
      fmt::print(stderr, "{}\n", error.what());
    }
    entry["kind"] = kind.empty() ? nlohmann::json() : nlohmann::json(kind);
    list.push_back(std::move(entry));
  }
  options.json.write({{"files", list}, {"valid", !faulty}});
  return faulty ? kFaulty : 0;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<CheckOptions>();
  auto* command = app.add_subcommand("check", "validate YAML files without running anything");
  command->add_option("files", options->files, "YAML files")->required()->type_name("FILE.yaml ...");
  command
      ->add_option("--kind", options->kind,
                   "what they are; else their folder (configs/designs) or their keys tell")
      ->type_name("KIND");
  options->json.add(command);
  command->footer(
      "Kinds: " + join(explore::FileKinds::names()) +
      "\nThe first fault of each file is told as FILE:LINE: KEY: what is wrong; the exit status is 1 where "
      "there is one.\n"
      "Of a sweep or search it says how many points and networks there are, of a design whether it fits its "
      "device.\n"
      "Files that a file names (device, memory, recipes, images) must be there.\n"
      "Examples:\n  tridex check mine.yaml\n  tridex check --kind recipe quant/*.yaml");
  command->callback([options, &action] { action = [options] { return check(*options); }; });
}

}  // namespace tridex::app
