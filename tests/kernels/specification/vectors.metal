// Vectors and packed vectors: operators, conversions, swizzles, elements.
#include "expect.h"

#define VECTORS(T)                                                                     \
  SAME(vec<T, 2>, T##2);                                                               \
  SAME(vec<T, 3>, T##3);                                                               \
  SAME(vec<T, 4>, T##4);                                                               \
  static_assert(sizeof(T##2) == 2 * sizeof(T) && sizeof(T##3) == 4 * sizeof(T), #T);   \
  static_assert(alignof(T##2) == 2 * sizeof(T) && alignof(T##3) == 4 * sizeof(T), #T); \
  static_assert(sizeof(packed_##T##3) == 3 * sizeof(T) && alignof(packed_##T##4) == alignof(T), #T);
VECTORS(bool)
VECTORS(char)
VECTORS(uchar)
VECTORS(short)
VECTORS(ushort)
VECTORS(int)
VECTORS(uint)
VECTORS(long)
VECTORS(ulong)
VECTORS(half)
VECTORS(bfloat)
VECTORS(float)

kernel void arithmetic(device int* failed [[buffer(0)]], device float* zero [[buffer(1)]]) {
  const float two = zero[0] + 2;
  float4 a(1, 2, 3, 4);
  const float4 b(two);
  EXPECT(all(a * b == float4(2, 4, 6, 8)) && all(a / b == float4(0.5, 1, 1.5, 2)));
  EXPECT(all(-a == float4(-1, -2, -3, -4)) && all(+a == a) && all(1 - a == -(a - 1)));
  a += 1;
  a -= b;
  a *= 2;
  a /= b;
  EXPECT(all(a == float4(0, 1, 2, 3)));
  a++;
  ++a;
  a--;
  EXPECT(all(a-- == float4(1, 2, 3, 4)) && all(--a == float4(-1, 0, 1, 2)));
  int3 i(7, -8, 9);
  EXPECT(all(i % 4 == int3(3, 0, 1)) && all((i >> 1) == int3(3, -4, 4)) && all((i << 1) == int3(14, -16, 18)));
  EXPECT(all((i & 3) == int3(3, 0, 1)) && all((i | 1) == int3(7, -7, 9)) && all((i ^ i) == 0));
  EXPECT(all(~i == int3(-8, 7, -10)) && all(16 / int2(2, 4) == int2(8, 4)));
  i <<= 1;
  i >>= 1;
  i &= 15;
  i |= 16;
  i ^= 16;
  i %= 4;
  EXPECT(all(i == int3(3, 0, 1)));
  EXPECT(all((uchar2(255) + uchar2(2)) == uchar2(1)));
}

kernel void logic(device int* failed [[buffer(0)]]) {
  const int3 i(7, -8, 9);
  EXPECT(all((i > 0) == bool3(true, false, true)) && all(!(i > 0) == bool3(false, true, false)));
  EXPECT(any(i > 8) && !any(i > 9) && all(i >= -8) && any(i != 7) && !all(i <= 7) && any(i < 0));
  EXPECT(all((i > 0 && i < 8) == bool3(true, false, false)) && all((i > 8 || i < 0) == bool3(false, true, true)));
  bool2 flags(true, false);
  EXPECT(flags.x && !flags.y && any(flags) && !all(flags));
  EXPECT(all((flags & bool2(true)) == flags) && all((flags | bool2(true)) == true) && !any(flags ^ flags));
  EXPECT(all(not(flags) == bool2(false, true)) && int2(flags).x == 1 && float2(flags).y == 0);
  const float2 chosen = i.x > 1 ? float2(1) : float2(2);
  EXPECT(chosen.x == 1 && all(select(float2(1), float2(2), bool2(true, false)) == float2(2, 1)));
}

kernel void conversions(device int* failed [[buffer(0)]]) {
  EXPECT(all(int2(float2(1.9, -1.9)) == int2(1, -1)) && all(uchar2(int2(257, -1)) == uchar2(1, 255)));
  EXPECT(all(bool2(int2(3, 0)) == bool2(true, false)) && all(half4(float4(1)) == 1) && float4(half4(2)).w == 2);
  EXPECT(float(bfloat4(float4(3)).x) == 3 && float3(1.0h).z == 1);
  const float3 list = {1, 2, 3};
  const float4 one_value = 3, none = {};
  EXPECT(list.z == 3 && float3{1, 2, 3}.y == 2 && all(one_value == 3) && all(none == 0) && all(float4() == 0));
  EXPECT(all((float4)1.0f == float4(1)) && all(uint3(uint2(1, 2), 3u) == uint3(1, 2, 3)));
  const float2 pair(1, 2);
  EXPECT(all(float4(pair, pair) == float4(1, 2, 1, 2)) && all(float4(0, pair, 3) == float4(0, 1, 2, 3)));
  EXPECT(all(float4(float3(pair, 3), 4) == float4(1, 2, 3, 4)) && all(float4(0, float3(1)) == float4(0, 1, 1, 1)));
  EXPECT(all(as_type<uchar4>(0x04030201u) == uchar4(1, 2, 3, 4)));
}

kernel void swizzles(device int* failed [[buffer(0)]]) {
  float4 v(1, 2, 3, 4);
  EXPECT(all(v.xyz == float3(1, 2, 3)) && all(v.wzyx == float4(4, 3, 2, 1)) && all(v.xxxx == 1) && all(v.rgba == v));
  v.xw = float2(9, 8);
  v.wx = v.xw;
  EXPECT(all(v == float4(8, 2, 3, 9)));
  v.yz += 1;
  v.xy *= v.yx;
  EXPECT(all(v == float4(24, 24, 4, 9)) && v.yz[1] == 4);
  v.bgr = float3(1, 2, 3);
  EXPECT(all(v.xyz == float3(3, 2, 1)));
  uint i = 3;
  v[i] = 1;
  EXPECT(v.a == 1 && v[0] == v.r);
  auto pair = v.xy;
  SAME(decltype(pair), float2);
  half4 h(1, 2, 3, 4);
  h.xz = h.zx;
  EXPECT(all(h == half4(3, 2, 1, 4)));
  packed_float3 p(1, 2, 3);
  EXPECT(p.y == 2 && p[2] == 3 && all(p.zyx == float3(3, 2, 1)));
  p.xz = float2(7, 8);
  p.y += 1;
  const float3 unpacked = p;
  p = unpacked * 2;
  EXPECT(all(unpacked == float3(7, 3, 8)) && p.z == 16);
}
