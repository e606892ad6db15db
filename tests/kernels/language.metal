// Exercises MSL as programs write it: templates, function constants, threadgroup arrays in nested scopes, methods on
// address spaces, vector constructors and swizzles. tests/kernels/test_language.py checks the results.
#include <metal_stdlib>

using namespace metal;

constant int kOffset [[function_constant(0)]];
constant bool kNegate [[function_constant(1)]];
constant float kScale [[function_constant(2)]];
constant bool kHasScale = is_function_constant_defined(kScale);
constant float kEffectiveScale = kHasScale ? kScale : 1.0;

constant float kTable[] = {1.0, 0.5, 0.25, 0.125};
constant float4 kVectors[2] = {float4(1, 2, 3, 4), float4(float2(5, 6), 7, 8)};

enum class Mode : uchar { Plain, Doubled };

struct Parameters {
  float4 scale;
  packed_float3 bias;
  uint count;
  Mode mode;
};

namespace shapes {
struct Counter {
  int value;
  int bumped() const device { return value + 1000; }
  int bumped() const thread { return value + 1; }
  int bumped() const threadgroup { return value + 10; }
  int bumped() const constant { return value + 100; }
};

template <typename T, int N>
struct Stack {
  T items[N];
  int used = 0;

  Stack() thread = default;
  Stack(T first) thread : used(1) { items[0] = first; }
  void push(T item) thread { items[used++] = item; }
  T sum() const thread {
    T total = T(0);
    for (int i = 0; i < used; ++i) total += items[i];
    return total;
  }
};

template <>
struct Stack<bool, 1> {
  bool only;
  bool sum() const thread { return only; }
};
}  // namespace shapes

template <typename T>
METAL_FUNC T square(T value) {
  return value * value;
}

template <typename T, typename... Rest>
T add_all(T first, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return first;
  } else {
    return first + add_all(rest...);
  }
}

void divide_with_rest(int a, int b, thread int &quotient, thread int &rest) {
  quotient = a / b;
  rest = a % b;
}

float read_any(const device float *p, uint i) { return p[i]; }
float read_any(threadgroup float *p, uint i) { return p[i] + 100; }

// The reverse of each threadgroup's part, through an array that lives in a nested scope of a template.
template <typename T, int SIZE>
kernel void reverse(device const T *in [[buffer(0)]], device T *out [[buffer(1)]], uint i [[thread_position_in_grid]],
                    uint local [[thread_index_in_threadgroup]]) {
  T value = in[i];
  for (int round = 0; round < 3; ++round) {
    threadgroup T tile[SIZE];
    {
      threadgroup T shadow[SIZE], other[2];
      shadow[local] = value;
      if (local < 2) other[local] = T(round);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      tile[local] = shadow[SIZE - 1 - local] + other[1] - other[0];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    value = tile[local];
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  out[i] = value;
}
template [[host_name("reverse_float")]] [[kernel]] void reverse<float, 32>(device const float *, device float *, uint, uint);
template [[host_name("reverse_int")]] kernel void reverse<int, 64>(device const int *, device int *, uint, uint);
typedef decltype(reverse<half, 16>) reverse_half_t;
template [[host_name("reverse_half")]] kernel reverse_half_t reverse<half, 16>;

kernel void vectors(device float4 *out [[buffer(0)]], constant Parameters &parameters [[buffer(1)]],
                    constant int4 &whole [[buffer(2)]], device const packed_float3 *packed [[buffer(3)]]) {
  float4 v = float4(whole);
  out[0] = v;
  v.xy = v.yx;
  v.zw += float2(0.5, 0.25);
  out[1] = v;
  out[2].rgba = v.bgra;
  float3 three = float3(v.x, v.yz);
  out[3] = float4(three, 1);
  out[4] = float4(1, three);
  out[5] = float4(float2(1, 2), 3.0h, 4u);
  out[6] = select(float4(-1), float4(1), v > float4(2));
  out[7] = float4(float3(packed[1]), packed[0].y);
  out[8] = parameters.scale * 2 + float4(parameters.bias, 0);
  float4x4 m = float4x4(2.0);
  m[3] = float4(1, 2, 3, 1);
  out[9] = m * float4(1, 1, 1, 1);
  out[10] = transpose(m)[0];
  out[11] = as_type<float4>(as_type<uint4>(v));
  out[12] = kVectors[parameters.count - 1].wzyx;
  half4 small = half4(v);
  small.xyz *= 2.0h;
  out[13] = float4(small);
  int4 bits = int4(1, 2, 3, 4) << 2;
  out[14] = float4(bits.xxyy);
  out[15] = float4(all(v == v), any(v < float4(0)), dot(v, v), length(v.xy));
  out[16].x = v.x;
  out[16].yzw = float3(uchar3(250, 251, 252));
}

kernel void methods(device shapes::Counter *counters [[buffer(0)]], constant shapes::Counter &fixed [[buffer(1)]],
                    device float *out [[buffer(2)]], device const float *values [[buffer(3)]]) {
  threadgroup shapes::Counter shared;
  shared.value = 5;
  threadgroup float tile[4];
  tile[2] = 7;
  shapes::Counter own = counters[0];
  out[0] = counters[0].bumped();
  out[1] = fixed.bumped();
  out[2] = shared.bumped();
  out[3] = own.bumped();
  shapes::Stack<int, 8> stack(3);
  stack.push(4);
  stack.push(own.value);
  out[4] = stack.sum();
  shapes::Stack<bool, 1> flag = {true};
  out[5] = flag.sum();
  int quotient, rest;
  divide_with_rest(17, 5, quotient, rest);
  out[6] = quotient * 100 + rest;
  out[7] = read_any(values, 1);
  out[8] = read_any(tile, 2);
  out[9] = add_all(1, 2, 3, 4) + square(1.5) + square(int3(1, 2, 3)).z;
  auto larger = [](float a, float b) { return a > b ? a : b; };
  out[10] = larger(values[0], values[1]);
  out[11] = own.value != 0 ? values[2] : float(0);
  shapes::Counter chosen = own.value > 0 ? counters[1] : shapes::Counter{9};
  out[12] = chosen.value;
  array<float, 3> list = {1, 2, 3};
  float total = 0;
  for (uint i = 0; i < list.size(); ++i) total += list[i];
  out[13] = total;
  union {
    float f;
    uint u;
  } pun;
  pun.f = 1.0;
  out[14] = pun.u == 0x3f800000 ? 1 : 0;
  switch (quotient) {
    case 3: out[15] = 33; break;
    default: out[15] = -1;
  }
}

kernel void constants(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  float value = kTable[i % 4] * kEffectiveScale + kOffset;
  if (kNegate) value = -value;
  out[i] = value;
}

[[kernel]] void implicit_slots(device const int *a, constant int &b, device int *out, threadgroup int *scratch,
                               uint local [[thread_index_in_threadgroup]]) {
  scratch[local] = a[local] * b;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[local] = scratch[local ^ 1];
}
