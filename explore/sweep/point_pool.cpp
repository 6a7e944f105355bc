#include "explore/sweep/point_pool.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <map>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "explore/sweep/point.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// How often `stop` is asked while nothing happens.
constexpr double kPatienceSeconds = 0.2;
constexpr size_t kMostHeld = 16;

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

std::filesystem::path existing(std::filesystem::path folder) {
  ensure_folder(folder);
  return folder;
}

}  // namespace

PointPool::PointPool(const Sweep& sweep, const std::vector<NetworkVariant>& networks,
                     const PoolOptions& options, PointWork::MakeDesign design,
                     const SweepCallbacks& callbacks)
    : sweep_(sweep),
      networks_(networks),
      callbacks_(callbacks),
      retry_(options.retry),
      begin_(options.begin),
      jobs_(options.jobs == 0 ? default_threads() : options.jobs),
      work_(sweep, networks, existing(options.folder / "networks"), jobs_, std::move(design)),
      server_({[this](const json& request, const ForkServer::Progress& progress) {
                 return work_.work(request, progress);
               },
               [this](const json& request) { return work_.hold(request); }}),
      recorder_(options.shard ? make_shard_recorder(options.folder, *options.shard)
                              : make_store_recorder(options.folder)),
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

/// Nothing is left but what others run; one that is killed leaves it to us.
void PointPool::wait_for_others() const {
  if (callbacks_.stop && callbacks_.stop()) {
    throw Interrupted();
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(kPatienceSeconds));
}

/// Of work that a network's points need: anything but success is an Error, which names its settings.
json PointPool::need(const std::string& stage, const Settings& settings, const std::string& which) {
  const Outcome outcome = wait_for_end(which.empty() ? stage : which + ": " + stage).outcome;
  if (outcome.status != Outcome::Status::kOk) {
    const bool plain = outcome.status == Outcome::Status::kError && settings.empty();
    fail("{}{}{}", plain ? "" : described(stage, settings) + ": ", outcome.reason,
         outcome.log.empty() ? "" : "\n" + outcome.log);
  }
  return json::parse(outcome.result);
}

/// The server loads a network. Gives its hash.
std::string PointPool::hold(size_t network, const std::string& file) {
  const NetworkVariant& variant = networks_[network];
  server_.hold({{"network", network}, {"variant", PointWork::variant_json(variant)}, {"file", file}});
  const json loaded = need("load " + variant.model.name + " " + variant.recipe_name, variant.settings);
  held_.insert(network);
  return loaded.at("hash").get<std::string>();
}

/// The server has the networks of these points, and of others no more than kMostHeld: a search may make any
/// number of them.
void PointPool::hold_those_of(const std::deque<PointTask>& tasks) {
  std::set<size_t> wanted, others = held_;
  for (const PointTask& task : tasks) {
    wanted.insert(task.network);
    others.erase(task.network);
    if (held_.count(task.network) == 0) {
      hold(task.network, made_.at(task.network).file);
    }
  }
  while (others.size() > kMostHeld) {
    const size_t oldest = *others.begin();
    server_.hold({{"drop", oldest}});
    need("drop", {});
    others.erase(oldest);
    held_.erase(oldest);
  }
}

void PointPool::make_network(size_t n, const std::string& which) {
  if (is_made(n)) {
    return;
  }
  const NetworkVariant& variant = networks_[n];
  const json its = PointWork::variant_json(variant);
  const std::string name = variant.model.name + " " + variant.recipe_name;
  Made made;
  made.note = "the sweep names no weights";
  if (!variant.weights.empty()) {
    server_.start({{"kind", "network"}, {"network", n}, {"variant", its}}, 0);
    const json found = need("quantize " + name, variant.settings, which);
    made.file = found.at("file");
    made.key = found.value("dataset_key", "");
    made.note = made.key.empty() ? "the sweep names no data set" : "";
  }
  made.hash = hold(n, made.file);
  if (!made.key.empty()) {
    made.accuracy = recorder_->accuracy(made.hash, made.key);
    if (!made.accuracy) {
      server_.start({{"kind", "accuracy"}, {"network", n}, {"variant", its}}, 0);
      const json a = need("accuracy " + name, variant.settings, which);
      made.accuracy = {a.at("metric"), a.at("value"), a.at("images"), a.at("executor")};
      recorder_->put_accuracy(made.hash, made.key, *made.accuracy);
    }
    // rows of another sweep of this network keep theirs when this one measures nothing
    recorder_->set_dataset(made.hash, made.key, made.note);
  }
  made_.emplace(n, std::move(made));
}

