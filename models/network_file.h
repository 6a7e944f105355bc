#pragma once
#include <filesystem>
#include <string>

#include "models/graph.h"

namespace tridex::models {

/// A network written down as YAML: its operators, what they read, their attributes. The schema is explained
/// in configs/networks/tiny_cnn.yaml. Shapes are worked out; tags (region, block, role) and names of tensors
/// come along, so that a built-in network that is written and read again is the same Graph.

/// Error: FILE:LINE: key, what is wrong and what would be accepted; also where the file has more nodes or
/// larger maps than any network (kMostNodes, GraphBuilder). A file without a `name` gives its stem to the
/// graph.
Graph read_network(const std::filesystem::path& file);
/// The same of a text; `file` is for messages and for the name.
Graph parse_network(const std::string& text, const std::string& file);

/// The text that gives `graph` again, one node a line; a function of the graph alone, so that it can be
/// hashed as its content. Error: a name that a file cannot have (check_name).
std::string network_text(const Graph& graph);

}  // namespace tridex::models
