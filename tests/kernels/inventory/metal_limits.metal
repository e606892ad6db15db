// Every member of numeric_limits, and the macros of <metal_limits>.
#include "check.h"

template <class T>
void limits() {
  typedef numeric_limits<T> L;
  CHECK(T, L::min()) CHECK(T, L::max()) CHECK(T, L::lowest()) CHECK(T, L::epsilon()) CHECK(T, L::round_error())
  CHECK(T, L::infinity()) CHECK(T, L::quiet_NaN()) CHECK(T, L::signaling_NaN()) CHECK(T, L::denorm_min())
  static_assert(L::is_specialized && L::is_bounded && L::radix == 2, "");
  static_assert(L::is_integer == L::is_exact && L::is_integer != L::is_iec559, "");
  static_assert(L::is_signed == (L::lowest() < T(0)), "");
  constexpr int sum = L::digits + L::digits10 + L::max_digits10 + L::min_exponent + L::min_exponent10 +
                      L::max_exponent + L::max_exponent10;
  constexpr bool flags = L::has_infinity && L::has_quiet_NaN && L::has_signaling_NaN && L::has_denorm_loss &&
                         L::is_modulo && L::traps && L::tinyness_before;
  constexpr float_denorm_style denormals = L::has_denorm;
  constexpr float_round_style rounding = L::round_style;
  (void)sum, (void)flags, (void)denormals, (void)rounding;
}

static_assert(numeric_limits<int>::max() == INT_MAX && numeric_limits<uint>::max() == UINT_MAX, "");
static_assert(numeric_limits<long>::min() == LONG_MIN && numeric_limits<uchar>::max() == UCHAR_MAX, "");
static_assert(numeric_limits<float>::max() == FLT_MAX && numeric_limits<half>::max() == HALF_MAX, "");
static_assert(numeric_limits<bfloat>::epsilon() == BFLT_EPSILON && numeric_limits<float>::digits == 24, "");
static_assert(HALF_MAX == 65504.0h && HALF_MIN == 6.103515625e-05h && HALF_EPSILON == 9.765625e-04h, "");
static_assert(FLT_DIG == 6 && FLT_MANT_DIG == 24 && FLT_MAX_EXP == 128 && FLT_MIN_EXP == -125 && FLT_RADIX == 2, "");
static_assert(HALF_DIG == 3 && HALF_MANT_DIG == 11 && HALF_MAX_EXP == 16 && HALF_MIN_EXP == -13, "");
static_assert(SHRT_MIN == -32768 && USHRT_MAX == 65535 && CHAR_MIN == -128 && ULONG_MAX == ~0ul && CHAR_BIT == 8, "");
static_assert(BFLT_DIG == 2 && BFLT_MANT_DIG == 8 && BFLT_MAX_EXP == 128 && BFLT_MIN_EXP == -125 && BFLT_RADIX == 2, "");

kernel void inventory() {
  limits<bool>(); limits<char>(); limits<uchar>(); limits<short>(); limits<ushort>(); limits<int>(); limits<uint>();
  limits<long>(); limits<ulong>(); limits<half>(); limits<bfloat>(); limits<float>();
}
