// Finds kernels that would be too large once their functions are part of them: each call has a copy of its function, so
// that a few functions that call each other twice double the kernel with every level.
#include "pipeline/require_bounded_size.h"

#include <algorithm>
#include <cstdint>

#include "compiler/function_info.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "pymetal/error.h"

namespace pymetal::pipeline {
namespace {

/// Half as many already take ten seconds to optimise. Kernels of ggml have 15,000.
constexpr std::uint64_t kMaxInstructions = 200'000;

/// A frame of the stack that is aligned to more leaves no room for anything else.
constexpr std::uint64_t kMaxAlignment = 65536;

/// Clang has vectors of any length; each element of one becomes a vector of its own.
constexpr unsigned kMaxElements = 256;

unsigned elements(const llvm::Value& value) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value.getType());
  return vector == nullptr ? 0 : vector->getNumElements();
}

/// Adds up instructions. Sums beyond what is told of stay where they are.
class SizeCounter {
 public:
  std::uint64_t count(const llvm::Function& function) {
    const auto [known, is_new] = sizes_.try_emplace(&function, 0);
    if (!is_new) return known->second;
    std::uint64_t size = 0;
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      ++size;
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
      if (callee != nullptr && !callee->isDeclaration()) size += count(*callee);
    }
    return sizes_[&function] = std::min(size, std::uint64_t{1} << 62);
  }

 private:
  llvm::DenseMap<const llvm::Function*, std::uint64_t> sizes_;
};

}  // namespace

void require_bounded_size(const llvm::Module& module, const compiler::FunctionInfo& function) {
  const auto require = [&](std::uint64_t value, std::uint64_t limit, const char* what) {
    if (value > limit)
      throw PipelineError("Function '" + function.name + "' has a variable " + what + " (" + std::to_string(value) +
                          ") than a variable may be (" + std::to_string(limit) + ").");
  };
  for (const llvm::Function& defined : module)
    for (const llvm::Instruction& instruction : llvm::instructions(defined)) {
      if (const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
        require(variable->getAlign().value(), kMaxAlignment, "that is aligned to more bytes");
      const unsigned longest = std::max(
          elements(instruction), llvm::isa<llvm::StoreInst>(instruction) ? elements(*instruction.getOperand(0)) : 0);
      require(longest, kMaxElements, "that is a vector of more elements");
    }
  SizeCounter sizes;
  std::uint64_t largest = 0;
  for (const llvm::Function& defined : module) largest = std::max(largest, sizes.count(defined));
  if (largest > kMaxInstructions)
    throw PipelineError("Function '" + function.name + "' has more instructions than a kernel may have (" +
                        std::to_string(largest) + " of at most " + std::to_string(kMaxInstructions) +
                        "), all that it calls included.");
}

}  // namespace pymetal::pipeline
