// Gives the function constants of a module their values.
#pragma once

#include "compiler/library.h"
#include "llvm/IR/Module.h"
#include "pymetal/function_constant_values.h"

namespace pymetal::pipeline {

/// Defines each function constant that `values` names, by name before index, and answers
/// `mtl.is_function_constant_defined`. The others read as zero. Throws ValidationError when a value is of another type,
/// PipelineError when the function requires a constant that has no value.
void specialize_function_constants(llvm::Module& module, const compiler::Library& library,
                                   const compiler::FunctionInfo& function, const FunctionConstantValues& values);

}  // namespace pymetal::pipeline
