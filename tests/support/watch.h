#pragma once
#include <catch2/catch.hpp>

#include "arch/monitor/protocol_monitor.h"

namespace tridex::test {

/// A binding with a protocol monitor between, which at its end must have found nothing. Declared after the
/// sockets and after what owns the payloads, so that it ends first.
class Watch {
 public:
  template <typename Initiator, typename Target>
  Watch(Initiator& initiator, Target& target) : monitor_(sc_core::sc_gen_unique_name("watch")) {
    monitor_.bind_between(initiator, target);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    monitor_.finish();
    for (size_t i = expected_; i < monitor_.violations().size(); ++i) {
      FAIL_CHECK(monitor_.violations()[i].line());
    }
  }
  /// For a test that breaks rules itself: the names of those that were broken so far, which are not held
  /// against it.
  std::vector<std::string> broken() {
    std::vector<std::string> names;
    for (const auto& violation : monitor_.violations()) {
      names.emplace_back(arch::rule_name(violation.rule));
    }
    expected_ = names.size();
    return names;
  }

 private:
  arch::ProtocolMonitor<> monitor_;
  size_t expected_ = 0;
};

}  // namespace tridex::test
