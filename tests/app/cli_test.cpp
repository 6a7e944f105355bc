#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "command_line.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("every command has help with an example") {
  const Result all = run_tridex({"--help"});
  CHECK(all.status == 0);
  for (const char* command :
       {"describe", "quantize", "evaluate", "run", "cosim", "sweep", "search", "gather", "report", "ablation",
        "sensitivity", "mixed", "dataset", "query", "diff", "check", "new", "completion"}) {
    CAPTURE(command);
    CHECK_THAT(all.out, Contains(command));
    const Result one = run_tridex({command, "--help"});
    CHECK(one.status == 0);
    CHECK_THAT(one.out, (Contains("Example:") || Contains("Examples:")) &&
                            Contains(std::string("tridex ") + command) && Contains("--json"));
  }
}

TEST_CASE("--quiet leaves files and JSON, --verbose adds the time, in front of the command or behind it") {
  const TempFolder folder;
  const std::string file = folder.path() / "d.json";
  for (const auto& arguments :
       {std::vector<std::string>{"describe", "mobilenet_v2_r224", "--json", file, "--quiet"},
        {"-q", "describe", "mobilenet_v2_r224", "--json", file}}) {
    std::filesystem::remove(file);
    const Result quiet = run_tridex(arguments);
    CHECK(quiet.status == 0);
    CHECK(quiet.out.empty());
    CHECK(quiet.err.empty());
    CHECK(json::parse(read_text(file))["model"] == "mobilenet_v2_r224");
  }
  CHECK(
      json::parse(run_tridex({"describe", "mobilenet_v2_r224", "--json", "-", "-q"}).out).contains("layers"));
  const Result plain = run_tridex({"describe", "mobilenet_v2_r224"});
  const Result verbose = run_tridex({"describe", "mobilenet_v2_r224", "-v"});
  CHECK(plain.err.empty());
  CHECK(verbose.out == plain.out);
  CHECK_THAT(verbose.err, Catch::Matchers::StartsWith("time: "));
  const Result wrong = run_tridex({"describe", "nothing", "--quiet"});
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.err, Contains("nothing"));
  const Result both = run_tridex({"-q", "describe", "mobilenet_v2_r224", "-v"});
  CHECK(both.status == 1);
  CHECK_THAT(both.err, Contains("--quiet and --verbose"));
}

TEST_CASE("--version: the version in the first line, then how the program was built") {
  const Result result = run_tridex({"--version"});
  CHECK(result.status == 0);
  const std::string first = result.out.substr(0, result.out.find('\n'));
  CHECK_FALSE(first.empty());
  CHECK(first.find_first_not_of("0123456789.") == std::string::npos);
  CHECK_THAT(result.out, Contains("compiler") && Contains("build type") && Contains("SystemC"));
}

TEST_CASE("describe: the sums are those of the layers") {
  const TempFolder folder;
  const std::string file = folder.path() / "d.json";
  const Result result = run_tridex({"describe", "efficientvit_b1_r224", "--json", file});
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("MACs") && Contains("parameters"));
  const json d = json::parse(read_text(file));
  CHECK(d["model"] == "efficientvit_b1_r224");
  CHECK(d["input"] == json({3, 224, 224}));
  int64_t macs = 0, params = 0;
  for (const auto& layer : d["layers"]) {
    for (const char* key : {"name", "op", "region", "input", "output"}) {
      REQUIRE(layer.contains(key));
    }
    macs += layer["macs"].get<int64_t>();
    params += layer["params"].get<int64_t>();
  }
  CHECK(macs == d["macs"]);
  CHECK(params == d["params"]);
}

TEST_CASE("--json - puts JSON alone on the standard output") {
  const Result result = run_tridex({"describe", "mobilenet_v2_r224", "--json", "-"});
  REQUIRE(result.status == 0);
  CHECK(json::parse(result.out)["model"] == "mobilenet_v2_r224");
}

TEST_CASE("run: the keys that scripts rely on, at every fidelity that needs no RTL") {
  const TempFolder folder;
  const std::string file = folder.path() / "r.json", trace = folder.path() / "t.json";
  for (const std::string fidelity : {"analytic", "timed"}) {
    CAPTURE(fidelity);
    const Result result =
        run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r64", "--fidelity", fidelity,
                    "--frames", "2", "--json", file, "--trace", trace});
    REQUIRE(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains("frames a second") && Contains("200 MHz") && Contains("GOPS") &&
                               Contains("DRAM of a frame"));
    CHECK_THAT(result.out,
               Contains(fidelity == "timed" ? "over 2 frames" : "upper bound: no stalls, no spills"));
    const json r = json::parse(read_text(file));
    for (const char* key :
         {"design", "model", "fidelity", "frames", "seed", "version", "cycles", "latency_ms", "fps", "gops",
          "utilization", "macs", "cost", "energy_mj", "power_w", "dram", "stalls", "modules", "layers"}) {
      CAPTURE(key);
      CHECK(r.contains(key));
    }
    CHECK(r["fidelity"] == fidelity);
    CHECK(r["frames"] == (fidelity == "timed" ? 2 : 1));  // a bound is of one frame
    CHECK_NOTHROW(json::parse(read_text(trace)));
  }
}

TEST_CASE("run: a functional run says that it equals the integer reference") {
  const TempFolder folder;
  const std::string file = folder.path() / "r.json";
  const Result result = run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r32", "--fidelity",
                                    "functional", "--frames", "1", "--json", file});
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("bit for bit equal to the integer reference"));
  const json r = json::parse(read_text(file));
  CHECK(r["comparison"]["equal"] == true);
  CHECK(r["comparison"]["elements"] > 0);
}

TEST_CASE("run: --check-program says how much was checked, and wants a program") {
  const Result result =
      run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r32", "--check-program"});
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out,
             Contains("program legal: ") && Contains(" instructions, ") && Contains(" bytes checked"));
  const Result bound = run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r32",
                                   "--check-program", "--fidelity", "analytic"});
  CHECK(bound.status == 1);
  CHECK_THAT(bound.err, Contains("--check-program: an analytic run makes no program"));
}

TEST_CASE("run: no engine is busy for more than all of a layer's time") {
  const Result result =
      run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r64", "--frames", "1", "--layers"});
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("over 1 frame\n") && Contains("modules, over 1 frame:"));
  std::istringstream lines(result.out.substr(result.out.find("layer ")));
  int layers = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(" %")) {
      const size_t end = line.size() - 2, begin = line.rfind(' ', end - 1) + 1;
      CAPTURE(line);
      CHECK(std::stod(line.substr(begin, end - begin)) <= 100);
      ++layers;
    }
  }
  CHECK(layers > 10);
}

TEST_CASE("run: --monitor finds nothing in our modules and changes nothing") {
  const std::vector<std::string> command = {"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r64"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return run_tridex(more);
  };
  const Result watched = with({"--monitor"});
  CHECK(watched.status == 0);
  CHECK(watched.err.empty());
  CHECK(watched.out == with({}).out + "\nno breach of the TLM-2.0 base protocol between the modules\n");
  const Result refused = with({"--monitor", "--fidelity", "analytic"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("an analytic run has no modules to watch") != std::string::npos);
}

TEST_CASE("run: --set changes the design") {
  const auto fps = [](const std::string& copies) {
    const Result result = run_tridex({"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r64", "--set",
                                      "copies=" + copies, "--json", "-"});
    REQUIRE(result.status == 0);
    return json::parse(result.out)["fps"].get<double>();
  };
  CHECK(fps("4") < fps("16"));
}
