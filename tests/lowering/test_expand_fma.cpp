// Fused multiply-add without the instruction rounds once, as the instruction does.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "backend/cpu/loaded_code.h"
#include "backend/cpu/make_code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/expand_fma.h"

namespace pymetal::tests {
namespace {

constexpr int kLanes = 32;

constexpr const char* kCode = R"(
  declare <32 x float> @llvm.fma.v32f32(<32 x float>, <32 x float>, <32 x float>)
  declare float @llvm.fma.f32(float, float, float)
  define void @lanes(ptr %a, ptr %b, ptr %c, ptr %r) {
    %x = load <32 x float>, ptr %a, align 4
    %y = load <32 x float>, ptr %b, align 4
    %z = load <32 x float>, ptr %c, align 4
    %v = call <32 x float> @llvm.fma.v32f32(<32 x float> %x, <32 x float> %y, <32 x float> %z)
    store <32 x float> %v, ptr %r, align 4
    ret void
  }
  define float @one(float %x, float %y, float %z) {
    %v = call float @llvm.fma.f32(float %x, float %y, float %z)
    ret float %v
  }
)";

/// The number of further calls: where there are many, a function stands for all.
struct ExpandFma : testing::TestWithParam<int> {
  ExpandFma() {
    llvm::LLVMContext context;
    llvm::SMDiagnostic problem;
    std::string text = kCode;
    for (int i = 0; i < GetParam(); ++i)
      text += "define float @further" + std::to_string(i) +
              "(float %x) {\n%v = call float @llvm.fma.f32(float %x, float %x, float %x)\nret float %v\n}\n";
    const auto module = llvm::parseAssemblyString(text, problem, context);
    llvm::ModuleAnalysisManager analyses;
    lowering::ExpandFma::run(*module, analyses);
    const auto target = backend::cpu::make_host_target();
    module->setDataLayout(target->createDataLayout());
    module->setTargetTriple(target->getTargetTriple());
    code = std::make_unique<backend::cpu::LoadedCode>(backend::cpu::make_code(*module, *target),
                                                      std::initializer_list<backend::cpu::LoadedCode::Symbol>{});
    lanes = reinterpret_cast<void (*)(const float*, const float*, const float*, float*)>(code->address("lanes"));
    one = reinterpret_cast<float (*)(float, float, float)>(code->address("one"));
  }

  __attribute__((no_sanitize("function"))) void check(const float* a, const float* b, const float* c) const {
    float results[kLanes];
    lanes(a, b, c, results);
    for (int i = 0; i < kLanes; ++i) {
      const float exact = std::fma(a[i], b[i], c[i]);
      if (std::isnan(exact)) {
        EXPECT_TRUE(std::isnan(results[i]) && std::isnan(one(a[i], b[i], c[i])));
        continue;
      }
      std::uint32_t bits[3];
      const float alone = one(a[i], b[i], c[i]);
      std::memcpy(bits, &exact, 4);
      std::memcpy(bits + 1, results + i, 4);
      std::memcpy(bits + 2, &alone, 4);
      ASSERT_TRUE(bits[0] == bits[1] && bits[0] == bits[2])
          << std::hexfloat << a[i] << " * " << b[i] << " + " << c[i] << " is " << exact << ", not " << results[i];
    }
  }

  std::unique_ptr<backend::cpu::LoadedCode> code;
  void (*lanes)(const float*, const float*, const float*, float*);
  float (*one)(float, float, float);
};

TEST_P(ExpandFma, AnyBits) {
  std::mt19937 random(1);
  float values[3][kLanes];
  for (int round = 0; round < 20000; ++round) {
    for (auto& row : values)
      for (float& value : row) {
        const std::uint32_t bits = random();
        std::memcpy(&value, &bits, 4);
      }
    check(values[0], values[1], values[2]);
  }
}

/// Products that nearly cancel, and sums that lie near the middle of two floats.
TEST_P(ExpandFma, NearTies) {
  std::mt19937 random(2);
  float values[3][kLanes];
  for (int round = 0; round < 20000; ++round) {
    for (int i = 0; i < kLanes; ++i) {
      const auto digits = [&] { return static_cast<float>((random() & 0xffff) * 2 + 0x800001); };
      values[0][i] = digits();
      values[1][i] = std::ldexp(digits(), static_cast<int>(random() % 60) - 170);
      const double product = static_cast<double>(values[0][i]) * values[1][i];
      values[2][i] = static_cast<float>(std::ldexp(-product, static_cast<int>(random() % 3) * 24));
      if ((random() & 1) != 0)
        values[2][i] = std::ldexp(1.0f, std::ilogb(product) + static_cast<int>(random() % 80) - 40);
    }
    check(values[0], values[1], values[2]);
  }
}

TEST_P(ExpandFma, Limits) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float special[] = {0.0f,          -0.0f,     1.0f,       -1.0f,     kInfinity,       -kInfinity,
                           std::nanf(""), 0x1p-149f, -0x1p-149f, 0x1p-126f, 0x1.fffffep127f, -0x1.fffffep127f,
                           0x1.000002p0f, 0x1p-100f, 0x1p100f,   3.0f};
  float values[3][kLanes];
  for (const float a : special)
    for (const float b : special) {
      for (int i = 0; i < kLanes; ++i) {
        values[0][i] = a;
        values[1][i] = b;
        values[2][i] = special[i % 16];
      }
      check(values[0], values[1], values[2]);
    }
}

INSTANTIATE_TEST_SUITE_P(Calls, ExpandFma, testing::Values(0, 100));

}  // namespace
}  // namespace pymetal::tests
