// The operations between lanes of a simdgroup, on the values that the active lanes brought.
#include "backend/checked/cross_lane.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>

#include "lowering/matrix_layout.h"

namespace pymetal::backend::checked {
namespace {

constexpr std::array<std::pair<std::string_view, CrossLaneKind>, 21> kKinds = {{
    {"shuffle", CrossLaneKind::Shuffle},
    {"shuffle_up", CrossLaneKind::ShuffleUp},
    {"shuffle_down", CrossLaneKind::ShuffleDown},
    {"shuffle_xor", CrossLaneKind::ShuffleXor},
    {"rotate_up", CrossLaneKind::ShuffleRotateUp},
    {"rotate_down", CrossLaneKind::ShuffleRotateDown},
    {"broadcast_first", CrossLaneKind::BroadcastFirst},
    {"ballot", CrossLaneKind::Ballot},
    {"active", CrossLaneKind::Active},
    {"matrix_product", CrossLaneKind::MatrixProduct},
    {"sum", CrossLaneKind::Sum},
    {"product", CrossLaneKind::Product},
    {"min", CrossLaneKind::Min},
    {"max", CrossLaneKind::Max},
    {"and", CrossLaneKind::And},
    {"or", CrossLaneKind::Or},
    {"xor", CrossLaneKind::Xor},
    {"prefix_inclusive_sum", CrossLaneKind::PrefixInclusiveSum},
    {"prefix_exclusive_sum", CrossLaneKind::PrefixExclusiveSum},
    {"prefix_inclusive_product", CrossLaneKind::PrefixInclusiveProduct},
    {"prefix_exclusive_product", CrossLaneKind::PrefixExclusiveProduct},
}};

constexpr std::array<std::pair<std::string_view, CrossLaneType>, 5> kTypes = {{
    {"i32", CrossLaneType::I32},
    {"u32", CrossLaneType::U32},
    {"i64", CrossLaneType::I64},
    {"u64", CrossLaneType::U64},
    {"f32", CrossLaneType::F32},
}};

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T>
std::uint64_t to_bits(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

/// Integers wrap around, as MSL's do.
template <class T, class Operation>
T wrap(T a, T b, Operation operation) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(operation(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return operation(a, b);
  }
}

template <class T>
T combine(CrossLaneKind kind, T a, T b) {
  switch (kind) {
    case CrossLaneKind::Sum:
    case CrossLaneKind::PrefixInclusiveSum:
    case CrossLaneKind::PrefixExclusiveSum:
      return wrap(a, b, std::plus<>());
    case CrossLaneKind::Product:
    case CrossLaneKind::PrefixInclusiveProduct:
    case CrossLaneKind::PrefixExclusiveProduct:
      return wrap(a, b, std::multiplies<>());
    case CrossLaneKind::Min:
      if constexpr (std::is_floating_point_v<T>) return std::fmin(a, b);
      return std::min(a, b);
    case CrossLaneKind::Max:
      if constexpr (std::is_floating_point_v<T>) return std::fmax(a, b);
      return std::max(a, b);
    default:
      break;
  }
  if constexpr (std::is_integral_v<T>) {
    if (kind == CrossLaneKind::And) return a & b;
    if (kind == CrossLaneKind::Or) return a | b;
    if (kind == CrossLaneKind::Xor) return a ^ b;
  }
  return a;
}

bool is_exclusive(CrossLaneKind kind) {
  return kind == CrossLaneKind::PrefixExclusiveSum || kind == CrossLaneKind::PrefixExclusiveProduct;
}

bool is_product(CrossLaneKind kind) {
  return kind == CrossLaneKind::PrefixInclusiveProduct || kind == CrossLaneKind::PrefixExclusiveProduct;
}

template <class Function>
void for_each_lane(std::uint64_t active, Function function) {
  for (; active != 0; active &= active - 1) function(static_cast<unsigned>(std::countr_zero(active)));
}

template <class T>
void reduce(CrossLaneKind kind, std::span<ThreadState> lanes, std::uint64_t active) {
  const auto first = static_cast<unsigned>(std::countr_zero(active));
  T total = from_bits<T>(lanes[first].value);
  for_each_lane(active & (active - 1),
                [&](unsigned lane) { total = combine(kind, total, from_bits<T>(lanes[lane].value)); });
  for_each_lane(active, [&](unsigned lane) { lanes[lane].result = to_bits(total); });
}

template <class T>
void scan(CrossLaneKind kind, std::span<ThreadState> lanes, std::uint64_t active) {
  T total = is_product(kind) ? T(1) : T(0);
  for_each_lane(active, [&](unsigned lane) {
    const T next = combine(kind, total, from_bits<T>(lanes[lane].value));
    lanes[lane].result = to_bits(is_exclusive(kind) ? total : next);
    total = next;
  });
}

template <class T>
void reduce_or_scan(CrossLaneKind kind, std::span<ThreadState> lanes, std::uint64_t active) {
  if (kind >= CrossLaneKind::PrefixInclusiveSum) {
    scan<T>(kind, lanes, active);
  } else {
    reduce<T>(kind, lanes, active);
  }
}

/// The lane that `lane` reads, which may be out of range.
std::uint64_t source_lane(CrossLaneKind kind, std::uint64_t lane, std::uint64_t operand) {
  constexpr std::uint64_t kLast = 31;
  switch (kind) {
    case CrossLaneKind::ShuffleUp:
      return lane - operand;
    case CrossLaneKind::ShuffleDown:
      return lane + operand;
    case CrossLaneKind::ShuffleXor:
      return lane ^ operand;
    case CrossLaneKind::ShuffleRotateUp:
      return (lane - operand) & kLast;
    case CrossLaneKind::ShuffleRotateDown:
      return (lane + operand) & kLast;
    default:
      return operand;
  }
}

void shuffle(CrossLaneKind kind, std::span<ThreadState> lanes, std::uint64_t active) {
  for_each_lane(active, [&](unsigned lane) {
    const std::uint64_t source = source_lane(kind, lane, lanes[lane].operand);
    const bool is_active = source < lanes.size() && (active >> source & 1) != 0;
    lanes[lane].result = lanes[is_active ? source : lane].value;
  });
}

using lowering::kMatrixSize;
using lowering::matrix_column;
using lowering::matrix_row;

void multiply_matrices(std::span<ThreadState> lanes, std::uint64_t active) {
  using Pair = std::array<float, 2>;
  std::array<float, kMatrixSize * kMatrixSize> a{};
  std::array<float, kMatrixSize * kMatrixSize> b{};
  for_each_lane(active, [&](unsigned lane) {
    const unsigned place = matrix_row(lane) * kMatrixSize + matrix_column(lane);
    std::ranges::copy(from_bits<Pair>(lanes[lane].value), a.begin() + place);
    std::ranges::copy(from_bits<Pair>(lanes[lane].operand), b.begin() + place);
  });
  for_each_lane(active, [&](unsigned lane) {
    const unsigned column = matrix_column(lane);
    auto sum = from_bits<Pair>(lanes[lane].addend);
    for (unsigned k = 0; k < kMatrixSize; ++k)
      for (unsigned i = 0; i < 2; ++i)
        sum[i] += a[matrix_row(lane) * kMatrixSize + k] * b[k * kMatrixSize + column + i];
    lanes[lane].result = to_bits(sum);
  });
}

}  // namespace

std::optional<CrossLaneOperation> CrossLaneOperation::from_name(std::string_view name) {
  CrossLaneOperation operation{CrossLaneKind::Barrier, CrossLaneType::U64};
  if (const std::size_t dot = name.find('.'); dot != std::string_view::npos) {
    const auto* const type = std::ranges::find(kTypes, name.substr(dot + 1), &decltype(kTypes)::value_type::first);
    if (type == kTypes.end()) return std::nullopt;
    operation.type = type->second;
    name = name.substr(0, dot);
  }
  const auto* const kind = std::ranges::find(kKinds, name, &decltype(kKinds)::value_type::first);
  if (kind == kKinds.end()) return std::nullopt;
  operation.kind = kind->second;
  return operation;
}

void run_cross_lane(CrossLaneOperation operation, std::span<ThreadState> simdgroup, std::uint64_t active) {
  switch (operation.kind) {
    case CrossLaneKind::Barrier:
      return;
    case CrossLaneKind::Shuffle:
    case CrossLaneKind::ShuffleUp:
    case CrossLaneKind::ShuffleDown:
    case CrossLaneKind::ShuffleXor:
    case CrossLaneKind::ShuffleRotateUp:
    case CrossLaneKind::ShuffleRotateDown:
      return shuffle(operation.kind, simdgroup, active);
    case CrossLaneKind::BroadcastFirst: {
      const std::uint64_t first = simdgroup[static_cast<unsigned>(std::countr_zero(active))].value;
      return for_each_lane(active, [&](unsigned lane) { simdgroup[lane].result = first; });
    }
    case CrossLaneKind::Ballot: {
      std::uint64_t votes = 0;
      for_each_lane(active, [&](unsigned lane) { votes |= (simdgroup[lane].value & 1) << lane; });
      return for_each_lane(active, [&](unsigned lane) { simdgroup[lane].result = votes; });
    }
    case CrossLaneKind::Active:
      return for_each_lane(active, [&](unsigned lane) { simdgroup[lane].result = active; });
    case CrossLaneKind::MatrixProduct:
      return multiply_matrices(simdgroup, active);
    default:
      break;
  }
  switch (operation.type) {
    case CrossLaneType::I32:
      return reduce_or_scan<std::int32_t>(operation.kind, simdgroup, active);
    case CrossLaneType::U32:
      return reduce_or_scan<std::uint32_t>(operation.kind, simdgroup, active);
    case CrossLaneType::I64:
      return reduce_or_scan<std::int64_t>(operation.kind, simdgroup, active);
    case CrossLaneType::U64:
      return reduce_or_scan<std::uint64_t>(operation.kind, simdgroup, active);
    case CrossLaneType::F32:
      return reduce_or_scan<float>(operation.kind, simdgroup, active);
  }
}

}  // namespace pymetal::backend::checked
