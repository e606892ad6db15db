// A compiled library of the CPU device, and code of its kernels, made now or taken from the cache.
#pragma once

#include <functional>
#include <memory>

#include "backend/backend.h"
#include "backend/cpu/stored_library.h"

namespace pymetal::backend::cpu {

class CpuLibrary final : public CompiledLibrary, public std::enable_shared_from_this<CpuLibrary> {
 public:
  /// Throws CompileError.
  explicit CpuLibrary(const LibrarySource& source) : library_(source) {}

  const std::vector<std::string>& function_names() const override { return library_.function_names(); }
  const FunctionInfo* find(std::string_view name) const override { return library_.find(name); }
  std::vector<CompileDiagnostic> warnings() const override { return library_.warnings(); }

  /// Throws PipelineError where there is none, and CompileError.
  const FunctionInfo& require(std::string_view name) const;

  /// Code for `preferred`, or for Executor::Checked where the kernel has no meaning on its executor. Throws
  /// CompileError, PipelineError, and ValidationError where constants are missing or of another type.
  KernelCode make_kernel(std::string_view name, const FunctionConstantValues& constants,
                         const CodeTarget& preferred) const;
  /// Code for just that target. Throws the same.
  KernelCode make_variant(std::string_view name, const FunctionConstantValues& constants,
                          const CodeTarget& target) const;

 private:
  KernelCode compile(const FunctionInfo& function, const FunctionConstantValues& constants,
                     const CodeTarget& target) const;
  /// What the cache has under the key of these, or what `compile` makes.
  KernelCode find_or_make(const FunctionInfo& function, const FunctionConstantValues& constants,
                          const CodeTarget& target, const std::function<KernelCode()>& compile) const;

  StoredLibrary library_;
};

}  // namespace pymetal::backend::cpu
