// Gives every threadgroup variable of a module its place in threadgroup memory.
#pragma once

#include <cstdint>

#include "llvm/IR/Module.h"

namespace pymetal::lowering {

/// Replaces the calls of `mtl.threadgroup_variable` by offsets from `mtl.threadgroup_memory`. Must run before anything
/// is inlined or copied: each call in the source is one variable. Returns the bytes that all of them take.
std::uint64_t lower_threadgroup_variables(llvm::Module& module);

}  // namespace pymetal::lowering
