#pragma once
#include "arch/mapping/command.h"
#include "arch/pe/buffer_view.h"

namespace tridex::arch {

/// What the vector unit computes for a command (NUMERICS.md 3), from the bytes in the buffers alone.
void compute_add(const Command& command, const BufferViews& buffers);
void compute_pool(const Command& command, const BufferViews& buffers);
void compute_layer_norm(const Command& command, const BufferViews& buffers);
void compute_resize(const Command& command, const BufferViews& buffers);

}  // namespace tridex::arch
