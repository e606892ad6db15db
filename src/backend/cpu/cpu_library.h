// A compiled library of the CPU device, made now or taken from the cache.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "backend/backend.h"
#include "backend/cpu/compile_cache.h"

namespace pymetal::backend::cpu {

class CpuLibrary final : public CompiledLibrary, public std::enable_shared_from_this<CpuLibrary> {
 public:
  /// Throws CompileError.
  explicit CpuLibrary(const LibrarySource& source);

  std::span<const FunctionInfo> functions() const override { return library_.functions; }
  std::span<const CompileDiagnostic> warnings() const override { return library_.warnings; }

  /// The function of that name, or null.
  const FunctionInfo* find(std::string_view name) const { return library_.find(name); }

  /// Code for `preferred`, or for Executor::Checked where the kernel has no meaning on its executor. Throws
  /// PipelineError, and ValidationError where constants are missing or of another type.
  KernelCode make_kernel(std::string_view name, const FunctionConstantValues& constants,
                         const CodeTarget& preferred) const;
  /// Code for just that target. Throws PipelineError.
  KernelCode make_variant(std::string_view name, const FunctionConstantValues& constants,
                          const CodeTarget& target) const;

 private:
  /// The library with its bitcode, which is fetched when the first kernel is compiled.
  const compiler::Library& whole_library() const;
  const FunctionInfo& require(std::string_view name) const;
  KernelCode compile(const FunctionInfo& function, const FunctionConstantValues& constants,
                     const CodeTarget& target) const;
  /// What the cache has under the key of these, or what `compile` makes.
  KernelCode find_or_make(const FunctionInfo& function, const FunctionConstantValues& constants,
                          const CodeTarget& target, const std::function<KernelCode()>& compile) const;

  mutable compiler::Library library_;
  mutable std::mutex mutex_;
  mutable bool has_bitcode_ = true;
  compiler::Digest bitcode_{};
  compiler::Digest identity_{};
  /// To compile again what the cache has lost. Empty where the bitcode is here.
  LibrarySource source_;
};

}  // namespace pymetal::backend::cpu
