#pragma once
#include "arch/mapping/command.h"
#include "arch/pe/buffer_view.h"

namespace tridex::arch {

/// What an engine computes for a command (NUMERICS.md 3), from the bytes in the buffers alone.
void compute_conv(const Command& command, const BufferViews& buffers);
void compute_context(const Command& command, const BufferViews& buffers);
void compute_attend(const Command& command, const BufferViews& buffers);

}  // namespace tridex::arch
