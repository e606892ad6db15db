// Turns an LLVM module into machine code: the last step of every executor on the CPU.
#pragma once

#include <memory>
#include <string>

#include "backend/cpu/code_image.h"
#include "backend/cpu/target_cpu.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::cpu {

/// A target machine for the CPU this process runs on: with all its features, or with those of a level that it reaches.
std::unique_ptr<llvm::TargetMachine> make_host_target(const std::string& cpu = kNativeCpu);

/// Generates code for `module` and links it to an image. Every external definition is a function of the image. Throws
/// PipelineError.
CodeImage make_code(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace pymetal::backend::cpu
