// Processors with AVX-512 take rsqrt from their estimate; what a program divides by a root stays a quotient.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "canonical_kernel.h"

namespace pymetal::tests {
namespace {

#if defined(__x86_64__)

struct Roots {
  int estimates;
  int quotients;
};

Roots roots_of(const std::string& expression, const std::string& cpu) {
  const pipeline::CanonicalKernel kernel =
      canonical("kernel void k(device float *f, uint i [[thread_position_in_grid]]) { const float x = f[i]; f[i] = " +
                expression + "; }");
  const auto target = backend::cpu::make_host_target(cpu);
  backend::simd::lower_to_simdgroups(*kernel.module, *target, {});
  Roots roots{count_calls(*kernel.module, "llvm.x86.avx512.rsqrt14.ps.512"), 0};
  for (const llvm::Function& function : *kernel.module)
    for (const llvm::BasicBlock& block : function)
      for (const llvm::Instruction& instruction : block)
        roots.quotients += instruction.getOpcode() == llvm::Instruction::FDiv;
  return roots;
}

TEST(EstimateRoots, ReplacesQuotients) {
  for (const char* expression : {"rsqrt(x)", "fast::rsqrt(x)", "precise::rsqrt(x)", "x * rsqrt(x)"}) {
    const Roots roots = roots_of(expression, "x86-64-v4");
    EXPECT_EQ(roots.estimates, 2) << expression;
    EXPECT_EQ(roots.quotients, 0) << expression;
  }
}

TEST(EstimateRoots, LetsTheProgramsQuotientsBe) {
  for (const char* expression : {"1.0f / sqrt(x)", "rsqrt(x) + 1.0f / sqrt(x)"}) {
    const Roots roots = roots_of(expression, "x86-64-v4");
    EXPECT_EQ(roots.estimates, 0) << expression;
    EXPECT_GE(roots.quotients, 1) << expression;
  }
}

TEST(EstimateRoots, NeedsTheInstruction) {
  for (const char* cpu : {"x86-64-v2", "x86-64-v3"}) {
    const Roots roots = roots_of("rsqrt(x)", cpu);
    EXPECT_EQ(roots.estimates, 0) << cpu;
    EXPECT_EQ(roots.quotients, 1) << cpu;
  }
}

#endif

}  // namespace
}  // namespace pymetal::tests
