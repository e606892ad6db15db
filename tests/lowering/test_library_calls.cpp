// The machine code of every executor on the CPU computes all functions itself: it calls no library.
#include <gtest/gtest.h>

#include "backend/checked/lower_to_threads.h"
#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "canonical_kernel.h"

namespace pymetal::tests {
namespace {

constexpr const char* kAllFunctions = R"(
    template <class T> void all(device T *q, uint i) {
      device T *p = q + i * 64;
      T x = p[0], y = p[1], z = p[2], w;
      int e;
      p[3] = acos(x); p[4] = acosh(x); p[5] = asin(x); p[6] = asinh(x); p[7] = atan(x); p[8] = atan2(x, y);
      p[9] = atanh(x); p[10] = ceil(x); p[11] = copysign(x, y); p[12] = cos(x); p[13] = cosh(x); p[14] = cospi(x);
      p[15] = divide(x, y); p[16] = exp(x); p[17] = exp10(x); p[18] = exp2(x); p[19] = fabs(x); p[20] = fdim(x, y);
      p[21] = floor(x); p[22] = fma(x, y, z); p[23] = fmax(x, y); p[24] = fmin(x, y); p[25] = fmod(x, y);
      p[26] = fract(x); p[27] = frexp(x, e); p[28] = T(e + ilogb(x)); p[29] = ldexp(x, e); p[30] = log(x);
      p[31] = log10(x); p[32] = log2(x); p[33] = modf(x, w); p[34] = w; p[35] = nextafter(x, y); p[36] = pow(x, y);
      p[37] = powr(x, y); p[38] = rint(x); p[39] = round(x); p[40] = rsqrt(x); p[41] = sin(x); p[42] = sincos(x, w);
      p[43] = sinh(x); p[44] = sinpi(x); p[45] = sqrt(x); p[46] = tan(x); p[47] = tanh(x); p[48] = tanpi(x);
      p[49] = trunc(x); p[50] = T(int(x)) + T(ulong(y)) + T(long(z)) + T(uchar(x));
    }
    kernel void k(device float *f, device half *h, device bfloat *b, device ulong *m, uint i [[thread_position_in_grid]]) {
      all(f, i); all(h, i); all(b, i);
      device ulong *n = m + i * 16;
      n[0] = mulhi(n[1], n[2]) + popcount(n[3]) + n[4] / n[5] + n[6] % n[7] + madsat(n[8], n[9], n[10]);
    })";

/// What the code calls, but for the executor's own functions. The thread sanitizer's build calls that sanitizer
/// besides, at each access to memory.
std::vector<std::string> calls_of(llvm::Module& module, llvm::TargetMachine& target) {
  std::vector<std::string> symbols = backend::cpu::make_code(module, target).symbols;
  std::erase_if(symbols, [](const std::string& symbol) { return symbol.starts_with("pymetal_"); });
  // Of the sanitizers, where they check kernels.
  std::erase_if(symbols, [](const std::string& symbol) {
    return symbol.starts_with("__tsan_") || symbol.starts_with("__asan_") || symbol.starts_with("__ubsan_");
  });
  return symbols;
}

std::vector<std::string> levels() {
#if defined(__x86_64__)
  return {backend::cpu::kNativeCpu, "x86-64-v2", "x86-64-v3"};
#else
  return {backend::cpu::kNativeCpu};
#endif
}

/// Without the F16C extension, halves are converted by the functions that come with every compiler.
std::vector<std::string> without_conversions(const std::string& level, std::vector<std::string> calls) {
  if (level == "x86-64-v2")
    std::erase_if(calls, [](const std::string& call) { return call == "__extendhfsf2" || call == "__truncsfhf2"; });
  return calls;
}

class LibraryCalls : public testing::TestWithParam<std::string> {};

TEST_P(LibraryCalls, ThreadsMakeNone) {
  const auto kernel = canonical(kAllFunctions);
  const auto target = backend::cpu::make_host_target(GetParam());
  backend::checked::lower_to_threads(*kernel.module, *target);
  EXPECT_EQ(without_conversions(GetParam(), calls_of(*kernel.module, *target)), std::vector<std::string>());
}

TEST_P(LibraryCalls, SimdgroupsMakeNone) {
  const auto kernel = canonical(kAllFunctions);
  const auto target = backend::cpu::make_host_target(GetParam());
  backend::simd::lower_to_simdgroups(*kernel.module, *target, {});
  EXPECT_EQ(without_conversions(GetParam(), calls_of(*kernel.module, *target)), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Levels, LibraryCalls, testing::ValuesIn(levels()),
                         [](const testing::TestParamInfo<std::string>& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace pymetal::tests
