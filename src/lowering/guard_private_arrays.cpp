// What a thread does beyond the end of its own arrays must not reach the memory of others.
#include "lowering/guard_private_arrays.h"

#include <algorithm>

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/MathExtras.h"

namespace pymetal::lowering {
namespace {

/// The use of a pointer by an instruction that reads or writes `size` bytes there.
struct Access {
  llvm::Use* pointer;
  std::uint64_t size;
};

/// What one instruction reads and writes: at most two places.
llvm::SmallVector<Access, 2> accesses_of(llvm::Instruction& instruction, const llvm::DataLayout& layout) {
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
    return {{&load->getOperandUse(llvm::LoadInst::getPointerOperandIndex()), layout.getTypeStoreSize(load->getType())}};
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
    return {{&store->getOperandUse(llvm::StoreInst::getPointerOperandIndex()),
             layout.getTypeStoreSize(store->getValueOperand()->getType())}};
  auto* memory = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction);
  const auto* length = memory ? llvm::dyn_cast<llvm::ConstantInt>(memory->getLength()) : nullptr;
  if (length == nullptr) return {};
  llvm::SmallVector<Access, 2> found{{&memory->getRawDestUse(), length->getZExtValue()}};
  if (auto* transfer = llvm::dyn_cast<llvm::MemTransferInst>(memory))
    found.push_back({&transfer->getRawSourceUse(), length->getZExtValue()});
  return found;
}

class PrivateArrayGuard {
 public:
  PrivateArrayGuard(llvm::Function& function, llvm::ScalarEvolution& evolution)
      : function_(function), layout_(function.getDataLayout()), evolution_(evolution) {}

  bool run() {
    // All questions first: the answers are about the code as it was.
    for (llvm::Instruction& instruction : llvm::instructions(function_))
      for (const Access& access : accesses_of(instruction, layout_))
        if (llvm::AllocaInst* variable = variable_at_risk(access)) guarded_[variable].push_back(access);
    for (auto& [variable, accesses] : guarded_) guard(*variable, accesses);
    return !guarded_.empty();
  }

 private:
  std::uint64_t size_of(const llvm::AllocaInst& variable) const {
    return variable.getAllocationSize(layout_)->getFixedValue();
  }

  /// The variable that the access may leave, or null where it is known to stay inside, or where it leads elsewhere.
  llvm::AllocaInst* variable_at_risk(const Access& access) {
    if (access.pointer->get()->getType()->getPointerAddressSpace() != 0) return nullptr;
    const llvm::SCEV* pointer = evolution_.getSCEV(access.pointer->get());
    const auto* base = llvm::dyn_cast<llvm::SCEVUnknown>(evolution_.getPointerBase(pointer));
    auto* variable = base ? llvm::dyn_cast<llvm::AllocaInst>(base->getValue()) : nullptr;
    if (variable == nullptr || !variable->isStaticAlloca()) return nullptr;
    const llvm::SCEV* offset = evolution_.getMinusSCEV(pointer, base);
    if (llvm::isa<llvm::SCEVCouldNotCompute>(offset)) return nullptr;
    const std::uint64_t size = size_of(*variable);
    const llvm::APInt last = evolution_.getUnsignedRangeMax(offset);
    return access.size <= size && last.ule(size - access.size) ? nullptr : variable;
  }

  void guard(llvm::AllocaInst& variable, llvm::ArrayRef<Access> accesses) {
    std::uint64_t spare = 0;
    for (const Access& access : accesses) spare = std::max(spare, access.size);
    llvm::AllocaInst& larger = enlarge(variable, spare);
    for (const Access& access : accesses) {
      llvm::Value* pointer = access.pointer->get();
      auto* element = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer);
      llvm::Value* guarded = element && is_element_of(*element, larger, access)
                                 ? guard_element(*element, larger, access)
                                 : guard_bytes(pointer, larger, access);
      access.pointer->set(guarded);
    }
  }

  /// The variable with spare bytes behind it, in place of the one without.
  llvm::AllocaInst& enlarge(llvm::AllocaInst& variable, std::uint64_t spare) {
    const std::uint64_t size = size_of(variable);
    llvm::Type* type = variable.getAllocatedType();
    const auto* array = llvm::dyn_cast<llvm::ArrayType>(type);
    llvm::Type* element = array && !variable.isArrayAllocation() ? array->getElementType()
                                                                 : llvm::Type::getInt8Ty(function_.getContext());
    const std::uint64_t stride = layout_.getTypeAllocSize(element);
    llvm::IRBuilder<> builder(&variable);
    auto* larger = builder.CreateAlloca(llvm::ArrayType::get(element, size / stride + llvm::divideCeil(spare, stride)));
    larger->setAlignment(variable.getAlign());
    larger->takeName(&variable);
    spare_at_[larger] = size / stride * stride;
    variable.replaceAllUsesWith(larger);
    variable.eraseFromParent();
    return *larger;
  }

  /// `getelementptr T, variable, index`, where T divides the variable: the common case keeps its form.
  bool is_element_of(const llvm::GetElementPtrInst& element, const llvm::AllocaInst& variable,
                     const Access& access) const {
    const std::uint64_t stride = layout_.getTypeAllocSize(element.getSourceElementType());
    return element.getPointerOperand() == &variable && element.getNumIndices() == 1 && access.size <= stride &&
           spare_at_.lookup(&variable) % stride == 0;
  }

  llvm::Value* guard_element(llvm::GetElementPtrInst& element, llvm::AllocaInst& variable, const Access& access) {
    llvm::IRBuilder<> builder(llvm::cast<llvm::Instruction>(access.pointer->getUser()));
    const std::uint64_t stride = layout_.getTypeAllocSize(element.getSourceElementType());
    llvm::Value* index = builder.CreateSExtOrTrunc(element.getOperand(1), builder.getInt64Ty());
    llvm::Value* end = builder.getInt64(spare_at_.lookup(&variable) / stride);
    llvm::Value* inside = builder.CreateSelect(builder.CreateICmpULT(index, end), index, end);
    return builder.CreateGEP(element.getSourceElementType(), &variable, inside);
  }

  llvm::Value* guard_bytes(llvm::Value* pointer, llvm::AllocaInst& variable, const Access& access) {
    llvm::IRBuilder<> builder(llvm::cast<llvm::Instruction>(access.pointer->getUser()));
    const std::uint64_t end = spare_at_.lookup(&variable);
    llvm::Value* offset = builder.CreateSub(builder.CreatePtrToInt(pointer, builder.getInt64Ty()),
                                            builder.CreatePtrToInt(&variable, builder.getInt64Ty()));
    llvm::Value* is_inside =
        access.size <= end ? builder.CreateICmpULE(offset, builder.getInt64(end - access.size)) : builder.getFalse();
    return builder.CreateGEP(builder.getInt8Ty(), &variable,
                             builder.CreateSelect(is_inside, offset, builder.getInt64(end)));
  }

  llvm::Function& function_;
  const llvm::DataLayout& layout_;
  llvm::ScalarEvolution& evolution_;
  llvm::MapVector<llvm::AllocaInst*, llvm::SmallVector<Access, 4>> guarded_;
  /// Where the spare bytes of an enlarged variable begin.
  llvm::DenseMap<const llvm::AllocaInst*, std::uint64_t> spare_at_;
};

}  // namespace

llvm::PreservedAnalyses GuardPrivateArrays::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const bool changed = PrivateArrayGuard(function, analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)).run();
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
