// Where the private arrays of a simdgroup's threads lie.
#pragma once

#include <cstdint>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::lowering {

/// An array whose elements are all read and written whole lies interleaved: first element 0 of every lane, then element
/// 1, so that lanes which access one element together access memory in a row. Its pointers are scaled: an offset of one
/// element moves them by one element of every lane. Every other variable lies lane by lane.
class PrivateArrays {
 public:
  explicit PrivateArrays(llvm::Function& kernel);

  /// Bytes of an element of the interleaved array that the pointer leads to; 0 for any other pointer.
  std::uint64_t element_size(const llvm::Value* pointer) const { return element_sizes_.lookup(pointer); }
  /// Bytes from one lane's variable to the next.
  std::uint64_t lane_stride(const llvm::AllocaInst* variable) const;

 private:
  bool try_interleave(llvm::AllocaInst& variable);

  llvm::DenseMap<const llvm::Value*, std::uint64_t> element_sizes_;
};

}  // namespace pymetal::lowering
