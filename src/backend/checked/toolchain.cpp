// The compiler and the executor behind the CPU device, as one object that the core library loads.
#include "backend/cpu/toolchain.h"

#include "backend/checked/executor.h"
#include "backend/checked/lower_to_threads.h"
#include "compiler/library.h"
#include "lowering/intrinsics.h"
#include "pipeline/compute_pipeline.h"

namespace pymetal::backend::checked {
namespace {

constexpr std::uint32_t kMaxThreadsPerThreadgroup = 1024;

class LoadedLibrary final : public CompiledLibrary {
 public:
  explicit LoadedLibrary(compiler::Library library) : library_(std::move(library)) {}
  std::span<const FunctionInfo> functions() const override { return library_.functions; }
  std::span<const CompileDiagnostic> warnings() const override { return library_.warnings; }
  const compiler::Library& library() const { return library_; }

 private:
  compiler::Library library_;
};

class CheckedPipeline final : public CompiledComputePipeline {
 public:
  CheckedPipeline(ExecutableKernel kernel, const FunctionInfo& function) : kernel_(std::move(kernel)) {
    for (const compiler::Parameter& parameter : function.parameters)
      if (parameter.kind != compiler::Parameter::Kind::Input) reflection_.bindings.push_back(parameter.binding);
    if (function.max_total_threads_per_threadgroup != 0)
      max_threads_ = std::min(kMaxThreadsPerThreadgroup, function.max_total_threads_per_threadgroup);
  }
  const ComputePipelineReflection& reflection() const override { return reflection_; }
  std::uint32_t max_total_threads_per_threadgroup() const override { return max_threads_; }
  std::uint32_t thread_execution_width() const override { return lowering::kSimdgroupWidth; }
  std::uint64_t static_threadgroup_memory_length() const override { return kernel_.threadgroup_variable_bytes; }
  const ExecutableKernel& kernel() const { return kernel_; }

 private:
  ExecutableKernel kernel_;
  ComputePipelineReflection reflection_;
  std::uint32_t max_threads_ = kMaxThreadsPerThreadgroup;
};

class CheckedToolchain final : public cpu::Toolchain {
 public:
  std::shared_ptr<const CompiledLibrary> compile_library(const LibrarySource& source) override {
    return std::make_shared<LoadedLibrary>(compiler::compile_library(source));
  }

  std::shared_ptr<const CompiledComputePipeline> make_compute_pipeline(
      const CompiledLibrary& compiled, std::string_view name, const FunctionConstantValues& constants) override {
    const compiler::Library& library = static_cast<const LoadedLibrary&>(compiled).library();
    const FunctionInfo* function = library.find(name);
    if (function == nullptr)
      throw PipelineError("The library holds no function of that name (" + std::string(name) + ").");
    pipeline::CanonicalKernel canonical = pipeline::make_canonical_kernel(library, *function, constants);
    const std::unique_ptr<llvm::TargetMachine> target = make_host_target();
    ExecutableKernel kernel;
    kernel.suspends = lower_to_threads(*canonical.module, *target).suspends;
    kernel.threadgroup_variable_bytes = canonical.threadgroup_variable_bytes;
    kernel.code = std::make_unique<JitCode>(
        std::move(canonical.module), std::move(canonical.context),
        std::map<std::string, void*>{{kAllocateFrame, reinterpret_cast<void*>(&pymetal_allocate_frame)}});
    kernel.run_thread = kernel.code->address(kThreadFunction);
    return std::make_shared<CheckedPipeline>(std::move(kernel), *function);
  }

  void dispatch(const DispatchCommand& command) override {
    execute(static_cast<const CheckedPipeline&>(*command.pipeline).kernel(), command);
  }
};

}  // namespace
}  // namespace pymetal::backend::checked

/// Never destroyed: code may run until the process ends.
extern "C" PYMETAL_EXPORT pymetal::backend::cpu::Toolchain* pymetal_toolchain() {
  static auto* toolchain = new pymetal::backend::checked::CheckedToolchain;
  return toolchain;
}
