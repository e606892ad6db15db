// The types that programs share with the host under the names of its simd library.
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H

#include <metal_matrix>
#include <metal_vector>

#define MTL_SIMD_VECTORS(NAME, TYPE)                                                                                   \
  typedef metal::TYPE##2 vector_##NAME##2, simd_##NAME##2;                                                             \
  typedef metal::TYPE##3 vector_##NAME##3, simd_##NAME##3;                                                             \
  typedef metal::TYPE##4 vector_##NAME##4, simd_##NAME##4;                                                             \
  typedef metal::packed_##TYPE##2 simd_packed_##NAME##2;                                                               \
  typedef metal::packed_##TYPE##4 simd_packed_##NAME##4;                                                               \
  namespace simd {                                                                                                     \
  using metal::TYPE##2;                                                                                                \
  using metal::TYPE##3;                                                                                                \
  using metal::TYPE##4;                                                                                                \
  using metal::packed_##TYPE##2;                                                                                       \
  using metal::packed_##TYPE##3;                                                                                       \
  using metal::packed_##TYPE##4;                                                                                       \
  }
MTL_SIMD_VECTORS(char, char)
MTL_SIMD_VECTORS(uchar, uchar)
MTL_SIMD_VECTORS(short, short)
MTL_SIMD_VECTORS(ushort, ushort)
MTL_SIMD_VECTORS(int, int)
MTL_SIMD_VECTORS(uint, uint)
MTL_SIMD_VECTORS(long, long)
MTL_SIMD_VECTORS(ulong, ulong)
MTL_SIMD_VECTORS(half, half)
MTL_SIMD_VECTORS(float, float)
#undef MTL_SIMD_VECTORS

#define MTL_SIMD_MATRICES(NAME)                                                                                        \
  typedef metal::NAME matrix_##NAME, simd_##NAME;                                                                      \
  namespace simd { using metal::NAME; }
#define MTL_SIMD_ROWS(TYPE, COLUMNS)                                                                                   \
  MTL_SIMD_MATRICES(TYPE##COLUMNS##x2) MTL_SIMD_MATRICES(TYPE##COLUMNS##x3) MTL_SIMD_MATRICES(TYPE##COLUMNS##x4)
#define MTL_SIMD_COLUMNS(TYPE) MTL_SIMD_ROWS(TYPE, 2) MTL_SIMD_ROWS(TYPE, 3) MTL_SIMD_ROWS(TYPE, 4)
MTL_SIMD_COLUMNS(half)
MTL_SIMD_COLUMNS(float)
#undef MTL_SIMD_COLUMNS
#undef MTL_SIMD_ROWS
#undef MTL_SIMD_MATRICES

#endif
