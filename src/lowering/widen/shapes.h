// How each value of a kernel differs from lane to lane.
#pragma once

#include <cstdint>

#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/UniformityAnalysis.h"
#include "lowering/widen/divergence.h"
#include "lowering/widen/private_arrays.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

/// A uniform value is one scalar. A strided value is that of lane 0 plus the lane's index times the stride: bytes for
/// pointers. A varying value is a vector.
struct Shape {
  enum class Kind { Unknown, Uniform, Strided, Varying };
  Kind kind = Kind::Unknown;
  std::int64_t stride = 0;
  /// Whether a strided value is so always; otherwise unless an index wraps around, which only the running code knows.
  bool is_exact = true;

  static Shape uniform() { return {Kind::Uniform, 0, true}; }
  static Shape strided(std::int64_t stride, bool is_exact);
  static Shape varying() { return {Kind::Varying, 0, true}; }
  bool is_uniform() const { return kind == Kind::Uniform; }
  bool is_strided() const { return kind == Kind::Strided; }
  bool is_varying() const { return kind == Kind::Varying; }
  bool operator==(const Shape&) const = default;
};

class Shapes {
 public:
  Shapes(llvm::Function& kernel, const llvm::UniformityInfo& uniformity, const Divergence& divergence,
         const llvm::LoopInfo& loops, const PrivateArrays& arrays, ThreadLayout layout);

  /// Constants and arguments are uniform.
  Shape of(const llvm::Value* value) const;

  /// Whether extending this strided integer keeps its stride, whatever its value.
  static bool never_wraps(const llvm::Value* value);

 private:
  Shape compute(const llvm::Instruction& instruction) const;
  Shape of_call(const llvm::CallInst& call) const;
  Shape of_phi(const llvm::PHINode& phi) const;
  Shape of_address(const llvm::GetElementPtrInst& address) const;

  const llvm::UniformityInfo& uniformity_;
  const Divergence& divergence_;
  const llvm::LoopInfo& loops_;
  const PrivateArrays& arrays_;
  ThreadLayout layout_;
  llvm::DenseMap<const llvm::Value*, Shape> shapes_;
};

}  // namespace pymetal::lowering
