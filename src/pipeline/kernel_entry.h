// Writes the canonical entry of a kernel: it fetches each argument and calls the function.
#pragma once

#include "compiler/function_info.h"
#include "llvm/IR/Module.h"

namespace pymetal::pipeline {

/// The name of the intrinsic that yields one component of an input: "mtl.thread_position_in_grid".
llvm::StringRef input_intrinsic(compiler::KernelInput input);

/// Adds `void mtl.kernel()` to the module.
llvm::Function* build_kernel_entry(llvm::Module& module, const compiler::FunctionInfo& function);

/// The parameters whose slots the module still reads, by their place.
std::vector<std::uint32_t> used_parameters(const llvm::Module& module, const compiler::FunctionInfo& function);

}  // namespace pymetal::pipeline
