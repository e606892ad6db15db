// Turns an LLVM module into code of this process.
#include "backend/checked/jit.h"

#include <mutex>

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/ThreadSafeModule.h"
#include "llvm/Support/TargetSelect.h"
#include "pymetal/error.h"

// The conversions that compilers call where the CPU has no instruction for them; the compiler's run-time library holds
// them, and the process's dynamic symbols do not.
extern "C" {
float __extendhfsf2(_Float16);
_Float16 __truncsfhf2(float);
_Float16 __truncdfhf2(double);
}

namespace pymetal::backend::checked {
namespace {

namespace orc = llvm::orc;

template <class T>
T value_or_throw(llvm::Expected<T> expected, const char* what) {
  if (expected) return std::move(*expected);
  throw PipelineError(std::string(what) + " (" + llvm::toString(expected.takeError()) + ").");
}

void check(llvm::Error error, const char* what) {
  if (error) throw PipelineError(std::string(what) + " (" + llvm::toString(std::move(error)) + ").");
}

orc::JITTargetMachineBuilder host_builder() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  orc::JITTargetMachineBuilder builder =
      value_or_throw(orc::JITTargetMachineBuilder::detectHost(), "The CPU of this machine is not known");
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeModel(llvm::CodeModel::Small);
  return builder;
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> make_host_target() {
  return value_or_throw(host_builder().createTargetMachine(), "No code can be made for this machine");
}

JitCode::JitCode(std::unique_ptr<llvm::Module> module, std::unique_ptr<llvm::LLVMContext> context,
                 const std::map<std::string, void*>& symbols) {
  constexpr const char* kFailure = "The code of the pipeline cannot be linked";
  orc::LLJITBuilder builder;
  builder.setJITTargetMachineBuilder(host_builder());
  builder.setNumCompileThreads(0);
  builder.setObjectLinkingLayerCreator(
      [](orc::ExecutionSession& session) { return std::make_unique<orc::ObjectLinkingLayer>(session); });
  jit_ = value_or_throw(builder.create(), kFailure);

  orc::SymbolMap map;
  const auto define = [&](const std::string& name, void* address) {
    map[jit_->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
  };
  for (const auto& [name, address] : symbols) define(name, address);
  define("__extendhfsf2", reinterpret_cast<void*>(&__extendhfsf2));
  define("__truncsfhf2", reinterpret_cast<void*>(&__truncsfhf2));
  define("__truncdfhf2", reinterpret_cast<void*>(&__truncdfhf2));
  check(jit_->getMainJITDylib().define(orc::absoluteSymbols(std::move(map))), kFailure);
  jit_->getMainJITDylib().addGenerator(value_or_throw(
      orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(jit_->getDataLayout().getGlobalPrefix()), kFailure));
  check(jit_->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))), kFailure);
}

void* JitCode::address(const std::string& name) {
  return value_or_throw(jit_->lookup(name), "The code of the pipeline cannot be made").toPtr<void*>();
}

}  // namespace pymetal::backend::checked
