// Turns an LLVM module into machine code: the last step of every executor on the CPU.
#include "backend/cpu/make_code.h"

#include <mutex>
#include <optional>

#include "backend/cpu/link_image.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCContext.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "pymetal/error.h"

namespace pymetal::backend::cpu {
namespace {

template <class T>
T value_or_throw(llvm::Expected<T> expected, const char* what) {
  if (expected) return std::move(*expected);
  throw PipelineError(std::string(what) + " (" + llvm::toString(expected.takeError()) + ").");
}

/// What the machine is does not change, and asking the processor for all its features takes a while.
const llvm::orc::JITTargetMachineBuilder& host_builder() {
  static const llvm::orc::JITTargetMachineBuilder builder = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto detected =
        value_or_throw(llvm::orc::JITTargetMachineBuilder::detectHost(), "The CPU of this machine is not known");
    detected.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
    detected.setRelocationModel(llvm::Reloc::PIC_);
    detected.setCodeModel(llvm::CodeModel::Small);
    return detected;
  }();
  return builder;
}

/// Threads of a process may have no more than 8 MiB, and others are on the stack already.
constexpr std::uint64_t kMostStackBytes = 2u << 20;

void require_room_on_stack(const llvm::Module& module) {
  for (const llvm::Function& function : module) {
    std::uint64_t bytes = 0;
    for (const llvm::Instruction& instruction : llvm::instructions(function))
      if (const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
        if (const auto size = variable->getAllocationSize(module.getDataLayout())) bytes += size->getFixedValue();
    if (bytes > kMostStackBytes)
      throw PipelineError("The variables of the kernel's threads take more memory (" + std::to_string(bytes) +
                          " bytes) than a thread of this machine can have (" + std::to_string(kMostStackBytes) + ").");
  }
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> make_host_target(const std::string& cpu) {
  llvm::orc::JITTargetMachineBuilder builder = host_builder();
  if (cpu != kNativeCpu) {
    builder.getFeatures() = llvm::SubtargetFeatures();
    builder.setCPU(cpu);
  }
  return value_or_throw(builder.createTargetMachine(), "No code can be made for this machine");
}

CodeImage make_code(llvm::Module& module, llvm::TargetMachine& target) {
  require_room_on_stack(module);
  llvm::SmallVector<char, 0> object;
  {
    llvm::raw_svector_ostream stream(object);
    llvm::legacy::PassManager passes;
    llvm::MCContext* context = nullptr;
    if (target.addPassesToEmitMC(passes, context, stream))
      throw PipelineError("No code can be made for this machine (" + target.getTargetTriple().str() + ").");
    passes.run(module);
  }
  const llvm::SmallVectorMemoryBuffer buffer(std::move(object), /*RequiresNullTerminator=*/false);
  return link_image(buffer.getMemBufferRef());
}

}  // namespace pymetal::backend::cpu
