// Makes the canonical IR of a compute pipeline from a function of a library. The step after compiler/library.
#pragma once

#include <memory>
#include <vector>

#include "compiler/library.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "pymetal/function_constant_values.h"

namespace pymetal::pipeline {

/// Canonical IR, which each executor turns into code, and what it needs to know beside it.
struct CanonicalKernel {
  std::unique_ptr<llvm::LLVMContext> context;
  /// Holds one function, `mtl.kernel`.
  std::unique_ptr<llvm::Module> module;
  std::uint64_t threadgroup_variable_bytes = 0;
  /// The parameters that the kernel reaches, by their place.
  std::vector<std::uint32_t> used_parameters;
};

/// Throws PipelineError where the kernel does anything with textures, for devices that cannot.
void require_no_textures(const CanonicalKernel& kernel, const compiler::FunctionInfo& function);

/// Whether values in the IR keep the names that Clang and the passes give them. They cost time, and serve who reads it.
enum class ValueNames { Keep, Discard };

/// Throws PipelineError, and ValidationError for values of function constants that do not fit.
CanonicalKernel make_canonical_kernel(const compiler::Library& library, const compiler::FunctionInfo& function,
                                      const FunctionConstantValues& constants, ValueNames names = ValueNames::Keep);

}  // namespace pymetal::pipeline
