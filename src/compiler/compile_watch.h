// Ends a compile that takes more time or memory than any program should.
#pragma once

#include <cstddef>
#include <cstdint>

#include "llvm/ADT/STLFunctionalExtras.h"

namespace pymetal::compiler {

struct CompileLimits {
  /// Of one thread's time on a core.
  unsigned milliseconds = 30'000;
  /// The part of it for constant expressions.
  unsigned evaluation_milliseconds = 10'000;
  std::uint64_t bytes = std::uint64_t{4} << 30;
};

enum class CompileEnd { Finished, Crashed, OutOfTime, OutOfMemory, OutOfStack };

/// Runs `work` on a thread with a deep stack, where neither a crash of Clang's nor work without end is the end of the
/// process. Whatever `work` holds when it is ended stays lost.
CompileEnd run_watched(llvm::function_ref<void()> work, const CompileLimits& limits);

/// Between these, the time of this thread counts as that of constant expressions. The second returns how many seconds
/// these may take, once they have taken longer, and 0 until then.
void begin_evaluation();
unsigned end_evaluation();

}  // namespace pymetal::compiler
