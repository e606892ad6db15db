// Every constructor, swizzle and operator of vectors and packed vectors.
#include "check.h"

#define VEC(N) decltype(vec<T, N>() + vec<T, N>())

template <class T>
void construct() {
  T s(1);
  vec<T, 2> v2(s);
  vec<T, 3> v3(s);
  vec<T, 4> v4(s);
  vec<T, 2> c2_11(s, s);
  packed_vec<T, 2> p2_11(s, s);
  vec<T, 2> c2_2(v2);
  vec<T, 3> c3_111(s, s, s);
  packed_vec<T, 3> p3_111(s, s, s);
  vec<T, 3> c3_12(s, v2);
  packed_vec<T, 3> p3_12(s, v2);
  vec<T, 3> c3_21(v2, s);
  packed_vec<T, 3> p3_21(v2, s);
  vec<T, 3> c3_3(v3);
  vec<T, 4> c4_1111(s, s, s, s);
  packed_vec<T, 4> p4_1111(s, s, s, s);
  vec<T, 4> c4_112(s, s, v2);
  packed_vec<T, 4> p4_112(s, s, v2);
  vec<T, 4> c4_121(s, v2, s);
  packed_vec<T, 4> p4_121(s, v2, s);
  vec<T, 4> c4_13(s, v3);
  packed_vec<T, 4> p4_13(s, v3);
  vec<T, 4> c4_211(v2, s, s);
  packed_vec<T, 4> p4_211(v2, s, s);
  vec<T, 4> c4_22(v2, v2);
  packed_vec<T, 4> p4_22(v2, v2);
  vec<T, 4> c4_31(v3, s);
  packed_vec<T, 4> p4_31(v3, s);
  vec<T, 4> c4_4(v4);
  vec<T, 4> list = {s, s, s, s};
  packed_vec<T, 3> from_vector = v3;
  vec<T, 3> from_packed = from_vector;
  vec<T, 3> from_other(vec<float, 3>(1.5f));
  vec<float, 3> to_other(v3);
  const vec<T, 4> fixed(list);
  T element = fixed[2];
  v4[1] = element;
  v4.x = v4.w = fixed.y;
  v4.r = fixed.a;
  static_assert(sizeof(vec<T, 2>) == 2 * sizeof(T) && sizeof(vec<T, 3>) == 4 * sizeof(T), "");
  static_assert(sizeof(vec<T, 4>) == 4 * sizeof(T) && alignof(vec<T, 3>) == 4 * sizeof(T), "");
  static_assert(sizeof(packed_vec<T, 3>) == 3 * sizeof(T) && alignof(packed_vec<T, 3>) == alignof(T), "");
  static_assert(is_vector_v<vec<T, 3>> && !is_vector_v<T> && vec_traits<vec<T, 3>>::size == 3, "");
  static_assert(is_same_v<typename vec_traits<packed_vec<T, 2>>::element_type, T>, "");
}

