// Finds kernels that would be too large once their functions are part of them.
#pragma once

namespace llvm {
class Module;
}
namespace pymetal::compiler {
struct FunctionInfo;
}

namespace pymetal::pipeline {

/// Throws a PipelineError if a function of the module holds too many instructions, those of all its calls included, or
/// a variable whose alignment no stack has room for, or a vector that is too long.
void require_bounded_size(const llvm::Module& module, const compiler::FunctionInfo& function);

}  // namespace pymetal::pipeline
