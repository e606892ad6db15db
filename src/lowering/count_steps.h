// Counts what a kernel may do at most.
#pragma once

#include <cstdint>
#include <optional>

#include "llvm/IR/Function.h"

namespace pymetal::lowering {

/// Instructions that one thread of the canonical kernel executes at most, weighed by what they take; nothing where a
/// loop may run any number of times, and where the kernel calls back or has more than a little memory of its own.
std::optional<std::uint32_t> count_steps(llvm::Function& kernel);

}  // namespace pymetal::lowering
