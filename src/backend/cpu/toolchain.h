// What the CPU device asks of the compiler. The compiler and all of LLVM lie in a shared library of their own,
// which is loaded when something must be compiled.
#pragma once

#include <string>

#include "backend/cpu/kernel_code.h"
#include "compiler/library.h"
#include "pymetal/function_constant_values.h"

namespace pymetal::backend::cpu {

/// May be used by many threads at once.
class Toolchain {
 public:
  virtual ~Toolchain() = default;
  /// Throws CompileError.
  virtual compiler::Library compile_library(const compiler::LibrarySource& source) = 0;
  /// Makes a library of one function that `library`, made from `source`, has deferred. Throws CompileError.
  virtual compiler::Library instantiate_function(const compiler::Library& library,
                                                 const compiler::FunctionInfo& function,
                                                 const compiler::LibrarySource& source) = 0;
  /// Throws PipelineError, and ValidationError where constants are missing or of another type.
  virtual KernelCode make_kernel(const compiler::Library& library, const compiler::FunctionInfo& function,
                                 const FunctionConstantValues& constants, const CodeTarget& target) = 0;
};

/// The toolchain of this process. The first call loads it; throws ResourceError when that fails.
Toolchain& load_toolchain();

/// The file that it is loaded from.
std::string toolchain_path();

/// The build identifier of the toolchain that this process has loaded; empty before.
std::string toolchain_build_id();

/// The symbol that the compiler's shared library exports: `Toolchain* pymetal_toolchain()`.
inline constexpr const char* kToolchainSymbol = "pymetal_toolchain";

}  // namespace pymetal::backend::cpu
