// The compiler behind the CPU device, as one object that the core library loads.
#include "backend/cpu/toolchain.h"

#include "backend/checked/lower_to_threads.h"
#include "backend/cpu/host_target_pool.h"
#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "lowering/count_steps.h"
#include "lowering/intrinsics.h"
#include "lowering/streams_along_rows.h"
#include "pipeline/compute_pipeline.h"
#include "pymetal/export.h"

namespace pymetal::backend::cpu {
namespace {

class LlvmToolchain final : public Toolchain {
 public:
  compiler::Library compile_library(const compiler::LibrarySource& source) override {
    return compiler::compile_library(source);
  }

  compiler::Library instantiate_function(const compiler::Library& library, const compiler::FunctionInfo& function,
                                         const compiler::LibrarySource& source) override {
    return compiler::instantiate_function(library, function, source);
  }

  KernelCode make_kernel(const compiler::Library& library, const compiler::FunctionInfo& function,
                         const FunctionConstantValues& constants, const CodeTarget& code_target) override {
    const pipeline::CanonicalKernel canonical =
        pipeline::make_canonical_kernel(library, function, constants, pipeline::ValueNames::Discard);
    pipeline::require_no_textures(canonical, function);
    const HostTargetPool::Borrowed target = targets_of(code_target.executor).borrow(code_target.cpu);
    KernelCode kernel;
    kernel.executor = code_target.executor;
    kernel.threadgroup_variable_bytes = canonical.threadgroup_variable_bytes;
    kernel.used_parameters = canonical.used_parameters;
    kernel.most_steps = lowering::count_steps(*canonical.module->getFunction(lowering::kKernelEntry)).value_or(0);
    switch (code_target.executor) {
      case Executor::Checked:
        kernel.suspends = checked::lower_to_threads(*canonical.module, *target).suspends;
        break;
      case Executor::Simd: {
        lowering::ThreadLayout layout = code_target.layout;
        kernel.streams = lowering::streams_along_rows(*canonical.module->getFunction(lowering::kKernelEntry));
        layout.is_one_row = kernel.streams && layout.in_rows;
        const simd::LoweredKernel lowered = simd::lower_to_simdgroups(*canonical.module, *target, layout);
        kernel.suspends = lowered.waits;
        kernel.context_bytes = lowered.context_bytes;
        break;
      }
    }
    kernel.image = make_code(*canonical.module, *target);
    return kernel;
  }

 private:
  /// A target machine takes the alignment of stacks from its first module and holds to it (LLVM's
  /// X86TargetMachine::getSubtargetImpl), and each executor has its own.
  HostTargetPool& targets_of(Executor executor) { return executor == Executor::Checked ? checked_ : simd_; }

  HostTargetPool checked_;
  HostTargetPool simd_;
};

}  // namespace
}  // namespace pymetal::backend::cpu

/// Never destroyed: threads may compile until the process ends.
extern "C" PYMETAL_EXPORT pymetal::backend::cpu::Toolchain* pymetal_toolchain() {
  static auto* toolchain = new pymetal::backend::cpu::LlvmToolchain;
  return toolchain;
}