template <class T>
void swizzle() {
  vec<T, 2> v2(T(1));
  vec<T, 3> v3(T(2));
  vec<T, 4> v4(T(3));
  packed_vec<T, 2> p2(v2);
  packed_vec<T, 3> p3(v3);
  packed_vec<T, 4> p4(v4);
  CHECK(VEC(2), v2.xx + v2.rr)
  CHECK(VEC(2), v2.xy + v2.rg)
  CHECK(VEC(2), v2.yx + v2.gr)
  CHECK(VEC(2), v2.yy + v2.gg)
  v2.xy = v2;
  v2.xy += v2;
  p2.xy = v2;
  v2.yx = v2;
  v2.yx += v2;
  p2.yx = v2;
  CHECK(VEC(3), v2.xxx + v2.rrr)
  CHECK(VEC(3), v2.xxy + v2.rrg)
  CHECK(VEC(3), v2.xyx + v2.rgr)
  CHECK(VEC(3), v2.xyy + v2.rgg)
  CHECK(VEC(3), v2.yxx + v2.grr)
  CHECK(VEC(3), v2.yxy + v2.grg)
  CHECK(VEC(3), v2.yyx + v2.ggr)
  CHECK(VEC(3), v2.yyy + v2.ggg)
  CHECK(VEC(4), v2.xxxx + v2.rrrr)
  CHECK(VEC(4), v2.xxyx + v2.rrgr)
  CHECK(VEC(4), v2.xyxx + v2.rgrr)
  CHECK(VEC(4), v2.xyyx + v2.rggr)
  CHECK(VEC(4), v2.yxxx + v2.grrr)
  CHECK(VEC(4), v2.yxyx + v2.grgr)
  CHECK(VEC(4), v2.yyxx + v2.ggrr)
  CHECK(VEC(4), v2.yyyx + v2.gggr)
  CHECK(VEC(2), v3.xx + v3.rr)
  CHECK(VEC(2), v3.xy + v3.rg)
  CHECK(VEC(2), v3.xz + v3.rb)
  CHECK(VEC(2), v3.yx + v3.gr)
  CHECK(VEC(2), v3.yy + v3.gg)
  CHECK(VEC(2), v3.yz + v3.gb)
  CHECK(VEC(2), v3.zx + v3.br)
  CHECK(VEC(2), v3.zy + v3.bg)
  CHECK(VEC(2), v3.zz + v3.bb)
  v3.xy = v2;
  v3.xy += v2;
  p3.xy = v2;
  v3.xz = v2;
  v3.xz += v2;
  p3.xz = v2;
  v3.yx = v2;
  v3.yx += v2;
  p3.yx = v2;
  v3.yz = v2;
  v3.yz += v2;
  p3.yz = v2;
  CHECK(VEC(3), v3.xxx + v3.rrr)
  CHECK(VEC(3), v3.xyy + v3.rgg)
  CHECK(VEC(3), v3.xzz + v3.rbb)
  CHECK(VEC(3), v3.yyx + v3.ggr)
  CHECK(VEC(3), v3.yzy + v3.gbg)
  CHECK(VEC(3), v3.zxz + v3.brb)
  CHECK(VEC(3), v3.zzx + v3.bbr)
  v3.xyz = v3;
  v3.xyz += v3;
  p3.xyz = v3;
  v3.xzy = v3;
  v3.xzy += v3;
  p3.xzy = v3;
  v3.zxy = v3;
  v3.zxy += v3;
  p3.zxy = v3;
  v3.zyx = v3;
  v3.zyx += v3;
  p3.zyx = v3;
  CHECK(VEC(4), v3.xxxx + v3.rrrr)
  CHECK(VEC(4), v3.xyyy + v3.rggg)
  CHECK(VEC(4), v3.xzzz + v3.rbbb)
  CHECK(VEC(4), v3.yyyx + v3.gggr)
  CHECK(VEC(4), v3.yzzy + v3.gbbg)
  CHECK(VEC(4), v3.zyxz + v3.bgrb)
  CHECK(VEC(4), v3.zzzx + v3.bbbr)
  CHECK(VEC(2), v4.xx + v4.rr)
  CHECK(VEC(2), v4.xz + v4.rb)
  CHECK(VEC(2), v4.yx + v4.gr)
  CHECK(VEC(2), v4.yz + v4.gb)
  CHECK(VEC(2), v4.zx + v4.br)
  CHECK(VEC(2), v4.zz + v4.bb)
  CHECK(VEC(2), v4.wx + v4.ar)
  CHECK(VEC(2), v4.wz + v4.ab)
  v4.xy = v2;
  v4.xy += v2;
  p4.xy = v2;
  v4.xz = v2;
  v4.xz += v2;
  p4.xz = v2;
  v4.xw = v2;
  v4.xw += v2;
  p4.xw = v2;
  v4.yx = v2;
  v4.yx += v2;
  p4.yx = v2;
  v4.yz = v2;
  v4.yz += v2;
  p4.yz = v2;
  v4.yw = v2;
  v4.yw += v2;
  p4.yw = v2;
  CHECK(VEC(3), v4.xxx + v4.rrr)
  CHECK(VEC(3), v4.xzz + v4.rbb)
  CHECK(VEC(3), v4.yyx + v4.ggr)
  CHECK(VEC(3), v4.ywz + v4.gab)
  CHECK(VEC(3), v4.zzx + v4.bbr)
  CHECK(VEC(3), v4.wxz + v4.arb)
  CHECK(VEC(3), v4.wwx + v4.aar)
  v4.xyz = v3;
  v4.xyz += v3;
  p4.xyz = v3;
  v4.xyw = v3;
  v4.xyw += v3;
  p4.xyw = v3;
  v4.xzy = v3;
  v4.xzy += v3;
  p4.xzy = v3;
  v4.xzw = v3;
  v4.xzw += v3;
  p4.xzw = v3;
  v4.xwy = v3;
  v4.xwy += v3;
  p4.xwy = v3;
  v4.xwz = v3;
  v4.xwz += v3;
  p4.xwz = v3;
  v4.zxy = v3;
  v4.zxy += v3;
  p4.zxy = v3;
  v4.zxw = v3;
  v4.zxw += v3;
  p4.zxw = v3;
  v4.zyx = v3;
  v4.zyx += v3;
  p4.zyx = v3;
  v4.zyw = v3;
  v4.zyw += v3;
  p4.zyw = v3;
  v4.zwx = v3;
  v4.zwx += v3;
  p4.zwx = v3;
  v4.zwy = v3;
  v4.zwy += v3;
  p4.zwy = v3;
  CHECK(VEC(4), v4.xxxx + v4.rrrr)
  CHECK(VEC(4), v4.xzzz + v4.rbbb)
  CHECK(VEC(4), v4.yyyx + v4.gggr)
  CHECK(VEC(4), v4.ywwz + v4.gaab)
  CHECK(VEC(4), v4.zzzx + v4.bbbr)
  CHECK(VEC(4), v4.wyxz + v4.agrb)
  CHECK(VEC(4), v4.wwwx + v4.aaar)
  v4.xyzw = v4;
  v4.xyzw += v4;
  p4.xyzw = v4;
  v4.xywz = v4;
  v4.xywz += v4;
  p4.xywz = v4;
  v4.xzyw = v4;
  v4.xzyw += v4;
  p4.xzyw = v4;
  v4.xzwy = v4;
  v4.xzwy += v4;
  p4.xzwy = v4;
  v4.xwyz = v4;
  v4.xwyz += v4;
  p4.xwyz = v4;
  v4.xwzy = v4;
  v4.xwzy += v4;
  p4.xwzy = v4;
  v4.wxyz = v4;
  v4.wxyz += v4;
  p4.wxyz = v4;
  v4.wxzy = v4;
  v4.wxzy += v4;
  p4.wxzy = v4;
  v4.wyxz = v4;
  v4.wyxz += v4;
  p4.wyxz = v4;
  v4.wyzx = v4;
  v4.wyzx += v4;
  p4.wyzx = v4;
  v4.wzxy = v4;
  v4.wzxy += v4;
  p4.wzxy = v4;
  v4.wzyx = v4;
  v4.wzyx += v4;
  p4.wzyx = v4;
}

