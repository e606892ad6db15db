// Gives the function constants of a module their values.
#pragma once

#include "compiler/library.h"
#include "llvm/IR/Module.h"
#include "pymetal/function_constant_values.h"

namespace pymetal::pipeline {

/// Defines each function constant that `values` names, by name before index, and answers
/// `mtl.is_function_constant_defined`. The others read as zero; but where the function has none of its values, those
/// that it requires stay declarations. Throws ValidationError when a value is of another type.
void specialize_function_constants(llvm::Module& module, const compiler::Library& library,
                                   const compiler::FunctionInfo& function, const FunctionConstantValues& values);

/// Throws PipelineError when the function still reads a constant that has no value: branches that the other constants
/// decide are gone by now, as they are in Metal.
void require_values(const llvm::Module& module, const compiler::Library& library,
                    const compiler::FunctionInfo& function);

}  // namespace pymetal::pipeline
