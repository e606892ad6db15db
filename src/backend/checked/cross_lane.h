// The operations between lanes of a simdgroup, on the values that the active lanes brought.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "backend/checked/thread_state.h"

namespace pymetal::backend::checked {

enum class CrossLaneKind : std::uint16_t {
  Barrier,
  Shuffle,
  ShuffleUp,
  ShuffleDown,
  ShuffleXor,
  ShuffleRotateUp,
  ShuffleRotateDown,
  BroadcastFirst,
  Ballot,
  Active,
  MatrixProduct,
  Sum,
  Product,
  Min,
  Max,
  And,
  Or,
  Xor,
  PrefixInclusiveSum,
  PrefixExclusiveSum,
  PrefixInclusiveProduct,
  PrefixExclusiveProduct,
};

enum class CrossLaneType : std::uint16_t { I32, U32, I64, U64, F32 };

struct CrossLaneOperation {
  CrossLaneKind kind;
  CrossLaneType type;

  /// Parses what follows "mtl.simd." in the name of an intrinsic: "sum.f32".
  static std::optional<CrossLaneOperation> from_name(std::string_view name);
  std::uint32_t encode() const { return static_cast<std::uint32_t>(kind) << 16 | static_cast<std::uint32_t>(type); }
  static CrossLaneOperation decode(std::uint32_t code) {
    return {static_cast<CrossLaneKind>(code >> 16), static_cast<CrossLaneType>(code & 0xffff)};
  }
};

/// Runs one operation for the lanes of `active`, all of which wait for it at one site, and sets their results. A lane
/// that reads one which takes no part gets its own value.
void run_cross_lane(CrossLaneOperation operation, std::span<ThreadState> simdgroup, std::uint64_t active);

}  // namespace pymetal::backend::checked
