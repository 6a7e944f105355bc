#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <map>

#include "arch/platform/run.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "explore/evaluate.h"
#include "explore/fork_server.h"
#include "explore/launcher.h"
#include "explore/network.h"
#include "explore/point.h"
#include "explore/recorder.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// How often `stop` is asked while nothing happens.
constexpr double kPatienceSeconds = 0.2;

struct Interrupted {};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm tm{};
  ::gmtime_r(&now, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

/// What the processes of a sweep share: made before the first fork, read only afterwards.
struct Plan {
  const Sweep& sweep;
  std::filesystem::path networks_folder;
  unsigned threads;
  std::vector<DesignVariant> designs;
  std::vector<quant::IntegerGraph> held;  ///< in the server: by network
};

Plan make_plan(const Sweep& sweep, const std::filesystem::path& folder, unsigned threads) {
  Plan plan{sweep, folder / "networks", threads, expand_designs(sweep), {}};
  plan.held.resize(sweep.networks.size());
  ensure_folder(plan.networks_folder);
  return plan;
}

std::string make_network(const Plan& plan, size_t index, const ForkServer::Progress& progress) {
  const NetworkVariant& variant = plan.sweep.networks[index];
  const auto cached =
      cache_network(variant, plan.networks_folder, plan.threads, [&](const quant::QuantizeProgress& step) {
        progress({{"step", step.step}, {"done", step.done}, {"total", step.total}});
      });
  json result{{"file", cached.file.string()}};
  if (!variant.data.empty()) {
    const quant::IntegerGraph graph = quant::load_network(cached.file);
    const auto data = models::open_dataset(variant.data, graph.node(graph.input).shape);
    result["dataset_key"] = dataset_key(variant.data, *data, variant.images);
  }
  return result.dump();
}

std::string measure_accuracy(const Plan& plan, size_t index, const ForkServer::Progress& progress) {
  const quant::IntegerGraph& graph = plan.held[index];
  const NetworkVariant& variant = plan.sweep.networks[index];
  const auto data = models::open_dataset(variant.data, graph.node(graph.input).shape);
  EvaluateOptions options{variant.images, plan.threads, [&](size_t done, size_t total) {
                            progress({{"step", "images"}, {"done", done}, {"total", total}});
                          }};
  const Evaluation evaluation = evaluate({nullptr, nullptr, &graph, nullptr}, *data, options);
  return json{{"metric", evaluation.metric()},
              {"value", evaluation.value()},
              {"images", evaluation.images},
              {"executor", evaluation.executor}}
      .dump();
}

std::string run_point(const Plan& plan, size_t design, size_t network) {
  arch::RunOptions options;
  options.fidelity = plan.sweep.fidelity;
  options.frames = plan.sweep.frames;
  options.seed = plan.sweep.seed;
  return json_text(arch::run(*plan.designs[design].design, plan.held[network], options).result);
}

std::string work(const Plan& plan, const json& request, const ForkServer::Progress& progress) {
  const auto kind = request.at("kind").get<std::string>();
  const auto network = request.at("network").get<size_t>();
  if (kind == "network") {
    return make_network(plan, network, progress);
  }
  if (kind == "accuracy") {
    return measure_accuracy(plan, network, progress);
  }
  return run_point(plan, request.at("design").get<size_t>(), network);
}

std::string hold(Plan& plan, const json& request) {
  const auto index = request.at("network").get<size_t>();
  const auto file = request.at("file").get<std::string>();
  plan.held[index] = file.empty() ? shapes_of(plan.sweep.networks[index]) : quant::load_network(file);
  return json{{"hash", plan.held[index].hash()}}.dump();
}

/// One sweep on this machine, from the parent's side.
class LocalSweep {
 public:
  LocalSweep(const Sweep& sweep, const SweepOptions& options, const SweepCallbacks& callbacks)
      : sweep_(sweep),
        options_(options),
        callbacks_(callbacks),
        jobs_(options.jobs == 0 ? default_threads() : options.jobs),
        plan_(make_plan(sweep, options.folder, jobs_)),
        server_({[this](const json& request, const ForkServer::Progress& progress) {
                   return work(plan_, request, progress);
                 },
                 [this](const json& request) { return hold(plan_, request); }}),
        recorder_(options.shard ? make_shard_recorder(options.folder, *options.shard)
                                : make_store_recorder(options.folder)) {}

  SweepSummary run() {
    try {
      for (size_t n = 0; n < sweep_.networks.size(); ++n) {
        make_ready(n);
      }
      run_points();
    } catch (const Interrupted&) {
      summary_.interrupted = true;
    }
    summary_.rows = recorder_->rows();
    summary_.file = recorder_->finish(summary_.rows);
    return std::move(summary_);
  }

 private:
  /// The next end of a piece of work.
  ForkServer::Event wait_for_end(const std::string& stage) {
    while (true) {
      const auto event = server_.wait(kPatienceSeconds);
      if (event && !event->progress) {
        return *event;  // also when a stop was asked for: what is finished is kept
      }
      if (callbacks_.stop && callbacks_.stop()) {
        throw Interrupted();
      }
      if (event && callbacks_.progress) {
        callbacks_.progress({stage + ": " + event->progress->at("step").get<std::string>(),
                             event->progress->at("done").get<size_t>(),
                             event->progress->at("total").get<size_t>(), 0});
      }
    }
  }

  /// Of work that the whole sweep needs: anything but success ends it.
  json need(const std::string& stage) {
    const Outcome outcome = wait_for_end(stage).outcome;
    if (outcome.status != Outcome::Status::kOk) {
      fail("{}{}{}", outcome.status == Outcome::Status::kError ? "" : stage + ": ", outcome.reason,
           outcome.log.empty() ? "" : "\n" + outcome.log);
    }
    return json::parse(outcome.result);
  }

  void make_ready(size_t n) {
    const NetworkVariant& variant = sweep_.networks[n];
    const std::string name = variant.model.name + " " + variant.recipe_name;
    std::string file, key, note = "the sweep names no weights";
    if (!variant.weights.empty()) {
      server_.start({{"kind", "network"}, {"network", n}}, 0);
      const json made = need("quantize " + name);
      file = made.at("file");
      key = made.value("dataset_key", "");
      note = key.empty() ? "the sweep names no data set" : "";
    }
    server_.hold({{"network", n}, {"file", file}});
    hashes_.push_back(need("load " + name).at("hash"));
    keys_.push_back(key);
    notes_.push_back(note);
    if (!key.empty() && !recorder_->accuracy(hashes_[n], key)) {
      server_.start({{"kind", "accuracy"}, {"network", n}}, 0);
      const json a = need("accuracy " + name);
      recorder_->put_accuracy(hashes_[n], key,
                              {a.at("metric"), a.at("value"), a.at("images"), a.at("executor")});
    }
    if (!key.empty()) {  // rows of another sweep of this network keep theirs when this one measures nothing
      recorder_->set_dataset(hashes_[n], key, note);
    }
  }

  PointRow row_of(size_t d, size_t n) const {
    const DesignVariant& variant = plan_.designs[d];
    PointRow row;
    row.sweep = sweep_.name;
    row.settings = variant.settings;
    row.model = sweep_.networks[n].model.name;
    row.recipe = sweep_.networks[n].recipe_name;
    row.network_hash = hashes_[n];
    row.dataset_key = keys_[n];
    row.accuracy_note = notes_[n];
    row.fidelity = arch::fidelity_name(sweep_.fidelity);
    row.frames = sweep_.frames;
    row.seed = sweep_.seed;
    row.tool_version = TRIDEX_VERSION;
    row.host = host_;
    row.design = variant.design ? variant.design->text : "";
    row.hash = point_hash(row, variant.design ? &*variant.design : nullptr, sweep_.design_file);
    return row;
  }

  void run_points() {
    struct Point {
      size_t design, network;
      PointRow row;
    };
    std::map<std::string, Point> points;  // by hash: two settings that give one design are one point
    for (size_t n = 0; n < sweep_.networks.size(); ++n) {
      for (size_t d = 0; d < plan_.designs.size(); ++d) {
        PointRow row = row_of(d, n);
        points.emplace(row.hash, Point{d, n, row});
      }
    }
    for (const auto& [hash, point] : points) {
      summary_.hashes.push_back(hash);
    }
    if (options_.shard) {
      std::erase_if(points, [&](const auto& point) { return !options_.shard->has(point.first); });
    }
    const auto finished = recorder_->finished(options_.retry);
    std::deque<Point> waiting;
    for (auto& [hash, point] : points) {
      if (finished.count(hash) == 0) {
        waiting.push_back(std::move(point));
      }
    }
    summary_.points = points.size();
    summary_.already = points.size() - waiting.size();
    if (options_.prepare_only) {
      return;
    }
    const size_t total = waiting.size();

    std::map<int, PointRow> running;
    show_points(total);
    while (!waiting.empty() || !running.empty()) {
      while (!waiting.empty() && running.size() < jobs_) {
        Point point = std::move(waiting.front());
        waiting.pop_front();
        if (!plan_.designs[point.design].design) {
          Outcome outcome;
          outcome.status = Outcome::Status::kError;
          outcome.reason = plan_.designs[point.design].reason;
          keep(point.row, outcome, total);
        } else {
          const json request{{"kind", "point"}, {"design", point.design}, {"network", point.network}};
          running.emplace(server_.start(request, sweep_.timeout_seconds), std::move(point.row));
        }
      }
      if (!running.empty()) {
        const auto event = wait_for_end("points");
        keep(running.at(event.id), event.outcome, total);
        running.erase(event.id);
      }
    }
  }

  void keep(PointRow& row, const Outcome& outcome, size_t total) {
    row.status = status_name(outcome.status);
    row.reason = outcome.reason;
    row.log = outcome.log;
    if (outcome.status == Outcome::Status::kOk) {
      row.result = parse_without_layers(outcome.result);
    }
    row.time = utc_now();
    row.seconds = outcome.seconds;
    recorder_->put(row, outcome.result);
    ++(outcome.status == Outcome::Status::kOk ? summary_.ok : summary_.failed);
    show_points(total);
  }

  void show_points(size_t total) const {
    if (callbacks_.progress) {
      callbacks_.progress({"points", summary_.ok + summary_.failed, total, summary_.failed});
    }
  }

  const Sweep& sweep_;
  const SweepOptions& options_;
  const SweepCallbacks& callbacks_;
  unsigned jobs_;
  Plan plan_;
  ForkServer server_;  // before the recorder: the server must not inherit a database
  std::unique_ptr<Recorder> recorder_;
  std::string host_ = host_name();
  std::vector<std::string> hashes_, keys_, notes_;  // by network
  SweepSummary summary_;
};

/// This machine, a process a point.
class LocalLauncher : public Launcher {
 public:
  SweepSummary run(const Sweep& sweep, const SweepOptions& options,
                   const SweepCallbacks& callbacks) override {
    return LocalSweep(sweep, options, callbacks).run();
  }
};

const Launchers::Entry local_entry("local", [] { return std::make_unique<LocalLauncher>(); });

}  // namespace
}  // namespace tridex::explore
