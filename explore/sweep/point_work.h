#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/sweep/sweep.h"
#include "explore/workers/fork_server.h"
#include "quant/integer_graph.h"

namespace tridex::explore {

/// What the children of a pool's fork server do, and what they share. Everything pointed at is made before
/// the server, and is read only afterwards.
class PointWork {
 public:
  using MakeDesign = std::function<arch::DesignPoint(const nlohmann::json&)>;

  /// `folder`: of quantized networks, in the folder of the store. `design` makes the design of a request's
  /// "design".
  PointWork(const Sweep& sweep, const std::vector<NetworkVariant>& networks, std::filesystem::path folder,
            unsigned threads, MakeDesign design);

  /// "variant" of a request: of a network that there was not yet when the server began.
  static nlohmann::json variant_json(const NetworkVariant& variant);

  /// A piece of work, in a child, by the request's "kind": "network" (quantizes "variant"; gives its file
  /// and, where it has data, their key), "accuracy" (of "variant", held as "network"), "sensitivities" (of
  /// the layers of "variant" at the widths "bits", into sensitivities.jsonl; gives their to_json()) or
  /// "point" (of the held "network"; the text of its result).
  [[nodiscard]] std::string work(const nlohmann::json& request, const ForkServer::Progress& progress) const;
  /// In the server: holds "variant" as "network" for its children, that of "file" or, where that is empty,
  /// shapes only. Gives its hash. Or no longer holds "drop".
  std::string hold(const nlohmann::json& request);

 private:
  [[nodiscard]] NetworkVariant variant(const nlohmann::json& request) const;
  [[nodiscard]] std::string quantize(const NetworkVariant& variant,
                                     const ForkServer::Progress& progress) const;
  [[nodiscard]] std::string accuracy(const NetworkVariant& variant, size_t network,
                                     const ForkServer::Progress& progress) const;
  [[nodiscard]] std::string sensitivities(const NetworkVariant& variant, const nlohmann::json& request,
                                          const ForkServer::Progress& progress) const;
  [[nodiscard]] std::string point(const nlohmann::json& design, size_t network) const;

  const Sweep& sweep_;
  const std::vector<NetworkVariant>& networks_;
  std::filesystem::path folder_;
  unsigned threads_;
  MakeDesign design_;
  std::map<size_t, quant::IntegerGraph> held_;  ///< by network
};

}  // namespace tridex::explore
