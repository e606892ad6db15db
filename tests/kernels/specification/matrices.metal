// Matrices: constructors, columns, products, functions, in every address space.
#include "expect.h"

static_assert(sizeof(float2x2) == 16 && sizeof(float3x3) == 48 && sizeof(float4x3) == 64 && sizeof(float3x4) == 48, "");
static_assert(sizeof(half3x3) == 24 && sizeof(half2x3) == 16 && alignof(float3x3) == 16 && alignof(half2x2) == 4, "");
SAME(matrix<float, 2, 3>, float2x3);

constant float2x2 kMatrix = float2x2(1, 2, 3, 4);
constant float3x3 kMatrices[2] = {float3x3(1.0f), float3x3(float3(1), float3(2), float3(3))};
struct Holder {
  float4x4 one;
  float3x3 two[2];
};

kernel void products(device int* failed [[buffer(0)]]) {
  const float2x2 a(1, 2, 3, 4), b(float2(1, 2), float2(3, 4));
  EXPECT(a == b && !(a != b) && a[0][1] == 2 && a[1].x == 3);
  EXPECT(a * b == float2x2(7, 10, 15, 22));
  EXPECT(all(a * float2(1, 1) == float2(4, 6)) && all(float2(1, 1) * a == float2(3, 7)));
  EXPECT(a + b == 2 * a && a * 2.0f - b == a && -a == a * -1.0f && a / 2.0f == a * 0.5f);
  EXPECT(determinant(a) == -2 && transpose(a)[0][1] == 3);
  EXPECT(determinant(float3x3(2.0f)) == 8 && determinant(float4x4(2.0f)) == 16);
  const float2x3 tall(1, 2, 3, 4, 5, 6);
  EXPECT(all(tall * float2(1, 1) == float3(5, 7, 9)) && all(float3(1, 1, 1) * tall == float2(6, 15)));
  const float3x2 wide = transpose(tall);
  EXPECT(wide[2][1] == 6 && (wide * tall)[0][0] == 14 && (tall * wide)[2][2] == 45);
}

kernel void constructors(device int* failed [[buffer(0)]]) {
  const float3x3 diagonal(2.0f);
  EXPECT(diagonal[1][1] == 2 && diagonal[0][1] == 0 && float4x4(0)[0][0] == 0);
  const float4x4 listed = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}, {13, 14, 15, 16}};
  float4x4 columns(float4(1), float4(2), float4(3), float4(4));
  EXPECT(listed[1][1] == 6 && columns[3].w == 4 && float4x4(columns)[2].x == 3);
  EXPECT(float3x3(listed[0].xyz, listed[1].xyz, listed[2].xyz)[1][0] == 5);
  EXPECT(float3x3(half3x3(1.0h))[2][2] == 1 && half2x2(float2x2(1, 2, 3, 4))[1][1] == 4.0h);
  columns[2] = float4(9);
  columns.columns[1] = float4(7);
  columns[0].xy = float2(5, 6);
  uint i = 3;
  columns[i][i] += 1;
  EXPECT(columns[2][1] == 9 && columns[1].x == 7 && columns[0][1] == 6 && columns[0].z == 1 && columns[3][3] == 5);
  columns += columns;
  columns -= float4x4(1.0f);
  columns *= 2.0f;
  EXPECT(columns[0][0] == 18 && columns[1][0] == 28);
}

kernel void everywhere(device int* failed [[buffer(0)]], device Holder* stored [[buffer(1)]],
                       constant float4x4& fixed [[buffer(2)]], device float4x4* many [[buffer(3)]]) {
  stored->one = float4x4(2.0f);
  many[1] = stored->one * fixed;
  stored[0].two[1] = kMatrices[1];
  threadgroup float4x4 shared[2];
  shared[1] = stored->one;
  shared[1][2] = float4(1);
  EXPECT(many[1][0][0] == 0 && all(stored->two[1][2] == 3) && kMatrix[1][1] == 4 && shared[1][2][3] == 1);
  device float4x4& reference = many[0];
  reference = float4x4(1.0f);
  reference *= 3.0f;
  reference = reference * reference;
  reference *= float4x4(2.0f);
  EXPECT(reference[3][3] == 18 && determinant(stored->one) == 16 && transpose(stored->two[1])[0][2] == 3);
  EXPECT(all(shared[1] * float4(1) == float4(3, 3, 1, 3)) && all(kMatrix * float2(1) == float2(4, 6)));
}
