// A compiled library of the CPU device, and code of its kernels, made now or taken from the cache.
#include "backend/cpu/cpu_library.h"

#include "backend/cpu/toolchain.h"
#include "support/process.h"

namespace pymetal::backend::cpu {

const FunctionInfo& CpuLibrary::require(std::string_view name) const {
  if (const FunctionInfo* function = library_.find(name)) return *function;
  throw PipelineError("The library holds no function of that name (" + std::string(name) + ").");
}

KernelCode CpuLibrary::compile(const FunctionInfo& function, const FunctionConstantValues& constants,
                               const CodeTarget& target) const {
  return load_toolchain().make_kernel(library_.library_of(function), function, constants, target);
}

KernelCode CpuLibrary::find_or_make(const FunctionInfo& function, const FunctionConstantValues& constants,
                                    const CodeTarget& target, const std::function<KernelCode()>& compile) const {
  CompileCache* cache = CompileCache::shared();
  if (cache == nullptr || !library_.is_cacheable()) return compile();
  const compiler::Digest key = cache->kernel_key(library_.identity(), function.name, constants, target);
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
