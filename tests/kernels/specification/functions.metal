// What functions give, one example of each: common, math, integer, relational, geometric.
#include "expect.h"

kernel void common(device int* failed [[buffer(0)]]) {
  EXPECT(min(1, 2) == 1 && max(2u, 1u) == 2 && min(1.0h, 2.0h) == 1 && max(1.0bf, 2.0bf) == 2.0bf);
  EXPECT(max(short(1), short(2)) == 2 && max(uchar(1), uchar(2)) == 2 && min(1l, 2l) == 1);
  EXPECT(min3(3, 1, 2) == 1 && max3(3.0f, 1.0f, 2.0f) == 3 && median3(3, 1, 2) == 2 && fmedian3(3.0h, 1.0h, 2.0h) == 2);
  EXPECT(all(max3(int2(1), int2(2), int2(3)) == 3) && fmin3(3.0f, 1.0f, 2.0f) == 1 && fmax3(3.0f, 1.0f, 2.0f) == 3);
  EXPECT(clamp(5, 1, 3) == 3 && clamp(5.0f, 1.0f, 3.0f) == 3 && all(clamp(float2(0, 5), 1.0f, 3.0f) == float2(1, 3)));
  EXPECT(saturate(2.0f) == 1 && saturate(-1.0h) == 0 && mix(1.0f, 3.0f, 0.5f) == 2);
  EXPECT(all(mix(float2(1), float2(3), 0.5f) == 2) && sign(-2.0f) == -1 && sign(0.0f) == 0 && sign(NAN) == 0);
  EXPECT(smoothstep(0.0f, 1.0f, 0.5f) == 0.5f && step(0.5f, 0.4f) == 0 &&
         all(step(0.5f, float2(0.4, 0.6)) == float2(0, 1)));
  EXPECT(min(2.5f, 3) == 2.5f && max(0, 1.5f) == 1.5f && all(max(float4(1), 2.0f) == 2) && all(max(int4(1), 2) == 2));
}

kernel void math(device int* failed [[buffer(0)]]) {
  EXPECT(abs(-3) == 3 && abs(-3.0f) == 3 && fabs(-2.0h) == 2 && all(abs(int2(-1)) == 1));
  EXPECT(pow(2.0f, 3) == 8 && pow(2, 3) == 8 && powr(2.0f, 3.0f) == 8 && all(pow(float2(2), float2(3)) == 8));
  EXPECT(fma(2.0f, 3.0f, 1.0f) == 7 && fma(2.0h, 3.0h, 1.0h) == 7 && divide(6.0f, 3.0f) == 2);
  EXPECT(fmod(-5.0f, 3.0f) == -2 && fdim(3.0f, 1.0f) == 2 && ldexp(1.0f, 3) == 8 && ilogb(8.0f) == 3);
  EXPECT(copysign(1.0f, -2.0f) == -1 && nextafter(1.0f, 2.0f) > 1 && fract(2.75f) == 0.75f);
  EXPECT(trunc(-1.5f) == -1 && rint(2.5f) == 2 && round(2.5f) == 3 && ceil(1.2f) == 2 && floor(-1.2f) == -2);
  EXPECT(rsqrt(4.0f) == 0.5f && sqrt(9.0f) == 3 && exp2(3.0f) == 8 && exp10(2.0f) == 100 && log2(8.0f) == 3);
  EXPECT(log10(1000.0f) == 3 && cospi(1.0f) == -1 && sinpi(0.5f) == 1 && tanpi(0.0f) == 0 && atan2(0.0f, 1.0f) == 0);
  EXPECT(fmax(NAN, 1.0f) == 1 && isnan(NAN) && INFINITY == HUGE_VALF && FLT_MAX == MAXFLOAT && HALF_MAX == MAXHALF);
}

