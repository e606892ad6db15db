// Has every access of a thread to memory that it shares checked when it runs.
#include "backend/checked/check_accesses.h"

#include <cstddef>
#include <optional>

#include "backend/checked/thread_state.h"
#include "backend/checked/thread_symbols.h"
#include "backend/cpu/lower_inputs.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::checked {
namespace {

struct Access {
  llvm::Instruction* instruction;
  /// Which of its operands is the address.
  unsigned operand;
  bool writes;
};

/// What an address leads into.
struct Target {
  AccessTarget kind = AccessTarget::Address;
  std::uint32_t index = 0;
  /// Where it begins; null for an address that nothing is known of.
  llvm::Value* begin = nullptr;
};

class AccessChecks {
 public:
  AccessChecks(llvm::Function& function, llvm::Value* thread)
      : function_(function), thread_(thread), layout_(function.getDataLayout()), builder_(function.getContext()) {}

  void run() {
    for (const Access& access : find_accesses())
      if (const std::optional<Target> target = target_of(address_of(access))) check(access, *target);
  }

 private:
  static llvm::Value* address_of(const Access& access) { return access.instruction->getOperand(access.operand); }

  llvm::SmallVector<Access, 64> find_accesses() {
    llvm::SmallVector<Access, 64> accesses;
    for (llvm::Instruction& instruction : llvm::instructions(function_)) {
      if (llvm::isa<llvm::LoadInst>(instruction)) {
        accesses.push_back({&instruction, llvm::LoadInst::getPointerOperandIndex(), false});
      } else if (llvm::isa<llvm::StoreInst>(instruction)) {
        accesses.push_back({&instruction, llvm::StoreInst::getPointerOperandIndex(), true});
      } else if (llvm::isa<llvm::AtomicRMWInst>(instruction)) {
        accesses.push_back({&instruction, llvm::AtomicRMWInst::getPointerOperandIndex(), true});
      } else if (llvm::isa<llvm::AtomicCmpXchgInst>(instruction)) {
        accesses.push_back({&instruction, llvm::AtomicCmpXchgInst::getPointerOperandIndex(), true});
      } else if (auto* memory = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) {
        accesses.push_back({memory, 0, true});
        if (llvm::isa<llvm::MemTransferInst>(memory)) accesses.push_back({memory, 1, false});
      }
    }
    return accesses;
  }

  /// Nothing for a thread's own variables, which GuardPrivateArrays sees to.
  static std::optional<Target> target_of(llvm::Value* address) {
    if (address->getType()->getPointerAddressSpace() == lowering::kPrivateSpace) return std::nullopt;
    llvm::SmallVector<const llvm::Value*, 4> objects;
    llvm::getUnderlyingObjects(address, objects, nullptr, /*MaxLookup=*/0);
    if (llvm::all_of(objects, [](const llvm::Value* object) { return llvm::isa<llvm::AllocaInst>(object); }))
      return std::nullopt;
    if (objects.size() != 1) return Target{};
    auto* object = const_cast<llvm::Value*>(objects.front());
    if (llvm::isa<llvm::GlobalVariable>(object)) return Target{AccessTarget::Constant, 0, object};
    const auto* call = llvm::dyn_cast<llvm::CallInst>(object);
    if (call == nullptr || call->getCalledFunction() == nullptr) return Target{};
    const llvm::StringRef name = call->getCalledFunction()->getName();
    if (name == lowering::kThreadgroupMemory) return Target{AccessTarget::ThreadgroupVariables, 0, object};
    const bool is_buffer = name == lowering::kBuffer;
    if (!is_buffer && name != lowering::kThreadgroupArgument) return Target{};
    const auto* index = llvm::dyn_cast<llvm::ConstantInt>(call->getArgOperand(0));
    if (index == nullptr) return Target{};
    return Target{is_buffer ? AccessTarget::Buffer : AccessTarget::ThreadgroupArgument,
                  static_cast<std::uint32_t>(index->getZExtValue()), object};
  }

  llvm::Value* number(std::uint64_t value) { return builder_.getInt64(value); }

  /// How many bytes the access takes.
  llvm::Value* size_of(const Access& access) {
    if (auto* memory = llvm::dyn_cast<llvm::MemIntrinsic>(access.instruction))
      return builder_.CreateZExtOrTrunc(memory->getLength(), builder_.getInt64Ty());
    llvm::Type* type = access.instruction->getType();
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(access.instruction)) type = store->getValueOperand()->getType();
    if (auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(access.instruction))
      type = exchange->getCompareOperand()->getType();
    return number(layout_.getTypeStoreSize(type));
  }

  llvm::Value* load_from_group(llvm::Type* type, std::size_t offset) {
    llvm::Value* group = cpu::load_invariant(builder_, builder_.getPtrTy(),
                                             cpu::field(builder_, thread_, offsetof(ThreadState, threadgroup)));
    return cpu::load_invariant(builder_, type, cpu::field(builder_, group, offset));
  }

