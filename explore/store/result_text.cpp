#include "explore/store/store.h"

namespace tridex::explore {

nlohmann::json parse_without_layers(const std::string& result) {
  using nlohmann::json;
  return json::parse(result, [](int depth, json::parse_event_t event, const json& parsed) {
    return depth != 1 || event != json::parse_event_t::key || parsed != "layers";
  });
}

}  // namespace tridex::explore