struct Results {
  float one;
  float3 three;
};
kernel void references(device int* failed [[buffer(0)]], device float* numbers [[buffer(1)]],
                       device int* exponents [[buffer(2)]], device Results* results [[buffer(3)]],
                       device half* halves [[buffer(4)]]) {
  threadgroup float shared[4];
  threadgroup int shared_exponents[4];
  threadgroup float4 shared_vector;
  float own[2];
  float4 vector;
  int exponent;
  int3 exponents3;
  EXPECT(frexp(8.0f, exponent) == 0.5f && exponent == 4);
  EXPECT(frexp(8.0f, exponents[1]) == 0.5f && exponents[1] == 4);
  EXPECT(frexp(8.0f, shared_exponents[1]) == 0.5f && shared_exponents[1] == 4);
  EXPECT(all(frexp(float3(8, 4, 2), exponents3) == 0.5f) && all(exponents3 == int3(4, 3, 2)));
  EXPECT(modf(2.5f, numbers[1]) == 0.5f && numbers[1] == 2);
  EXPECT(modf(2.5f, shared[1]) == 0.5f && shared[1] == 2);
  EXPECT(modf(-2.5f, own[1]) == -0.5f && own[1] == -2);
  EXPECT(modf(2.5f, vector[2]) == 0.5f && vector.z == 2);
  EXPECT(modf(2.5f, results->one) == 0.5f && results->one == 2);
  EXPECT(all(modf(float3(2.5f), results->three) == 0.5f) && results->three.y == 2);
  EXPECT(modf(2.5h, halves[0]) == 0.5h && halves[0] == 2);
  EXPECT(sincos(0.0f, own[0]) == 0 && own[0] == 1);
  EXPECT(precise::sincos(0.0f, numbers[2]) == 0 && numbers[2] == 1);
  EXPECT(all(fast::sincos(float4(0), shared_vector) == 0) && shared_vector.w == 1);
}

kernel void integer(device int* failed [[buffer(0)]]) {
  EXPECT(clz(1) == 31 && clz(0) == 32 && ctz(0) == 32 && clz(uchar(1)) == 7 && clz(1l) == 63 && ctz(1ul << 40) == 40);
  EXPECT(popcount(255) == 8 && popcount(~0ul) == 64 && reverse_bits(1u) == 0x80000000u &&
         reverse_bits(uchar(1)) == 128);
  EXPECT(extract_bits(0xff0u, 4u, 8u) == 0xff && extract_bits(-1, 0, 4) == -1 && extract_bits(5u, 0u, 0u) == 0);
  EXPECT(insert_bits(0u, 15u, 4u, 4u) == 0xf0 && rotate(1u, 31u) == 0x80000000u && rotate(uchar(0x81), uchar(1)) == 3);
  EXPECT(mulhi(0x80000000u, 4u) == 2 && mulhi(-1, -1) == 0 && mulhi(1ul << 63, 4ul) == 2);
  EXPECT(madhi(0x80000000u, 4u, 1u) == 3 && madsat(INT_MAX, 2, 1) == INT_MAX && mul24(3, 4) == 12 &&
         mad24(3, 4, 5) == 17);
  EXPECT(addsat(INT_MAX, 1) == INT_MAX && addsat(uchar(250), uchar(10)) == 255 && subsat(1u, 2u) == 0);
  EXPECT(subsat(char(-128), char(1)) == -128 && hadd(INT_MAX, INT_MAX) == INT_MAX && rhadd(1, 2) == 2);
  EXPECT(absdiff(-5, 5) == 10u && absdiff(char(-128), char(127)) == 255 && abs(INT_MIN) == INT_MIN);
  EXPECT(all(popcount(uint2(3, 7)) == uint2(2, 3)) && all(clz(int3(1, 2, 4)) == int3(31, 30, 29)));
}

kernel void relational(device int* failed [[buffer(0)]]) {
  EXPECT(isinf(INFINITY) && isfinite(1.0f) && isnormal(1.0f) && !isnormal(0.0f) && signbit(-0.0f));
  EXPECT(isordered(1.0f, 2.0f) && isunordered(NAN, 1.0f) && isnan(half(NAN)) && isnan(bfloat(NAN)));
  EXPECT(select(1, 2, true) == 2 && all(select(int2(1), int2(2), bool2(1, 0)) == int2(2, 1)));
  EXPECT(all(select(long2(1), long2(2), bool2(1)) == 2) && all(select(uchar3(1), uchar3(2), bool3(1)) == 2));
}

kernel void geometric(device int* failed [[buffer(0)]]) {
  EXPECT(all(cross(float3(1, 0, 0), float3(0, 1, 0)) == float3(0, 0, 1)) && dot(half3(1), half3(2)) == 6);
  EXPECT(length(float2(3, 4)) == 5 && length_squared(float2(3, 4)) == 25 && distance(float2(0), float2(3, 4)) == 5);
  EXPECT(all(normalize(float3(0, 0, 2)) == float3(0, 0, 1)) &&
         all(reflect(float2(1, -1), float2(0, 1)) == float2(1, 1)));
  EXPECT(all(refract(float2(0, -1), float2(0, 1), 1.0f) == float2(0, -1)));
  EXPECT(all(faceforward(float2(0, 1), float2(0, -1), float2(0, 1)) == float2(0, 1)));
}