template <class T, int N>
void compare() {
  typedef vec<T, N> V;
  typedef vec<bool, N> B;
  V a(T(1)), b(T(2));
  CHECK(B, a == b) CHECK(B, a != b) CHECK(B, a < b) CHECK(B, a <= b) CHECK(B, a > b) CHECK(B, a >= b)
  CHECK(B, a == T(1)) CHECK(B, T(1) < a) CHECK(B, !(a == b)) CHECK(B, a < b && b > a) CHECK(B, a < b || b > a)
}

template <class T, int N>
void compute() {
  typedef vec<T, N> V;
  V a(T(1)), b(T(2));
  packed_vec<T, N> p(a);
  CHECK(V, a + b) CHECK(V, a - b) CHECK(V, a * b) CHECK(V, a / b) CHECK(V, -a) CHECK(V, +a)
  CHECK(V, a + T(1)) CHECK(V, T(1) - a) CHECK(V, a * 2) CHECK(V, 2 / a) CHECK(V, p + b) CHECK(V, p * p)
  a += b; a -= b; a *= b; a /= b; a += T(1); a *= 2; p += b; p *= T(2); ++a; a++; --a; a--;
  compare<T, N>();
}

template <class T, int N>
void bits() {
  typedef vec<T, N> V;
  V a(T(1)), b(T(2));
  packed_vec<T, N> p(a);
  CHECK(V, a % b) CHECK(V, a & b) CHECK(V, a | b) CHECK(V, a ^ b) CHECK(V, ~a) CHECK(V, a << b) CHECK(V, a >> b)
  CHECK(V, a << T(1)) CHECK(V, a & T(1)) CHECK(V, p ^ b)
  a %= b; a &= b; a |= b; a ^= b; a <<= b; a >>= T(1); p |= b; p <<= b;
  compute<T, N>();
}

template <class T>
void of_numbers() {
  construct<T>();
  swizzle<T>();
  compute<T, 2>();
  compute<T, 3>();
  compute<T, 4>();
}

template <class T>
void of_integers() {
  of_numbers<T>();
  bits<T, 2>();
  bits<T, 3>();
  bits<T, 4>();
}

static_assert(float3(1, 2, 3).zyx[0] == 3.0f && int2(1, 2).y == 2 && all(float2(1) == float2(1, 1)), "");
constexpr constant float4 table[2] = {float4(1), float4(1, 2, 3, 4)};
static_assert(table[1].w == 4.0f, "");

kernel void inventory(device float3 *stored [[buffer(0)]], device packed_half3 *packed [[buffer(1)]]) {
  of_integers<char>(); of_integers<uchar>(); of_integers<short>(); of_integers<ushort>();
  of_integers<int>(); of_integers<uint>(); of_integers<long>(); of_integers<ulong>();
  of_numbers<half>(); of_numbers<bfloat>(); of_numbers<float>();
  compare<bool, 3>();
  stored[0].xz = stored[1].zx;
  stored[1] *= 2;
  packed[0].yz = packed[1].xy;
  packed[1] = half3(stored[0]);
}
