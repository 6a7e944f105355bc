#pragma once
#include <string>

namespace tridex::explore {

/// A name of this process that no other one has or will have: the machine's boot, the name space of process
/// numbers, the number, and when it began. "unknown" parts where /proc does not say.
std::string process_identity();

/// Whether the process of that name still runs. One of another boot of this machine, of another machine or of
/// another name space (a container's) counts as ended: nothing here can see it.
bool is_running(const std::string& identity);

}  // namespace tridex::explore
