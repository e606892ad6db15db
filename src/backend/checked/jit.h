// Turns an LLVM module into code of this process.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::checked {

/// A target machine for the CPU this process runs on, with all its features.
std::unique_ptr<llvm::TargetMachine> make_host_target();

/// The code of one module; it lives as long as this object.
class JitCode {
 public:
  /// `symbols` are functions of ours that the module calls. Throws PipelineError.
  JitCode(std::unique_ptr<llvm::Module> module, std::unique_ptr<llvm::LLVMContext> context,
          const std::map<std::string, void*>& symbols);

  /// The address of a function of the module. Throws PipelineError.
  void* address(const std::string& name);

 private:
  std::unique_ptr<llvm::orc::LLJIT> jit_;
};

}  // namespace pymetal::backend::checked
