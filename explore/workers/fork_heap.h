#pragma once

namespace tridex::explore {

/// For a process that forks many short children, before it forks them and after it has kept something for
/// them: makes what they allocate cheap. Children inherit the heap by copy on write, and whatever they write
/// there copies a page, the lists of its free pieces included; so free pieces are merged and then kept from
/// them, and they start on untouched memory in large pages. Does nothing where the C library is not glibc.
void prepare_heap_for_children();

}  // namespace tridex::explore
