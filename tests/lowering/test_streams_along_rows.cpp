// Which kernels run in long rows, whatever their threadgroups: one reason a line.
#include <gtest/gtest.h>

#include "canonical_kernel.h"
#include "lowering/intrinsics.h"
#include "lowering/streams_along_rows.h"

namespace pymetal::tests {
namespace {

bool streams(const std::string& body) {
  const auto kernel = canonical(
      "#include <metal_logging>\n"
      "kernel void k(device float *x, device float4 *v, constant uint &n, device atomic_int *a,"
      " uint2 p [[thread_position_in_grid]], uint2 size [[threads_per_grid]],"
      " uint2 q [[thread_position_in_threadgroup]], uint2 g [[threadgroup_position_in_grid]],"
      " uint2 s [[threads_per_threadgroup]]) {" +
      body + "}");
  return lowering::streams_along_rows(*kernel.module->getFunction(lowering::kKernelEntry));
}

TEST(StreamsAlongRows, MapsAndStencils) {
  EXPECT_TRUE(streams("x[p.x] += 1;"));
  EXPECT_TRUE(streams("if (p.x < n) x[p.x] = x[p.x + n] * x[n - p.x];"));
  EXPECT_TRUE(streams("v[p.y * size.x + p.x] = v[(p.y + 1) * size.x + p.x - 1];"));
  EXPECT_TRUE(streams("x[(p.x << 1) + 1] = x[p.x / 2 * 0 + 2 * p.x];"));
  EXPECT_TRUE(streams("for (uint i = 0; i < 3; i++) x[p.y * n + p.x] += sqrt(x[(p.y + i) * n + p.x + i]);"));
  EXPECT_TRUE(streams("float t[4] = {1, 2, 3, 4}; x[p.x] = t[uint(x[p.x]) & 3];"));
}

TEST(StreamsAlongRows, ThreadsThatKnowTheirThreadgroupDoNot) {
  EXPECT_FALSE(streams("x[p.x] = q.x;"));
  EXPECT_FALSE(streams("x[p.x] = g.y;"));
  EXPECT_FALSE(streams("x[p.x] = s.x;"));
  EXPECT_FALSE(streams("threadgroup float t[32]; t[p.x & 31] = 1; x[p.x] = t[p.x & 31];"));
}

TEST(StreamsAlongRows, ThreadsThatTellEachOtherDoNot) {
  EXPECT_FALSE(streams("x[p.x] = simd_sum(x[p.x]);"));
  EXPECT_FALSE(streams("threadgroup_barrier(mem_flags::mem_device); x[p.x] = 1;"));
  EXPECT_FALSE(streams("atomic_fetch_add_explicit(a, 1, memory_order_relaxed);"));
  EXPECT_FALSE(streams("x[p.x] = ((volatile device float *)x)[p.x + n];"));
  EXPECT_FALSE(streams("os_log_default.log(\"%u\", p.x);"));
}

TEST(StreamsAlongRows, LoopsDoNot) {
  EXPECT_FALSE(streams("float sum = 0; for (uint i = 0; i < n; i++) sum += x[i]; x[p.x] = sum;"));
}

TEST(StreamsAlongRows, NeighboursFarApartDoNot) {
  EXPECT_FALSE(streams("x[p.x * size.y + p.y] = 1;"));
  EXPECT_FALSE(streams("x[p.x * 17] = 1;"));
  EXPECT_FALSE(streams("x[uint(x[p.x])] = 1;"));
  EXPECT_FALSE(streams("x[p.x ^ 1] = 1;"));
  EXPECT_FALSE(streams("x[p.x * p.x] = 1;"));
  EXPECT_FALSE(streams("x[x[p.x] > 0 ? p.x : p.y] = 1;"));
  // As bits, this is a stride that no sum holds.
  EXPECT_FALSE(
      streams("for (uint i = 0; i < 40; i++) x[p.x] += 1; uint f = p.x; for (uint i = 0; i < 20; i++) f *= 30001;"
              " x[f] = 1;"));
}

}  // namespace
}  // namespace pymetal::tests
