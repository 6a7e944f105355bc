#pragma once
#include <cstddef>
#include <functional>

namespace tridex {

/// Number of threads when the user names none: the processors this process may run on.
unsigned default_threads();

/// Calls work(i) for i in [0, count) on up to `threads` threads (0: default_threads()), each index once, in
/// no order. Results must not depend on that order. The first exception is thrown here after all threads have
/// stopped.
void parallel_for(size_t count, unsigned threads, const std::function<void(size_t)>& work);

}  // namespace tridex
