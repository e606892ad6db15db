// The device math library against long double, over floats of every exponent. The bounds are those of the Metal Shading
// Language Specification, version 4 of June 2025, section 8.4: table 8.1 for precise functions, and table 8.2 with fast
// math. PYMETAL_MATH_DOSE=n takes n times as many samples; 40009 takes all floats.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

extern "C" {
#define DEVICE_1(name) float device_##name(float) __asm("mtl." #name ".f32");
#define DEVICE_2(name) float device_##name(float, float) __asm("mtl." #name ".f32");
DEVICE_1(acos)
DEVICE_1(acosh)
DEVICE_1(asin)
DEVICE_1(asinh)
DEVICE_1(atan)
DEVICE_1(atanh)
DEVICE_1(cos)
DEVICE_1(cosh)
DEVICE_1(cospi)
DEVICE_1(exp)
DEVICE_1(exp10)
DEVICE_1(exp2)
DEVICE_1(frexp_fraction)
DEVICE_1(log)
DEVICE_1(log10)
DEVICE_1(log2)
DEVICE_1(rsqrt)
DEVICE_1(sin)
DEVICE_1(sinh)
DEVICE_1(sinpi)
DEVICE_1(tan)
DEVICE_1(tanh)
DEVICE_1(tanpi)
DEVICE_2(atan2)
DEVICE_2(fmod)
DEVICE_2(nextafter)
DEVICE_2(pow)
DEVICE_2(powr)
float device_ldexp(float, int) __asm("mtl.ldexp.f32");
float device_sincos(float, float*) __asm("mtl.sincos.f32");
int device_frexp_exponent(float) __asm("mtl.frexp_exponent.f32");
int device_ilogb(float) __asm("mtl.ilogb.f32");
}

