#pragma once
#include "arch/cosim/operand_fetch.h"

namespace tridex::arch {

// One file a kind of command; make_operand_fetch() chooses.
std::unique_ptr<OperandFetch> make_dense_fetch(const RtlParameters&, const Command&, const BufferViews&,
                                               const std::string& what);
std::unique_ptr<OperandFetch> make_depthwise_fetch(const RtlParameters&, const Command&, const BufferViews&,
                                                   const std::string& what);
std::unique_ptr<OperandFetch> make_context_fetch(const RtlParameters&, const Command&, const BufferViews&,
                                                 const std::string& what);
std::unique_ptr<OperandFetch> make_attend_fetch(const RtlParameters&, const Command&, const BufferViews&,
                                                const std::string& what);

}  // namespace tridex::arch
