// Tells kernels that go over the rows of their grid from those that work in tiles.
#include "lowering/streams_along_rows.h"

#include <cstdlib>

#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

/// Bytes: a cache line.
constexpr std::int64_t kLargestStride = 64;

bool is_input_of_grid(llvm::StringRef name) {
  return name == kBuffer || name == kGridPositionInput || name == "mtl.threads_per_grid" || name == "mtl.grid_size" ||
         name == "mtl.grid_origin";
}

class Streams {
 public:
  explicit Streams(llvm::Function& kernel) : kernel_(kernel), layout_(kernel.getDataLayout()) {}

  bool run() {
    llvm::SmallVector<std::pair<const llvm::BasicBlock*, const llvm::BasicBlock*>, 4> ways_back;
    llvm::FindFunctionBackedges(kernel_, ways_back);
    return ways_back.empty() &&
           llvm::all_of(llvm::instructions(kernel_), [&](llvm::Instruction& i) { return fits(i); });
  }

 private:
  bool fits(llvm::Instruction& instruction) {
    if (const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&instruction))
      return !copy->isVolatile() && lies_beside(*copy->getRawDest()) && lies_beside(*copy->getRawSource());
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
      const llvm::Function* callee = call->getCalledFunction();
      if (callee == nullptr) return false;
      const llvm::StringRef name = callee->getName();
      if (name.starts_with(kIntrinsicPrefix)) return is_input_of_grid(name);
      return name.starts_with(kApartPrefix) || callee->doesNotAccessMemory();
    }
    const llvm::Value* address = llvm::getLoadStorePointerOperand(&instruction);
    if (address == nullptr) return !instruction.mayReadOrWriteMemory();
    return !instruction.isAtomic() && !instruction.isVolatile() && lies_beside(*address);
  }

  /// Whether neighbours have this address side by side, or in small memory of their own.
  bool lies_beside(const llvm::Value& address) {
    const llvm::Value* object = llvm::getUnderlyingObject(&address);
    return llvm::isa<llvm::AllocaInst, llvm::GlobalVariable>(object) || stride_of(address).has_value();
  }

  /// What a value grows by from a thread to its neighbour along x, as far as it does not wrap around.
  std::optional<std::int64_t> stride_of(const llvm::Value& value) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
    if (instruction == nullptr) return 0;
    if (const auto known = strides_.find(instruction); known != strides_.end()) return known->second;
    std::optional<std::int64_t> stride = compute_stride(*instruction);
    // Beyond all strides that matter, and far from where a product overflows.
    if (stride && std::abs(*stride) > kLargestStride) stride.reset();
    return strides_[instruction] = stride;
  }

  std::optional<std::int64_t> compute_stride(const llvm::Instruction& instruction) {
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
        call != nullptr && call->getCalledFunction()->getName() == kGridPositionInput) {
      const auto* component = llvm::dyn_cast<llvm::ConstantInt>(call->getArgOperand(0));
      return component == nullptr ? std::nullopt : std::optional<std::int64_t>(component->isZero());
    }
    if (llvm::isa<llvm::ZExtInst, llvm::SExtInst, llvm::TruncInst>(instruction))
      return stride_of(*instruction.getOperand(0));
    if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return stride_of_address(*address);
    // Which way a thread came may differ.
    if (llvm::isa<llvm::PHINode>(instruction)) return std::nullopt;
    llvm::SmallVector<std::int64_t, 4> strides;
    for (const llvm::Use& operand : instruction.operands()) {
      const std::optional<std::int64_t> stride = stride_of(*operand);
      if (!stride) return std::nullopt;
      strides.push_back(*stride);
    }
    if (llvm::all_of(strides, [](std::int64_t stride) { return stride == 0; })) return 0;
    const auto constant = [&] {
      const auto* number = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(1));
      return number != nullptr && number->getValue().isSignedIntN(16) ? std::optional(number->getSExtValue())
                                                                      : std::nullopt;
    };
    switch (instruction.getOpcode()) {
      case llvm::Instruction::Add:
        return strides[0] + strides[1];
      case llvm::Instruction::Sub:
        return strides[0] - strides[1];
      case llvm::Instruction::Or:
        if (!llvm::cast<llvm::PossiblyDisjointInst>(instruction).isDisjoint()) return std::nullopt;
        return strides[0] + strides[1];
      case llvm::Instruction::Mul:
        if (const auto factor = constant()) return strides[0] * *factor;
        return std::nullopt;
      case llvm::Instruction::Shl:
        if (const auto count = constant(); count && *count >= 0 && *count < 16) return strides[0] << *count;
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  std::optional<std::int64_t> stride_of_address(const llvm::GetElementPtrInst& address) {
    llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
    llvm::APInt constant(layout_.getIndexTypeSizeInBits(address.getType()), 0);
    if (!llvm::cast<llvm::GEPOperator>(address).collectOffset(layout_, constant.getBitWidth(), variable, constant))
      return std::nullopt;
    std::optional<std::int64_t> sum = stride_of(*address.getPointerOperand());
    for (const auto& [index, factor] : variable) {
      const std::optional<std::int64_t> stride = stride_of(*index);
      if (!sum || !stride) return std::nullopt;
      if (*stride == 0) continue;
      if (!factor.isSignedIntN(16)) return std::nullopt;
      *sum += *stride * factor.getSExtValue();
    }
    return sum;
  }

  llvm::Function& kernel_;
  const llvm::DataLayout& layout_;
  llvm::DenseMap<const llvm::Instruction*, std::optional<std::int64_t>> strides_;
};

}  // namespace

bool streams_along_rows(llvm::Function& kernel) { return Streams(kernel).run(); }

}  // namespace pymetal::lowering
