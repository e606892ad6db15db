// The checked executor's form: a plain function where nobody waits, a coroutine where threads wait for each other.
#include <gtest/gtest.h>

#include "backend/checked/lower_to_threads.h"
#include "backend/cpu/make_code.h"
#include "canonical_kernel.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Verifier.h"

namespace pymetal::tests {
namespace {

struct LoweredToThreads {
  explicit LoweredToThreads(const std::string& source) : kernel(canonical(source)) {
    const auto target = backend::cpu::make_host_target();
    suspends = backend::checked::lower_to_threads(*kernel.module, *target).suspends;
    EXPECT_FALSE(llvm::verifyModule(*kernel.module));
  }
  bool calls_intrinsics() const {
    for (const llvm::Function& function : *kernel.module)
      if (function.getName().starts_with("mtl.") && !function.use_empty()) return true;
    return false;
  }
  pipeline::CanonicalKernel kernel;
  bool suspends = false;
};

TEST(Threads, PlainWithoutBarriers) {
  const LoweredToThreads lowered("kernel void k(device int *x, uint i [[thread_position_in_grid]]) { x[i] = i; }");
  EXPECT_FALSE(lowered.suspends);
  EXPECT_FALSE(lowered.calls_intrinsics());
  EXPECT_TRUE(lowered.kernel.module->getFunction("pymetal_run_thread")->getReturnType()->isVoidTy());
}

TEST(Threads, CoroutineWithBarriers) {
  const LoweredToThreads lowered(
      "kernel void k(device int *x, uint i [[thread_position_in_grid]]) { threadgroup int t[32]; t[i] = i;"
      " threadgroup_barrier(mem_flags::mem_threadgroup); x[i] = t[31 - i]; }");
  EXPECT_TRUE(lowered.suspends);
  EXPECT_FALSE(lowered.calls_intrinsics());
  EXPECT_NE(lowered.kernel.module->getFunction("pymetal_run_thread.resume"), nullptr);
}

TEST(Threads, CrossLaneOperationsSuspend) {
  const LoweredToThreads lowered(
      "kernel void k(device float *x, uint i [[thread_position_in_grid]]) { x[i] = simd_sum(x[i]); }");
  EXPECT_TRUE(lowered.suspends);
}

TEST(Threads, TheLaneIndexDoesNotSuspend) {
  const LoweredToThreads lowered("kernel void k(device uint *x, uint i [[thread_index_in_simdgroup]]) { x[i] = i; }");
  EXPECT_FALSE(lowered.suspends);
}

}  // namespace
}  // namespace pymetal::tests
