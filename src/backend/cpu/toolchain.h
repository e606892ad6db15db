// What the CPU device asks of the compiler. The compiler and all of LLVM lie in a shared library of their own,
// which is loaded when the first library is compiled.
#pragma once

#include "backend/backend.h"

namespace pymetal::backend::cpu {

class Toolchain {
 public:
  virtual ~Toolchain() = default;
  virtual std::shared_ptr<const CompiledLibrary> compile_library(const LibrarySource& source) = 0;
  virtual std::shared_ptr<const CompiledComputePipeline> make_compute_pipeline(
      const CompiledLibrary& library, std::string_view function, const FunctionConstantValues& constants) = 0;
  virtual void dispatch(const DispatchCommand& command) = 0;
};

/// The toolchain of this process. The first call loads it; throws ResourceError when that fails.
Toolchain& load_toolchain();

/// The symbol that the compiler's shared library exports: `Toolchain* pymetal_toolchain()`.
inline constexpr const char* kToolchainSymbol = "pymetal_toolchain";

}  // namespace pymetal::backend::cpu
