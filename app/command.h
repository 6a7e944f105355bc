#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace tridex::app {

/// What the chosen subcommand does; the exit status.
using Action = std::function<int()>;

// Each adds its subcommand to `app`; when the command line names it, `action` is set.
void add_check(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_cosim(CLI::App& app, Action& action);
void add_dataset(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_describe(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_gather(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_new(CLI::App& app, Action& action);
void add_query(CLI::App& app, Action& action);
void add_ablation(CLI::App& app, Action& action);
void add_search(CLI::App& app, Action& action);
void add_sensitivity(CLI::App& app, Action& action);
void add_mixed(CLI::App& app, Action& action);

}  // namespace tridex::app
