#include "app/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "arch/design/design_point.h"
#include "arch/design/run_result.h"
#include "base/names.h"
#include "explore/check.h"
#include "explore/sweep/launcher.h"

namespace tridex::app {
namespace {

using Words = std::vector<std::string>;

/// What an argument can be beside a file. Its type in --help says what it is: the same word for the same
/// thing in every command.
Words values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::string name = option.get_name();
  const auto is = [&](const char* word) { return type.rfind(word, 0) == 0; };
  if (is("DESIGN.yaml") || type == "A" || type == "B") {
    return arch::config_names("designs");
  }
  if (is("RECIPE.yaml")) {
    return arch::config_names("quant");
  }
  if (is("SWEEP.yaml")) {
    return arch::config_names("sweeps");
  }
  if (is("SEARCH.yaml")) {
    return arch::config_names("searches");
  }
  if (is("DEVICE")) {
    return arch::config_names("devices");
  }
  if (is("MODEL")) {
    return arch::config_names("networks");
  }
  if (is("LEVEL")) {
    return arch::fidelity_names();
  }
  if (is("SHELL")) {
    return {"bash", "fish", "zsh"};
  }
  if (name == "--kind") {
    return explore::FileKinds::names();
  }
  if (name == "--launcher") {
    return explore::Launchers::names();
  }
  if (name == "--data" || name == "--calib") {
    return arch::config_names("datasets");
  }
  return {};
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_min() > 0;
}

/// "--name" and "-n" of the options that --help shows.
Words option_names(const CLI::App& command) {
  Words names;
  for (const auto* option : command.get_options()) {
    if (option->get_group().empty()) {
      continue;
    }
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
    for (const auto& name : option->get_snames()) {
      names.push_back("-" + name);
    }
  }
  return names;
}

const CLI::Option* option_named(const CLI::App& command, const std::string& word) {
  for (const auto* option : command.get_options()) {
    if (!word.empty() && word[0] == '-' && option->check_name(word)) {
      return option;
    }
  }
  return nullptr;
}

/// The positional that the next word without a dash belongs to, after `given` of them.
const CLI::Option* positional(const CLI::App& command, size_t given) {
  const CLI::Option* last = nullptr;
  for (const auto* option : command.get_options()) {
    if (!option->get_positional()) {
      continue;
    }
    last = option;
    if (given-- == 0) {
      return option;
    }
  }
  return last != nullptr && last->get_items_expected_max() > 1 ? last
                                                               : nullptr;  // a list takes all that follow
}

Words candidates(const CLI::App& app, const Words& words) {
  const CLI::App* command = &app;
  const CLI::Option* waiting = nullptr;  // the option whose value stands next
  size_t given = 0;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (waiting != nullptr) {
      waiting = word == "=" ? waiting : nullptr;  // bash makes three words of --name=value
    } else if (!word.empty() && word[0] == '-') {
      const auto* option = option_named(*command, word);
      waiting = option != nullptr && takes_value(*option) ? option : nullptr;
    } else if (command == &app) {
      const auto found = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
      if (found.empty()) {
        return {};
      }
      command = found.front();
    } else {
      ++given;
    }
  }
  if (waiting != nullptr) {
    return values_of(*waiting);
  }
  const std::string& last = words.back();
  if (const size_t equals = last.find('='); last.rfind("--", 0) == 0 && equals != std::string::npos) {
    const auto* option = option_named(*command, last.substr(0, equals));
    Words values = option != nullptr ? values_of(*option) : Words{};
    for (auto& value : values) {
      value = last.substr(0, equals + 1) + value;
    }
    return values;
  }
  if (last.rfind('-', 0) == 0) {
    return option_names(*command);
  }
  if (command == &app) {
    Words names;
    for (const auto* one : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(one->get_name());
    }
    return names;
  }
  const auto* next = positional(*command, given);
  return next != nullptr ? values_of(*next) : Words{};
}

// Each script asks the program itself, so that it never knows less than the program does. Where that names
// nothing the shell completes files.
constexpr const char* kBash = R"(_tridex() {
  local candidates
  candidates=$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  local IFS=$'\n'
  COMPREPLY=($candidates)
}
complete -o default -F _tridex tridex
)";

constexpr const char* kZsh = R"zsh(#compdef tridex
_tridex() {
  local -a candidates
  candidates=(${(f)"$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ${#candidates} )); then
    compadd -a candidates
  else
    _files
  fi
}
if [[ "${funcstack[1]}" = _tridex ]]; then
  _tridex
else
  compdef _tridex tridex
fi
)zsh";

constexpr const char* kFish = R"(function __tridex_complete
  set -l words (commandline -opc)
  $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c tridex -a '(__tridex_complete)'
)";

constexpr std::pair<const char*, const char*> kScripts[] = {{"bash", kBash}, {"fish", kFish}, {"zsh", kZsh}};

struct CompletionOptions {
  std::string shell;
  JsonOption json;
};

int completion(const CompletionOptions& options) {
  Words known;
  for (const auto& [shell, script] : kScripts) {
    known.emplace_back(shell);
    if (options.shell == shell) {
      if (!options.json.on_standard_output()) {  // what it is called for, so with --quiet too
        fmt::print("{}", script);
      }
      options.json.write({{"shell", shell}, {"script", script}});
      return 0;
    }
  }
  fail("no completion for the shell '{}' (known: {})", options.shell, join(known));
}

}  // namespace

Words completions(const CLI::App& app, const Words& words) {
  Words found = candidates(app, words);
  std::erase_if(found, [&](const std::string& one) { return one.rfind(words.back(), 0) != 0; });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void add_completion(CLI::App& app, Action& action) {
  auto options = std::make_shared<CompletionOptions>();
  auto* command = app.add_subcommand("completion", "a script that teaches a shell this command line");
  command->add_option("shell", options->shell, "bash, zsh or fish")->required()->type_name("SHELL");
  options->json.add(command);
  command->footer(
      "Completes commands, options and names of presets; it asks the program, so it need not be made again.\n"
      "Examples:\n  source <(tridex completion bash)                                     # in ~/.bashrc\n"
      "  tridex completion zsh > ~/.zfunc/_tridex                             # in a folder of $fpath\n"
      "  tridex completion fish > ~/.config/fish/completions/tridex.fish");
  command->callback([options, &action] { action = [options] { return completion(*options); }; });
}

}  // namespace tridex::app
