// The sanitizers of kernels: what watches the process checks kernels as well.
#include "backend/cpu/instrument.h"

#include <optional>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/BoundsChecking.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"
#include "lowering/pass_analyses.h"
#include "support/sanitizer.h"

namespace pymetal::backend::cpu {
namespace {

/// The type in address space 0 of a pointer, or of a vector of pointers, into another; null for other types.
llvm::Type* flat_type(llvm::Type* type) {
  if (!type->isPtrOrPtrVectorTy() || type->getPointerAddressSpace() == 0) return nullptr;
  llvm::Type* pointer = llvm::PointerType::get(type->getContext(), 0);
  auto* vector = llvm::dyn_cast<llvm::VectorType>(type);
  return vector != nullptr ? llvm::VectorType::get(pointer, vector->getElementCount()) : pointer;
}

/// Which operand of an instruction is the address, or the addresses, that it reads or writes.
std::optional<unsigned> address_operand(const llvm::Instruction& instruction) {
  if (llvm::isa<llvm::LoadInst>(instruction)) return llvm::LoadInst::getPointerOperandIndex();
  if (llvm::isa<llvm::StoreInst>(instruction)) return llvm::StoreInst::getPointerOperandIndex();
  if (llvm::isa<llvm::AtomicRMWInst>(instruction)) return llvm::AtomicRMWInst::getPointerOperandIndex();
  if (llvm::isa<llvm::AtomicCmpXchgInst>(instruction)) return llvm::AtomicCmpXchgInst::getPointerOperandIndex();
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  switch (call != nullptr ? call->getIntrinsicID() : llvm::Intrinsic::not_intrinsic) {
    case llvm::Intrinsic::masked_load:
    case llvm::Intrinsic::masked_gather:
      return 0;
    case llvm::Intrinsic::masked_store:
    case llvm::Intrinsic::masked_scatter:
      return 1;
    default:
      return std::nullopt;
  }
}

/// The passes check functions that bear their attribute, and accesses in address space 0.
struct PrepareForSanitizer : llvm::PassInfoMixin<PrepareForSanitizer> {
  llvm::Attribute::AttrKind attribute;

  explicit PrepareForSanitizer(llvm::Attribute::AttrKind kind) : attribute(kind) {}

  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) const {
    for (llvm::Function& function : module) {
      if (function.isDeclaration()) continue;
      function.addFnAttr(attribute);
      for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function)))
        flatten(instruction);
    }
    return llvm::PreservedAnalyses::none();
  }

  static void flatten(llvm::Instruction& instruction) {
    const std::optional<unsigned> operand = address_operand(instruction);
    if (!operand) return;
    llvm::Value* address = instruction.getOperand(*operand);
    llvm::Type* type = flat_type(address->getType());
    if (type == nullptr) return;
    llvm::IRBuilder<> builder(&instruction);
    instruction.setOperand(*operand, builder.CreateAddrSpaceCast(address, type));
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (call == nullptr) return;
    // The types of the value and of the address are part of an intrinsic's name.
    llvm::Type* value = call->getType()->isVoidTy() ? call->getArgOperand(0)->getType() : call->getType();
    call->setCalledFunction(
        llvm::Intrinsic::getOrInsertDeclaration(call->getModule(), call->getIntrinsicID(), {value, type}));
  }
};

}  // namespace

void check_addresses(llvm::Module& module, llvm::TargetMachine& target) {
  if (!support::has_address_sanitizer()) return;
  lowering::PassAnalyses analyses(target);
  llvm::ModulePassManager passes;
  passes.addPass(PrepareForSanitizer(llvm::Attribute::SanitizeAddress));
  llvm::AddressSanitizerOptions options;
  options.InsertVersionCheck = false;
  // By calls: a gather alone is 32 accesses, whose checks would be too much code.
  options.InstrumentationWithCallsThreshold = 0;
  passes.addPass(llvm::AddressSanitizerPass(options, /*UseGlobalGC=*/false, /*UseOdrIndicator=*/false,
                                            llvm::AsanDtorKind::None, llvm::AsanCtorKind::None));
  passes.run(module, analyses.modules);
}

void check_races(llvm::Module& module, llvm::TargetMachine& target) {
#if __has_feature(thread_sanitizer)
  lowering::PassAnalyses analyses(target);
  llvm::ModulePassManager passes;
  passes.addPass(PrepareForSanitizer(llvm::Attribute::SanitizeThread));
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(llvm::ThreadSanitizerPass()));
  passes.run(module, analyses.modules);
#endif
}

void check_bounds(llvm::Module& module, llvm::TargetMachine& target) {
  if (!support::has_address_sanitizer()) return;
  lowering::PassAnalyses analyses(target);
  llvm::BoundsCheckingPass::Options options;
  options.Rt.emplace(/*MinRuntime=*/false, /*MayReturn=*/false, /*HandlerPreserveAllRegs=*/false);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(llvm::BoundsCheckingPass(options)));
  passes.run(module, analyses.modules);
}

}  // namespace pymetal::backend::cpu
