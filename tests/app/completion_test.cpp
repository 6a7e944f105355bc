#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "command_line.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;

namespace {

std::string asked(std::vector<std::string> words) {
  words.insert(words.begin(), "__complete");
  const Result result = run_tridex(words);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  return result.out;
}

/// What bash offers for the last of the words, a line each, with the script that the program prints.
std::string in_bash(const TempFolder& folder, const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    line += " '" + word + "'";
  }
  const std::string script = folder.write(
      "ask.sh", "set -eu\nexec > \"" + (folder.path() / "offered").string() +
                    "\"\nsource <(\"$TRIDEX_BINARY\" completion bash)\ncomplete -p tridex > /dev/null\n"
                    "COMP_WORDS=(\"$TRIDEX_BINARY\"" +
                    line + ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                    "\n_tridex\nprintf '%s\\n' ${COMPREPLY[@]+\"${COMPREPLY[@]}\"}\n");
  CHECK(std::system(("bash " + script).c_str()) == 0);
  return read_text(folder.path() / "offered");
}

}  // namespace

TEST_CASE("completion: bash completes commands, options and presets") {
  const TempFolder folder;
  CHECK(in_bash(folder, {"ru"}) == "run\n");
  CHECK(in_bash(folder, {"run", "--fi"}) == "--fidelity\n");
  CHECK(in_bash(folder, {"run", "trio_vit_zcu"}) == "trio_vit_zcu102\ntrio_vit_zcu104\n");
  CHECK(in_bash(folder, {"run", "x", "--fidelity", "an"}) == "analytic\n");
  CHECK(in_bash(folder, {"run", "x", "--fidelity", "=", "an"}) == "analytic\n");
  CHECK(in_bash(folder, {"run", "--set", ""}) == "\n");
  CHECK(in_bash(folder, {"nonsense", "--"}) == "\n");
}

TEST_CASE("completion: names every command and every option of --help") {
  std::istringstream help(run_tridex({"--help"}).out);
  const std::string commands = asked({""});
  int count = 0;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.rfind("  ", 0) == 0 && line[2] != ' ') {
      CHECK_THAT(commands, Contains(line.substr(2, line.find(' ', 2) - 2) + "\n"));
      ++count;
    }
    listed = listed || line == "Subcommands:";
  }
  CHECK(count >= 15);
  std::istringstream names(commands);
  for (std::string command; std::getline(names, command);) {
    const std::string options = asked({command, "--"}), text = run_tridex({command, "--help"}).out;
    CAPTURE(command, text);
    std::istringstream each(options);
    for (std::string option; std::getline(each, option);) {
      CHECK_THAT(text, Contains(option));
    }
    CHECK_THAT(options, Contains("--json\n") && Contains("--help\n"));
  }
}

TEST_CASE("completion: values of options and places") {
  CHECK(asked({"quantize", "w4a8_re"}) == "w4a8_reciprocal\n");
  CHECK(asked({"run", "x", "--recipe", "w6a6_"}) == "w6a6_reciprocal\n");
  CHECK(asked({"run", "x", "--recipe=w6a6_"}) == "--recipe=w6a6_reciprocal\n");
  CHECK(asked({"sweep", "trio_zcu102_b"}) == "trio_zcu102_b1\n");
  CHECK(asked({"search", "trio_zcu102_s"}) == "trio_zcu102_scenes\n");
  CHECK(asked({"diff", "trio_vit_zcu102", "syst"}) == "systolic_zcu102\n");
  CHECK(asked({"new", "x.yaml", "--device", "k"}) == "kv260\n");
  CHECK(asked({"check", "--kind", "rec"}) == "recipe\n");
  CHECK(asked({"run", "x", "--frames", ""}).empty());
  CHECK(asked({"run", "x", "y", "z"}).empty());
}

TEST_CASE("completion: scripts for the shells that are known") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK_THAT(run_tridex({"completion", shell}).out, Contains("__complete"));
  }
  const Result refused = run_tridex({"completion", "tcsh"});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("'tcsh'") && Contains("bash, fish, zsh"));
}
