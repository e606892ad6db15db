// How much a kernel does at most: one shape of control flow a line.
#include <gtest/gtest.h>

#include "canonical_kernel.h"
#include "lowering/count_steps.h"
#include "lowering/intrinsics.h"

namespace pymetal::tests {
namespace {

std::optional<std::uint32_t> steps_of(const std::string& body) {
  const auto kernel = canonical(
      "#include <metal_logging>\nkernel void k(device float *x, device atomic_int *a, uint i "
      "[[thread_position_in_grid]]) {" +
      body + "}");
  return lowering::count_steps(*kernel.module->getFunction(lowering::kKernelEntry));
}

TEST(CountSteps, StraightLine) {
  const auto one = steps_of("x[i] += 1;");
  ASSERT_TRUE(one.has_value());
  EXPECT_GT(*one, 0u);
  EXPECT_LT(*one, 100u);
  EXPECT_GT(steps_of("x[i] = sin(x[i]) + cos(x[i + 1]);"), one);
}

TEST(CountSteps, LoopsOfConstantLength) {
  const auto short_loop = steps_of("float s = x[i]; for (int j = 0; j < 100; ++j) s = sin(s) + j; x[i] = s;");
  const auto long_loop = steps_of("float s = x[i]; for (int j = 0; j < 1000; ++j) s = sin(s) + j; x[i] = s;");
  ASSERT_TRUE(short_loop && long_loop);
  EXPECT_GT(*long_loop, 8 * *short_loop);
  EXPECT_TRUE(steps_of("for (int j = 0; j < 100; ++j) { if (x[i] > j) break; x[i] += sin(x[i]); }"));
  EXPECT_TRUE(
      steps_of("threadgroup float t[4]; for (int j = 0; j < 40; ++j) { t[j & 3] = x[j];"
               " threadgroup_barrier(mem_flags::mem_threadgroup); x[i] += t[i & 3]; }"));
}

TEST(CountSteps, WhateverMayTakeAnyTime) {
  EXPECT_FALSE(steps_of("for (int j = 0; j < x[0]; ++j) x[i] += sin(x[i]);"));
  EXPECT_FALSE(steps_of("while (atomic_load_explicit(a, memory_order_relaxed) == 0) {}"));
  EXPECT_FALSE(steps_of("for (int j = 0; j < 50; ++j) { for (uint m = j; m < i; ++m) x[m] += sin(x[m]); }"));
  EXPECT_FALSE(steps_of("float s = x[i]; for (int j = 0; j < 100000000; ++j) s = sin(s) + j; x[i] = s;"));
}

TEST(CountSteps, MemoryOfItsOwn) {
  EXPECT_TRUE(steps_of("float t[8]; for (int j = 0; j < 8; ++j) t[j] = x[j]; x[i] = t[int(x[0]) & 7];"));
  EXPECT_FALSE(steps_of("float t[4096]; for (int j = 0; j < 4096; ++j) t[j] = x[j]; x[i] = t[int(x[0]) & 4095];"));
}

TEST(CountSteps, Messages) { EXPECT_FALSE(steps_of("os_log_default.log(\"%u\", i);")); }

}  // namespace
}  // namespace pymetal::tests
