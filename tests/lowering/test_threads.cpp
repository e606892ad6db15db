// The checked executor's form: a plain function where nobody waits, a coroutine where threads wait for each other.
#include <gtest/gtest.h>

#include "backend/checked/lower_to_threads.h"
#include "backend/cpu/make_code.h"
#include "canonical_kernel.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Verifier.h"

namespace pymetal::tests {
namespace {

struct Lowered {
  explicit Lowered(const std::string& source) : kernel(canonical(source)) {
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
  const Lowered lowered("kernel void k(device int *x, uint i [[thread_position_in_grid]]) { x[i] = i; }");
  EXPECT_FALSE(lowered.suspends);
  EXPECT_FALSE(lowered.calls_intrinsics());
  EXPECT_TRUE(lowered.kernel.module->getFunction("pymetal_run_thread")->getReturnType()->isVoidTy());
}

TEST(Threads, MathCallsNoLibrary) {
  const auto kernel = canonical(R"(
    template <class T> void all(device T *p) {
      T x = p[0], y = p[1], z = p[2], w;
      int e;
      p[3] = acos(x); p[4] = acosh(x); p[5] = asin(x); p[6] = asinh(x); p[7] = atan(x); p[8] = atan2(x, y);
      p[9] = atanh(x); p[10] = ceil(x); p[11] = copysign(x, y); p[12] = cos(x); p[13] = cosh(x); p[14] = cospi(x);
      p[15] = divide(x, y); p[16] = exp(x); p[17] = exp10(x); p[18] = exp2(x); p[19] = fabs(x); p[20] = fdim(x, y);
      p[21] = floor(x); p[22] = fma(x, y, z); p[23] = fmax(x, y); p[24] = fmin(x, y); p[25] = fmod(x, y);
      p[26] = fract(x); p[27] = frexp(x, e); p[28] = T(e + ilogb(x)); p[29] = ldexp(x, e); p[30] = log(x);
      p[31] = log10(x); p[32] = log2(x); p[33] = modf(x, w); p[34] = w; p[35] = nextafter(x, y); p[36] = pow(x, y);
      p[37] = powr(x, y); p[38] = rint(x); p[39] = round(x); p[40] = rsqrt(x); p[41] = sin(x); p[42] = sincos(x, w);
      p[43] = sinh(x); p[44] = sinpi(x); p[45] = sqrt(x); p[46] = tan(x); p[47] = tanh(x); p[48] = tanpi(x);
      p[49] = trunc(x); p[50] = T(int(x)) + T(ulong(y)) + T(long(z)) + T(uchar(x));
    }
    kernel void k(device float *f, device half *h, device bfloat *b, device ulong *n) {
      all(f); all(h); all(b);
      n[0] = mulhi(n[1], n[2]) + popcount(n[3]) + n[4] / n[5] + n[6] % n[7] + madsat(n[8], n[9], n[10]);
    })");
  const auto target = backend::cpu::make_host_target();
  backend::checked::lower_to_threads(*kernel.module, *target);
  const backend::cpu::CodeImage image = backend::cpu::make_code(*kernel.module, *target);
  EXPECT_EQ(image.symbols, std::vector<std::string>());
}

TEST(Threads, CoroutineWithBarriers) {
  const Lowered lowered(
      "kernel void k(device int *x, uint i [[thread_position_in_grid]]) { threadgroup int t[32]; t[i] = i;"
      " threadgroup_barrier(mem_flags::mem_threadgroup); x[i] = t[31 - i]; }");
  EXPECT_TRUE(lowered.suspends);
  EXPECT_FALSE(lowered.calls_intrinsics());
  EXPECT_NE(lowered.kernel.module->getFunction("pymetal_run_thread.resume"), nullptr);
}

TEST(Threads, CrossLaneOperationsSuspend) {
  const Lowered lowered(
      "kernel void k(device float *x, uint i [[thread_position_in_grid]]) { x[i] = simd_sum(x[i]); }");
  EXPECT_TRUE(lowered.suspends);
}

TEST(Threads, TheLaneIndexDoesNotSuspend) {
  const Lowered lowered("kernel void k(device uint *x, uint i [[thread_index_in_simdgroup]]) { x[i] = i; }");
  EXPECT_FALSE(lowered.suspends);
}

}  // namespace
}  // namespace pymetal::tests