namespace {

using Exact = long double;
constexpr Exact kPi = std::numbers::pi_v<Exact>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// The distance of `result` from `exact`, in units of the last place of floats there.
double error_in_ulp(float result, Exact exact) {
  constexpr double kWrong = 1e30;
  const auto rounded = static_cast<float>(exact);
  if (std::isnan(result) || std::isnan(rounded)) return std::isnan(result) && std::isnan(rounded) ? 0 : kWrong;
  if (std::isinf(result) || std::isinf(rounded)) {
    if (result == rounded) return 0;
    const bool is_at_the_end = std::fabs(exact) > std::numeric_limits<float>::max() * 0.9999999L;
    return is_at_the_end && std::signbit(result) == std::signbit(rounded) ? 1 : kWrong;
  }
  if (result == 0 && rounded == 0) return 0;
  const int exponent = exact == 0 ? -149 : std::max(std::ilogb(exact) - 23, -149);
  return static_cast<double>(std::fabs(static_cast<Exact>(result) - exact) / std::ldexp(Exact(1), exponent));
}

Exact sin_pi(Exact x) {
  Exact turn = std::remainder(x, 2.0L);
  if (std::fabs(turn) > 0.5L) turn = std::copysign(1.0L, turn) - turn;
  return std::sin(kPi * turn);
}
Exact cos_pi(Exact x) {
  const Exact turn = std::fabs(std::remainder(x, 2.0L));
  return turn < 0.25L ? std::cos(kPi * turn) : std::sin(kPi * (0.5L - turn));
}

/// Odd, so that the last digits of mantissas take their turn.
std::uint32_t stride() {
  constexpr std::uint32_t kQuick = 40009;
  const char* dose = std::getenv("PYMETAL_MATH_DOSE");
  return (kQuick / std::max(1u, dose == nullptr ? 1u : static_cast<std::uint32_t>(std::atoi(dose)))) | 1u;
}

/// Floats evenly spread over all bit patterns, and those at which functions go wrong.
template <class Visit>
void for_each_float(Visit visit) {
  for (std::uint64_t bits = 0; bits <= 0xffffffffu; bits += stride())
    visit(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  for (const float x : {0.0f, 1.0f, 0.5f, 2.0f, 3.0f, 10.0f, kInfinity, kNaN, 0x1p-149f, 0x1p-126f, 131072.0f, 1e22f,
                        0.25f, 0x1.fffffep127f, 0x1.fffffep-1f, 0x1.000002p0f, 88.72284f, 103.97208f, 89.4159851f}) {
    visit(x);
    visit(-x);
  }
}

struct Unary {
  const char* name;
  float (*function)(float);
  Exact (*exact)(Exact);
  double bound;
};

class UnaryMath : public testing::TestWithParam<Unary> {};

TEST_P(UnaryMath, IsWithinTheSpecification) {
  const Unary& unary = GetParam();
  double worst = 0;
  float where = 0;
  for_each_float([&](float x) {
    const double error = error_in_ulp(unary.function(x), unary.exact(x));
    if (error > worst) {
      worst = error;
      where = x;
    }
  });
  EXPECT_LE(worst, unary.bound) << unary.name << "(" << where << ") is " << unary.function(where) << ", not "
                                << unary.exact(where);
  RecordProperty("worst_error_in_ulp", std::to_string(worst));
}

TEST(Rsqrt, IsRoundedCorrectly) {
  // A quarter of the argument has twice the result, so that two binades stand for all.
  for (float x = 1; x < 4; x = std::nextafter(x, 4.0f))
    ASSERT_EQ(device_rsqrt(x), static_cast<float>(1 / std::sqrt(static_cast<Exact>(x)))) << x;
}

INSTANTIATE_TEST_SUITE_P(
    Table, UnaryMath,
    testing::Values(Unary{"acos", device_acos, std::acos, 4}, Unary{"acosh", device_acosh, std::acosh, 4},
                    Unary{"asin", device_asin, std::asin, 4}, Unary{"asinh", device_asinh, std::asinh, 4},
                    Unary{"atan", device_atan, std::atan, 5}, Unary{"atanh", device_atanh, std::atanh, 5},
                    Unary{"cos", device_cos, std::cos, 4}, Unary{"cosh", device_cosh, std::cosh, 4},
                    Unary{"cospi", device_cospi, cos_pi, 4}, Unary{"exp", device_exp, std::exp, 4},
                    Unary{"exp10", device_exp10, [](Exact x) { return std::pow(10.0L, x); }, 4},
                    Unary{"exp2", device_exp2, std::exp2, 4}, Unary{"log", device_log, std::log, 4},
                    Unary{"log10", device_log10, std::log10, 4}, Unary{"log2", device_log2, std::log2, 4},
                    Unary{"rsqrt", device_rsqrt, [](Exact x) { return 1 / std::sqrt(x); }, 0.5000001},
                    Unary{"sin", device_sin, std::sin, 4}, Unary{"sinh", device_sinh, std::sinh, 4},
                    Unary{"sinpi", device_sinpi, sin_pi, 4}, Unary{"tan", device_tan, std::tan, 6},
                    Unary{"tanh", device_tanh, std::tanh, 5},
                    Unary{"tanpi", device_tanpi, [](Exact x) { return sin_pi(x) / cos_pi(x); }, 6}),
    [](const testing::TestParamInfo<Unary>& info) { return info.param.name; });

/// A function with a limit of its own in table 8.2. The others there are written as formulas of these.
struct Fast {
  const char* name;
  float (*function)(float);
  Exact (*exact)(Exact);
  /// Whether the table allows a result of that error, in units of the last place and as it is.
  bool (*allows)(Exact x, double ulp, Exact difference);
};

constexpr Exact power_of_two(int n) { return n < 0 ? power_of_two(n + 1) / 2 : n > 0 ? power_of_two(n - 1) * 2 : 1; }
bool allows_exponential(Exact x, double ulp, Exact) { return ulp <= 3 + std::floor(std::fabs(2 * x)); }
bool allows_angle(Exact x, double, Exact difference) { return std::fabs(x) > kPi || difference <= power_of_two(-13); }
bool allows_turn(Exact x, double, Exact difference) { return std::fabs(x) > 1 || difference <= power_of_two(-13); }

class FastMath : public testing::TestWithParam<Fast> {};

TEST_P(FastMath, IsWithinTheSpecification) {
  const Fast& fast = GetParam();
  for_each_float([&](float x) {
    const float result = fast.function(x);
    const Exact exact = fast.exact(x);
    if (!std::isfinite(x) || !std::isfinite(static_cast<float>(exact)) || !std::isfinite(result)) return;
    ASSERT_TRUE(fast.allows(x, error_in_ulp(result, exact), std::fabs(result - exact)))
        << fast.name << "(" << x << ") is " << result << ", not " << exact;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Table, FastMath,
    testing::Values(Fast{"acos", device_acos, std::acos, [](Exact, double ulp, Exact) { return ulp <= 5; }},
                    Fast{"asin", device_asin, std::asin, [](Exact, double ulp, Exact) { return ulp <= 5; }},
                    Fast{"atan", device_atan, std::atan, [](Exact, double ulp, Exact) { return ulp <= 5; }},
                    Fast{"cos", device_cos, std::cos, allows_angle}, Fast{"sin", device_sin, std::sin, allows_angle},
                    Fast{"cospi", device_cospi, cos_pi, allows_turn}, Fast{"sinpi", device_sinpi, sin_pi, allows_turn},
                    Fast{"exp", device_exp, std::exp, allows_exponential},
                    Fast{"exp2", device_exp2, std::exp2, allows_exponential},
                    Fast{"log", device_log, std::log,
                         [](Exact x, double ulp, Exact difference) {
                           return x >= 0.5L && x <= 2 ? difference <= power_of_two(-21) : x <= 0 || ulp <= 3;
                         }},
                    Fast{"log2", device_log2, std::log2,
                         [](Exact x, double ulp, Exact difference) {
                           return x >= 0.5L && x <= 2 ? difference <= power_of_two(-22) : x <= 0 || ulp <= 2;
                         }},
                    Fast{"rsqrt", device_rsqrt, [](Exact x) { return 1 / std::sqrt(x); },
                         [](Exact, double ulp, Exact) { return ulp <= 2; }}),
    [](const testing::TestParamInfo<Fast>& info) { return info.param.name; });

struct Binary {
  const char* name;
  float (*function)(float, float);
  Exact (*exact)(Exact, Exact);
  double bound;
};

class BinaryMath : public testing::TestWithParam<Binary> {};

TEST_P(BinaryMath, IsWithinTheSpecification) {
  const Binary& binary = GetParam();
  double worst = 0;
  float where[2] = {};
  const auto visit = [&](float x, float y) {
    const float result = binary.function(x, y);
    const Exact exact = binary.exact(x, y);
    const double error = error_in_ulp(result, exact);
    if (result == 0 && exact == 0) {
      ASSERT_EQ(std::signbit(result), std::signbit(exact)) << binary.name << "(" << x << ", " << y << ")";
    }
    if (error > worst) {
      worst = error;
      where[0] = x;
      where[1] = y;
    }
  };
  const std::vector<float> special = {0.0f,         1.0f, 0.5f,      2.0f, 3.0f,      16777216.0f,     16777215.0f,
                                      kInfinity,    kNaN, 0x1p-149f, 7.5f, 0x1p-126f, 0x1.fffffep127f, 0x1.fffffep-1f,
                                      0x1.000002p0f};
  for (const float x : special)
    for (const float y : special)
      for (const float signed_x : {x, -x})
        for (const float signed_y : {y, -y}) visit(signed_x, signed_y);
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the samples stay the same
  std::uniform_real_distribution<float> near_one(0, 8);
  std::uniform_real_distribution<float> exponent(-60, 60);
  for (std::uint64_t n = 0; n < 8'000'000'000u / stride(); ++n) {
    visit(std::bit_cast<float>(static_cast<std::uint32_t>(random())),
          std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    visit(near_one(random), exponent(random));
  }
  EXPECT_LE(worst, binary.bound) << binary.name << "(" << where[0] << ", " << where[1] << ")";
  RecordProperty("worst_error_in_ulp", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Table, BinaryMath,
                         testing::Values(Binary{"atan2", device_atan2, std::atan2, 6},
                                         Binary{"fmod", device_fmod, std::fmod, 0},
                                         Binary{"pow", device_pow, std::pow, 16}),
                         [](const testing::TestParamInfo<Binary>& info) { return info.param.name; });

TEST(PowerOfPositiveNumbers, HasItsOwnSpecialCases) {
  for (const auto& [x, y] : {std::pair{-1.0f, 2.0f},
                             {0.0f, 0.0f},
                             {kInfinity, 0.0f},
                             {1.0f, kInfinity},
                             {1.0f, kNaN},
                             {kNaN, 0.0f},
                             {-0.0f, 0.0f}})
    EXPECT_TRUE(std::isnan(device_powr(x, y))) << x << " " << y;
  EXPECT_EQ(device_powr(0.0f, -2.0f), kInfinity);
  EXPECT_EQ(device_powr(-0.0f, 3.0f), 0.0f);
  EXPECT_EQ(device_powr(2.0f, 10.0f), 1024.0f);
  EXPECT_EQ(device_powr(kInfinity, -1.0f), 0.0f);
}

TEST(PartsOfFloats, AreExact) {
  std::mt19937 random(2);  // NOLINT(bugprone-random-generator-seed): the samples stay the same
  for_each_float([&](float x) {
    if (std::isnan(x)) return;
    const int n = static_cast<int>(random() % 700) - 350;
    ASSERT_EQ(device_ldexp(x, n), std::ldexp(x, n)) << x << " " << n;
    float cosine = 0;
    const float sine = device_sincos(x, &cosine);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(sine), std::bit_cast<std::uint32_t>(device_sin(x))) << x;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(cosine), std::bit_cast<std::uint32_t>(device_cos(x))) << x;
    ASSERT_EQ(device_nextafter(x, -x), std::nextafter(x, -x)) << x;
    ASSERT_EQ(device_nextafter(x, kInfinity), std::nextafter(x, kInfinity)) << x;
    if (x == 0 || std::isinf(x)) return;
    int exponent = 0;
    ASSERT_EQ(device_frexp_fraction(x), std::frexp(x, &exponent)) << x;
    ASSERT_EQ(device_frexp_exponent(x), exponent) << x;
    ASSERT_EQ(device_ilogb(x), std::ilogb(x)) << x;
  });
}

TEST(WholePowers, AreWhole) {
  for (int n = -149; n < 128; ++n) EXPECT_EQ(device_exp2(static_cast<float>(n)), std::ldexp(1.0f, n));
  float power = 1;
  for (int n = 0; n <= 10; ++n, power *= 10) {
    EXPECT_EQ(device_exp10(static_cast<float>(n)), power);
    EXPECT_EQ(device_log10(power), static_cast<float>(n));
    EXPECT_EQ(device_pow(10.0f, static_cast<float>(n)), power);
  }
  for (int n = -149; n < 128; ++n) EXPECT_EQ(device_log2(std::ldexp(1.0f, n)), static_cast<float>(n));
}

}  // namespace