void PointPool::make_networks() {
  for (size_t n = 0; n < networks_.size(); ++n) {
    make_network(n, fmt::format("network {} of {}", n + 1, networks_.size()));
  }
}

std::vector<SensitivityLine> PointPool::sensitivities(const NetworkVariant& base,
                                                      const std::vector<int>& bits, bool convolutions,
                                                      const std::string& program) {
  server_.start({{"kind", "sensitivities"},
                 {"variant", PointWork::variant_json(base)},
                 {"bits", bits},
                 {"convolutions", convolutions},
                 {"program", program}},
                0);
  std::vector<SensitivityLine> result;
  for (const json& line : need("sensitivity " + base.model.name + " " + base.recipe_name, base.settings)) {
    result.push_back(sensitivity_line(line));
  }
  return result;
}

PointRow PointPool::row_of(const DesignVariant& variant, size_t n, Settings settings) const {
  PointRow row;
  row.sweep = sweep_.name;
  row.settings = std::move(settings);
  row.model = networks_[n].model.name;
  row.recipe = networks_[n].recipe_name;
  const Made& made = made_.at(n);
  row.network_hash = made.hash;
  row.dataset_key = made.key;
  row.accuracy_note = made.note;
  row.fidelity = arch::fidelity_name(sweep_.fidelity);
  row.frames = sweep_.frames;
  row.seed = sweep_.seed;
  row.tool_version = TRIDEX_VERSION;
  row.host = host_;
  row.design = variant.design ? variant.design->text : "";
  row.hash = point_hash(row, variant.design ? &*variant.design : nullptr, sweep_.design_file);
  return row;
}

size_t PointPool::run(std::deque<PointTask> waiting, const PointEvents& events) {
  hold_those_of(waiting);
  std::map<int, PointRow> running;
  std::deque<PointTask> taken;  // other processes are running them
  size_t left = 0;
  while (!waiting.empty() || !running.empty() || !taken.empty()) {
    if (out_of_time()) {
      left += std::exchange(waiting, {}).size() + std::exchange(taken, {}).size();
    }
    while (!waiting.empty() && running.size() < jobs_) {
      PointTask task = std::move(waiting.front());
      waiting.pop_front();
      const Claim claim = recorder_->claim(task.row.hash, retry_);
      if (claim == Claim::kTaken) {
        taken.push_back(std::move(task));
      } else if (claim == Claim::kDone) {
        events.found(task);
      } else if (!task.refused.empty()) {
        Outcome outcome;
        outcome.status = Outcome::Status::kError;
        outcome.reason = task.refused;
        keep(task.row, outcome, events);
      } else {
        const json request{{"kind", "point"}, {"design", task.design}, {"network", task.network}};
        running.emplace(server_.start(request, sweep_.timeout_seconds), std::move(task.row));
      }
    }
    if (!running.empty()) {
      const auto event = wait_for_end("points");
      keep(running.at(event.id), event.outcome, events);
      running.erase(event.id);
    } else if (!taken.empty()) {
      wait_for_others();
      std::swap(waiting, taken);
    }
  }
  return left;
}

void PointPool::keep(PointRow& row, const Outcome& outcome, const PointEvents& events) {
  row.status = status_name(outcome.status);
  row.reason = outcome.reason;
  row.log = outcome.log;
  if (outcome.status == Outcome::Status::kOk) {
    row.result = parse_without_layers(outcome.result);
  }
  row.time = utc_now();
  row.seconds = outcome.seconds;
  recorder_->put(row, outcome.result);
  events.kept(row);
}

bool PointPool::out_of_time() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  return sweep_.budget.minutes && passed.count() >= *sweep_.budget.minutes * 60;
}

}  // namespace tridex::explore
