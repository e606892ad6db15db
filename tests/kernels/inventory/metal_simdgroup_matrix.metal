// Every function of <metal_simdgroup_matrix>, for every type and memory.
#include "check.h"

template <class T>
void of(device T *d, const device T *cd, threadgroup T *t) {
  typedef simdgroup_matrix<T, 8, 8> M;
  M a(T(1)), b = make_filled_simdgroup_matrix<T, 8, 8>(T(2)), c = make_diagonal_simdgroup_matrix<T, 8, 8>(T(3));
  simdgroup_load(a, d);
  simdgroup_load(a, cd, 16);
  simdgroup_load(a, t, 16, ulong2(0, 1));
  simdgroup_load(a, t, 16, ulong2(0, 1), true);
  simdgroup_load(a, d, 8, 0, false);
  simdgroup_store(a, d);
  simdgroup_store(a, t, 16);
  simdgroup_store(a, d, 16, ulong2(8, 0));
  simdgroup_store(a, t, 16, ulong2(8, 0), true);
  simdgroup_multiply(c, a, b);
  simdgroup_multiply_accumulate(c, a, b, c);
  c = a * b;
  c.thread_elements()[0] = a.thread_elements()[1];
  CHECK(M, a * b)
}

kernel void inventory(device float *f [[buffer(0)]], device half *h [[buffer(1)]], device bfloat *b [[buffer(2)]],
                      threadgroup float *tf [[threadgroup(0)]], threadgroup half *th [[threadgroup(1)]],
                      threadgroup bfloat *tb [[threadgroup(2)]]) {
  of<float>(f, f, tf);
  of<half>(h, h, th);
  of<bfloat>(b, b, tb);
  simdgroup_float8x8 sum(0);
  simdgroup_half8x8 x;
  simdgroup_bfloat8x8 y;
  simdgroup_load(x, h);
  simdgroup_load(y, b);
  simdgroup_multiply_accumulate(sum, x, x, sum);
  simdgroup_multiply_accumulate(sum, y, y, sum);
  simdgroup_store(sum, f);
}
