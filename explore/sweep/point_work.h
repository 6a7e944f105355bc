#pragma once
#include <filesystem>
#include <functional>
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

  /// `design` makes the design of a request's "design".
  PointWork(const Sweep& sweep, const std::vector<NetworkVariant>& networks, std::filesystem::path folder,
            unsigned threads, MakeDesign design);

  /// A piece of work, in a child, by the request's "kind": "network" (quantizes "network"; gives its file
  /// and, where it has data, their key), "accuracy" (of a network that is held) or "point" (the text of its
  /// result).
  [[nodiscard]] std::string work(const nlohmann::json& request, const ForkServer::Progress& progress) const;
  /// In the server: holds "network" for its children, that of "file" or, where that is empty, shapes only.
  /// Gives its hash.
  std::string hold(const nlohmann::json& request);

 private:
  [[nodiscard]] std::string quantize(size_t network, const ForkServer::Progress& progress) const;
  [[nodiscard]] std::string accuracy(size_t network, const ForkServer::Progress& progress) const;
  [[nodiscard]] std::string point(const nlohmann::json& design, size_t network) const;

  const Sweep& sweep_;
  const std::vector<NetworkVariant>& networks_;
  std::filesystem::path folder_;  ///< of quantized networks
  unsigned threads_;
  MakeDesign design_;
  std::vector<quant::IntegerGraph> held_;  ///< by network
};

}  // namespace tridex::explore
