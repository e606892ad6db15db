// Takes what lives across barriers out of registers.
#pragma once

#include <cstdint>

#include "backend/simd/barrier_regions.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace pymetal::backend::simd {

/// How the values of a simdgroup's function get from region to region.
struct KeptValues {
  /// All simdgroups of a threadgroup go from each barrier to the same next one.
  bool is_in_step = false;
  /// Variables for values that are the same in all simdgroups. They are written before a barrier, and read behind it
  /// before any simdgroup writes them anew.
  llvm::SmallPtrSet<const llvm::Value*, 16> shared;
  /// What a simdgroup keeps in its context: local variables, then values.
  std::uint64_t variable_bytes = 0;
  std::uint64_t context_bytes = 0;
  /// Where it keeps the region it runs next, a word, unless all are in step.
  std::uint64_t next_region_offset = 0;
};

/// Vectors in a context have this alignment.
inline constexpr std::uint64_t kContextAlignment = 64;

/// `function` is `void (ptr simdgroup, ptr threadgroup, ptr context)`. Afterwards no value but a parameter or the
/// address of a local variable is used in another region than its own: it is saved before a barrier and loaded behind
/// it, or computed anew where that is cheap. Local variables that live across barriers move to the context.
KeptValues keep_across_barriers(llvm::Function& function, const BarrierRegions& regions);

}  // namespace pymetal::backend::simd
