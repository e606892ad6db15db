// A compiled library of the CPU device, made now or taken from the cache.
#include "backend/cpu/cpu_library.h"

#include "backend/cpu/toolchain.h"
#include "support/process.h"

namespace pymetal::backend::cpu {

CpuLibrary::CpuLibrary(const LibrarySource& source) {
  const support::ForkDelay delay;
  CompileCache* cache = CompileCache::shared();
  if (cache == nullptr) {
    library_ = load_toolchain().compile_library(source);
    return;
  }
  const compiler::Digest key = cache->library_key(source);
  if (std::optional<CompileCache::CachedLibrary> found = cache->find_library(key)) {
    library_ = std::move(found->library);
    bitcode_ = found->bitcode;
    identity_ = found->identity;
    has_bitcode_ = false;
    source_ = source;
    return;
  }
  library_ = load_toolchain().compile_library(source);
  identity_ = cache->keep_library(key, library_);
}

const compiler::Library& CpuLibrary::whole_library() const {
  const std::lock_guard lock(mutex_);
  if (has_bitcode_) return library_;
  std::optional<std::string> bitcode = CompileCache::shared()->find_bitcode(bitcode_);
  if (!bitcode) {
    compiler::Library again = load_toolchain().compile_library(source_);
    if (CompileCache::identity_of(again) != identity_)
      throw PipelineError("The library must be compiled again, and a file that it includes has changed (" +
                          source_.file_name + ").");
    bitcode = std::move(again.bitcode);
  }
  library_.bitcode = std::move(*bitcode);
  has_bitcode_ = true;
  return library_;
}

const FunctionInfo& CpuLibrary::require(std::string_view name) const {
  if (const FunctionInfo* function = library_.find(name)) return *function;
  throw PipelineError("The library holds no function of that name (" + std::string(name) + ").");
}

KernelCode CpuLibrary::compile(const FunctionInfo& function, const FunctionConstantValues& constants,
                               const CodeTarget& target) const {
  return load_toolchain().make_kernel(whole_library(), function, constants, target);
}

KernelCode CpuLibrary::find_or_make(const FunctionInfo& function, const FunctionConstantValues& constants,
                                    const CodeTarget& target, const std::function<KernelCode()>& compile) const {
  CompileCache* cache = CompileCache::shared();
  if (cache == nullptr || !library_.is_cacheable) return compile();
  const compiler::Digest key = cache->kernel_key(identity_, function.name, constants, target);
  if (std::optional<KernelCode> found = cache->find_kernel(key)) return std::move(*found);
  KernelCode kernel = compile();
  cache->keep_kernel(key, kernel);
  return kernel;
}

KernelCode CpuLibrary::make_kernel(std::string_view name, const FunctionConstantValues& constants,
                                   const CodeTarget& preferred) const {
  const support::ForkDelay delay;
  const FunctionInfo& function = require(name);
  return find_or_make(function, constants, preferred, [&] {
    if (preferred.executor == Executor::Simd) {
      try {
        return compile(function, constants, preferred);
      } catch (const PipelineError&) {
        // What has no meaning on a simdgroup may have one thread by thread. If not, that says why.
      }
    }
    return compile(function, constants, {Executor::Checked, preferred.cpu, {}});
  });
}

KernelCode CpuLibrary::make_variant(std::string_view name, const FunctionConstantValues& constants,
                                    const CodeTarget& target) const {
  const support::ForkDelay delay;
  const FunctionInfo& function = require(name);
  return find_or_make(function, constants, target, [&] { return compile(function, constants, target); });
}

}  // namespace pymetal::backend::cpu
