#include "explore/point_pool.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <map>

#include "arch/platform/run.h"
#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "explore/evaluate.h"
#include "explore/network.h"
#include "explore/point.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// How often `stop` is asked while nothing happens.
constexpr double kPatienceSeconds = 0.2;

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

/// What the children of the fork server know.
struct Shared {
  const Sweep& sweep;
  const std::filesystem::path& networks_folder;
  unsigned threads;
  const PointPool::MakeDesign& design;
  std::vector<quant::IntegerGraph>& held;
};

std::filesystem::path made(std::filesystem::path folder) {
  ensure_folder(folder);
  return folder;
}

std::string quantize_network(const Shared& shared, size_t index, const ForkServer::Progress& progress) {
  const NetworkVariant& variant = shared.sweep.networks[index];
  const auto cached = cache_network(
      variant, shared.networks_folder, shared.threads, [&](const quant::QuantizeProgress& step) {
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

std::string measure_accuracy(const Shared& shared, size_t index, const ForkServer::Progress& progress) {
  const quant::IntegerGraph& graph = shared.held[index];
  const NetworkVariant& variant = shared.sweep.networks[index];
  const auto data = models::open_dataset(variant.data, graph.node(graph.input).shape);
  EvaluateOptions options{variant.images, shared.threads, [&](size_t done, size_t total) {
                            progress({{"step", "images"}, {"done", done}, {"total", total}});
                          }};
  const Evaluation evaluation = evaluate({nullptr, nullptr, &graph, nullptr}, *data, options);
  return json{{"metric", evaluation.metric()},
              {"value", evaluation.value()},
              {"images", evaluation.images},
              {"executor", evaluation.executor}}
      .dump();
}

std::string run_point(const Shared& shared, const json& design, size_t network) {
  arch::RunOptions options;
  options.fidelity = shared.sweep.fidelity;
  options.frames = shared.sweep.frames;
  options.seed = shared.sweep.seed;
  return json_text(arch::run(shared.design(design), shared.held[network], options).result);
}

std::string work(const Shared& shared, const json& request, const ForkServer::Progress& progress) {
  const auto kind = request.at("kind").get<std::string>();
  const auto network = request.at("network").get<size_t>();
  if (kind == "network") {
    return quantize_network(shared, network, progress);
  }
  if (kind == "accuracy") {
    return measure_accuracy(shared, network, progress);
  }
  return run_point(shared, request.at("design"), network);
}

std::string hold(const Shared& shared, const json& request) {
  const auto index = request.at("network").get<size_t>();
  const auto file = request.at("file").get<std::string>();
  shared.held[index] = file.empty() ? shapes_of(shared.sweep.networks[index]) : quant::load_network(file);
  return json{{"hash", shared.held[index].hash()}}.dump();
}

}  // namespace

PointPool::PointPool(const Sweep& sweep, const std::filesystem::path& folder, unsigned jobs,
                     MakeDesign design, const SweepCallbacks& callbacks)
    : sweep_(sweep),
      callbacks_(callbacks),
      jobs_(jobs == 0 ? default_threads() : jobs),
      networks_folder_(made(folder / "networks")),
      design_(std::move(design)),
      held_(sweep.networks.size()),
      server_({[this](const json& request, const ForkServer::Progress& progress) {
                 return work({sweep_, networks_folder_, jobs_, design_, held_}, request, progress);
               },
               [this](const json& request) {
                 return hold({sweep_, networks_folder_, jobs_, design_, held_}, request);
               }}),
      store_(folder / "store.sqlite"),
      host_(host_name()) {}

/// The next end of a piece of work.
ForkServer::Event PointPool::wait_for_end(const std::string& stage) {
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
json PointPool::need(const std::string& stage) {
  const Outcome outcome = wait_for_end(stage).outcome;
  if (outcome.status != Outcome::Status::kOk) {
    fail("{}{}{}", outcome.status == Outcome::Status::kError ? "" : stage + ": ", outcome.reason,
         outcome.log.empty() ? "" : "\n" + outcome.log);
  }
  return json::parse(outcome.result);
}

void PointPool::make_network(size_t n) {
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
  files_.push_back(file);
  server_.hold({{"network", n}, {"file", file}});
  hashes_.push_back(need("load " + name).at("hash"));
  keys_.push_back(key);
  notes_.push_back(note);
  if (!key.empty() && !store_.accuracy(hashes_[n], key)) {
    server_.start({{"kind", "accuracy"}, {"network", n}}, 0);
    const json a = need("accuracy " + name);
    store_.put_accuracy(hashes_[n], key, {a.at("metric"), a.at("value"), a.at("images"), a.at("executor")});
  }
  if (!key.empty()) {  // rows of another sweep of this network keep theirs when this one measures nothing
    store_.set_dataset(hashes_[n], key, note);
  }
}

void PointPool::make_networks() {
  for (size_t n = 0; n < sweep_.networks.size(); ++n) {
    make_network(n);
  }
}

PointRow PointPool::row_of(const DesignVariant& variant, size_t n) const {
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

void PointPool::run(std::deque<PointTask> tasks, const std::function<void(const PointRow&)>& kept) {
  std::map<int, PointRow> running;
  while (!tasks.empty() || !running.empty()) {
    while (!tasks.empty() && running.size() < jobs_) {
      PointTask task = std::move(tasks.front());
      tasks.pop_front();
      if (!task.refused.empty()) {
        Outcome outcome;
        outcome.status = Outcome::Status::kError;
        outcome.reason = task.refused;
        keep(task.row, outcome, kept);
      } else {
        const json request{{"kind", "point"}, {"design", task.design}, {"network", task.network}};
        running.emplace(server_.start(request, sweep_.timeout_seconds), std::move(task.row));
      }
    }
    if (!running.empty()) {
      const auto event = wait_for_end("points");
      keep(running.at(event.id), event.outcome, kept);
      running.erase(event.id);
    }
  }
}

void PointPool::keep(PointRow& row, const Outcome& outcome,
                     const std::function<void(const PointRow&)>& kept) {
  row.status = status_name(outcome.status);
  row.reason = outcome.reason;
  row.log = outcome.log;
  if (outcome.status == Outcome::Status::kOk) {
    row.result = parse_without_layers(outcome.result);
  }
  row.time = utc_now();
  row.seconds = outcome.seconds;
  store_.put(row, outcome.result);
  kept(row);
}

std::optional<Accuracy> PointPool::accuracy(size_t network) const {
  return keys_[network].empty() ? std::nullopt : store_.accuracy(hashes_[network], keys_[network]);
}

quant::IntegerGraph PointPool::load(size_t network) const {
  return files_[network].empty() ? shapes_of(sweep_.networks[network]) : quant::load_network(files_[network]);
}

}  // namespace tridex::explore