  /// How many bytes the target has.
  llvm::Value* length_of(const Target& target) {
    llvm::Type* pointer = builder_.getPtrTy();
    llvm::Type* length = builder_.getInt64Ty();
    switch (target.kind) {
      case AccessTarget::Constant:
        return number(layout_.getTypeAllocSize(llvm::cast<llvm::GlobalVariable>(target.begin)->getValueType()));
      case AccessTarget::ThreadgroupVariables:
        return load_from_group(length, offsetof(ThreadgroupState, threadgroup_variable_bytes));
      case AccessTarget::Buffer:
      case AccessTarget::ThreadgroupArgument: {
        const bool is_buffer = target.kind == AccessTarget::Buffer;
        llvm::Type* element = is_buffer ? length : builder_.getInt32Ty();
        llvm::Value* table =
            load_from_group(pointer, is_buffer ? offsetof(ThreadgroupState, buffer_lengths)
                                               : offsetof(ThreadgroupState, threadgroup_argument_lengths));
        llvm::Value* entry = builder_.CreateConstInBoundsGEP1_64(element, table, target.index);
        return builder_.CreateZExt(cpu::load_invariant(builder_, element, entry), length);
      }
      default:
        return nullptr;
    }
  }

  /// Whether the access leaves its target.
  llvm::Value* is_bad(const Target& target, llvm::Value* size, llvm::Value* offset) {
    if (target.begin == nullptr) {
      const llvm::FunctionCallee may_access = function_.getParent()->getOrInsertFunction(
          kMayAccess, builder_.getInt1Ty(), builder_.getPtrTy(), builder_.getInt64Ty(), builder_.getInt64Ty());
      return builder_.CreateNot(builder_.CreateCall(may_access, {thread_, offset, size}));
    }
    llvm::Value* length = length_of(target);
    return builder_.CreateOr(builder_.CreateICmpUGT(size, length),
                             builder_.CreateICmpUGT(offset, builder_.CreateSub(length, size)));
  }

  void check(const Access& access, const Target& target) {
    llvm::Instruction* instruction = access.instruction;
    llvm::Value* address = address_of(access);
    builder_.SetInsertPoint(instruction);
    llvm::Value* size = size_of(access);
    llvm::Value* offset = builder_.CreatePtrToInt(address, builder_.getInt64Ty());
    if (target.begin != nullptr)
      offset = builder_.CreateSub(offset, builder_.CreatePtrToInt(target.begin, builder_.getInt64Ty()));
    llvm::Value* bad = is_bad(target, size, offset);
    if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(bad); known != nullptr && known->isZero()) return;

    llvm::BasicBlock* before = instruction->getParent();
    llvm::Instruction* end =
        llvm::SplitBlockAndInsertIfThen(bad, instruction->getIterator(), /*Unreachable=*/false,
                                        llvm::MDBuilder(function_.getContext()).createUnlikelyBranchWeights());
    builder_.SetInsertPoint(end);
    llvm::Type* word = builder_.getInt32Ty();
    const llvm::FunctionCallee note =
        function_.getParent()->getOrInsertFunction(kBadAccess, builder_.getPtrTy(), builder_.getPtrTy(), word, word,
                                                   word, builder_.getInt64Ty(), builder_.getInt64Ty());
    // Of a constant, whose place tells nothing, the number is its length.
    llvm::Value* index = target.kind == AccessTarget::Constant ? builder_.CreateTrunc(length_of(target), word)
                                                               : builder_.getInt32(target.index);
    llvm::Value* spare = builder_.CreateCall(note, {thread_, builder_.getInt32(static_cast<std::uint32_t>(target.kind)),
                                                    index, builder_.getInt32(access.writes), offset, size});
    spare = builder_.CreateAddrSpaceCast(spare, address->getType());

    builder_.SetInsertPoint(instruction);
    const auto choose = [&](llvm::Value* usual, llvm::Value* otherwise) {
      llvm::PHINode* chosen = builder_.CreatePHI(usual->getType(), 2);
      chosen->addIncoming(usual, before);
      chosen->addIncoming(otherwise, end->getParent());
      return chosen;
    };
    instruction->setOperand(access.operand, choose(address, spare));
    if (auto* memory = llvm::dyn_cast<llvm::MemIntrinsic>(instruction))
      memory->setLength(choose(memory->getLength(), llvm::Constant::getNullValue(memory->getLength()->getType())));
  }

  llvm::Function& function_;
  llvm::Value* thread_;
  const llvm::DataLayout& layout_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void check_accesses(llvm::Function& function, llvm::Value* thread) { AccessChecks(function, thread).run(); }

}  // namespace pymetal::backend::checked
