// How each value of a kernel differs from lane to lane.
#pragma once

#include <cstdint>
#include <set>

#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/UniformityAnalysis.h"
#include "lowering/widen/divergence.h"
#include "lowering/widen/lane_pattern.h"
#include "lowering/widen/private_arrays.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

/// A uniform value is one scalar. A patterned value is one scalar for each class of its lanes, plus constants: bytes
/// for pointers. A varying value is a vector.
struct Shape {
  enum class Kind { Unknown, Uniform, Patterned, Varying };
  /// The alignment of zero.
  static constexpr unsigned kZero = 64;

  Kind kind = Kind::Unknown;
  const LanePattern* pattern = nullptr;
  /// Low bits of lane 0's value that are known to be zero.
  unsigned alignment = 0;
  /// Whether the pattern always holds; otherwise the running code tells, such as where an index may wrap around.
  bool is_exact = true;

  static Shape uniform() { return {Kind::Uniform}; }
  static Shape varying() { return {Kind::Varying}; }
  bool is_uniform() const { return kind == Kind::Uniform; }
  bool is_patterned() const { return kind == Kind::Patterned; }
  bool is_varying() const { return kind == Kind::Varying; }
  /// How many low bits hold what lanes differ by, if those of lane 0 are zero.
  std::optional<unsigned> low_bits() const;
  /// Whether lanes differ only in the bits below the known zeros of lane 0.
  bool differs_in_low_bits() const;
  bool operator==(const Shape&) const = default;
};

class Shapes {
 public:
  Shapes(llvm::Function& kernel, const llvm::UniformityInfo& uniformity, const Divergence& divergence,
         const llvm::LoopInfo& loops, const PrivateArrays& arrays, ThreadLayout layout);

  /// Constants and arguments are uniform.
  Shape of(const llvm::Value* value) const;

  /// Whether extending an integer keeps its pattern, whatever its value.
  bool never_wraps(const llvm::Value* value) const;

 private:
  Shape patterned(const LanePattern& pattern, unsigned alignment, bool is_exact);
  Shape compute(const llvm::Instruction& instruction);
  Shape of_binary(const llvm::BinaryOperator& operation);
  Shape of_sum(const llvm::BinaryOperator& sum, int sign);
  Shape of_product(const llvm::BinaryOperator& product);
  Shape of_bits(const llvm::BinaryOperator& operation, const llvm::APInt& constant);
  Shape of_mask(const llvm::Value* value);
  Shape of_cast(const llvm::CastInst& cast);
  Shape of_call(const llvm::CallInst& call);
  Shape of_phi(const llvm::PHINode& phi);
  Shape of_address(const llvm::GetElementPtrInst& address);
  /// Known zeros below the lowest one of a value that is the same in all lanes, or of lane 0's.
  unsigned alignment(const llvm::Value* value) const;

  const llvm::UniformityInfo& uniformity_;
  const Divergence& divergence_;
  const llvm::LoopInfo& loops_;
  const PrivateArrays& arrays_;
  const llvm::DataLayout& layout_of_data_;
  ThreadLayout layout_;
  std::set<LanePattern> patterns_;
  llvm::DenseMap<const llvm::Value*, Shape> shapes_;
};

}  // namespace pymetal::lowering
