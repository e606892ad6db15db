// Processors with AVX-512 look up what programs compute from four bits.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "canonical_kernel.h"

namespace pymetal::tests {
namespace {

#if defined(__x86_64__)

/// Each is of one register.
int lookups(const std::string& expression, const std::string& cpu = "x86-64-v4") {
  const pipeline::CanonicalKernel kernel = canonical(
      "kernel void k(device uchar *bytes, device float *f, uint i [[thread_position_in_grid]]) {"
      " const uchar b = bytes[i]; f[i] = " +
      expression + "; }");
  const auto target = backend::cpu::make_host_target(cpu);
  backend::simd::lower_to_simdgroups(*kernel.module, *target, {});
  return count_calls(*kernel.module, "llvm.x86.avx512.permvar.sf.512");
}

TEST(LookUpFloats, WhatComesFromFourBits) {
  EXPECT_EQ(lookups("float(int(b & 15) - 8)"), 2);
  EXPECT_EQ(lookups("float(int(b >> 4) - 8)"), 2);
  EXPECT_EQ(lookups("(b & 7) * 0.25f - 1.5f"), 2);
  EXPECT_EQ(lookups("float(int(b & 15) - 8) * f[i] + float(int(b >> 4) - 8)"), 4);
}

TEST(LookUpFloats, WhatIsLongerOrTakesOneInstruction) {
  for (const char* expression :
       {"float(b)", "float(b & 15)", "float(b & 31)", "float(int(b) - 8)", "float(b >> 4)", "float((b & 15) + i)"})
    EXPECT_EQ(lookups(expression), 0) << expression;
}

TEST(LookUpFloats, NeedsTheInstruction) { EXPECT_EQ(lookups("float(int(b & 15) - 8)", "x86-64-v3"), 0); }

#endif

}  // namespace
}  // namespace pymetal::tests
