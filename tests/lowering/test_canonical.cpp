// The canonical form: one function, inlined, specialised, with barriers where they were.
#include <gtest/gtest.h>

#include "canonical_kernel.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "lowering/intrinsics.h"
#include "pymetal/error.h"

namespace pymetal::tests {
namespace {

int definitions(const llvm::Module& module) {
  int found = 0;
  for (const llvm::Function& function : module) found += !function.isDeclaration();
  return found;
}

TEST(Canonical, LongAndRareFunctionsStayApart) {
  const auto kernel = canonical("kernel void k(device float *x) { x[0] = sin(x[0]) + cos(x[1]); }");
  EXPECT_EQ(definitions(*kernel.module), 2);
  EXPECT_EQ(count_calls(*kernel.module, "apart.reduce_large_angle"), 2);
}

TEST(Canonical, EverythingIsInlined) {
  const auto kernel = canonical(
      "float f(float x) { return exp(x) + pow(x, 2.5); }\n"
      "kernel void k(device float *x, uint i [[thread_position_in_grid]]) { x[i] = f(x[i]); }");
  EXPECT_EQ(definitions(*kernel.module), 1);
  EXPECT_NE(kernel.module->getFunction("mtl.kernel"), nullptr);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.buffer"), 1);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.thread_position_in_grid"), 1);
}

TEST(Canonical, PointersKeepTheirAddressSpace) {
  const auto kernel = canonical(
      "float get(const thread float *p) { return p[0]; }\n"
      "kernel void k(device float4 *x, constant float4 *c, uint i [[thread_position_in_grid]]) {"
      " threadgroup float4 t[4]; t[i] = c[i]; threadgroup_barrier(mem_flags::mem_threadgroup); x[i].xy = t[3 - i].zw; "
      "}");
  for (const llvm::Instruction& instruction : llvm::instructions(kernel.module->getFunction("mtl.kernel"))) {
    if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
      EXPECT_NE(load->getPointerAddressSpace(), 4u);
    }
    if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      EXPECT_NE(store->getPointerAddressSpace(), 4u);
    }
  }
  EXPECT_EQ(count<llvm::AllocaInst>(*kernel.module), 0);
}

TEST(Canonical, OnlyWhatLanesDoTogetherBeforeTheyLeaveStaysInTheLoop) {
  const auto leaves = [](const std::string& body) {
    const auto kernel = canonical(
        "int helper(int x) { return simd_max(x); }\nkernel void k(device int *x, uint i [[thread_position_in_grid]]) {"
        " for (int r = 0; r < x[i]; ++r) { " +
        body + " } x[i] = simd_sum(1); }");
    for (const char* mark : {"mtl.leave_loop", "mtl.leave_function", "mtl.next_round"})
      EXPECT_EQ(count_calls(*kernel.module, mark), 0) << body;
    return count_calls(*kernel.module, "mtl.never");
  };
  EXPECT_EQ(leaves("if (x[r] == 3) break;"), 0);
  EXPECT_EQ(leaves("if (x[r] == 3) { x[i] = 1; return; }"), 0);
  EXPECT_EQ(leaves("int y = simd_sum(r); if (x[y] == 3) break;"), 0);
  EXPECT_EQ(leaves("if (x[r] == 3) { float y[4]; y[x[r] & 3] = r; x[r] = y[i & 3]; break; }"), 0);
  EXPECT_EQ(leaves("if (x[r] == 3) { x[i] = simd_sum(1); break; }"), 1);
  EXPECT_EQ(leaves("if (x[r] == 3) { x[i] = helper(1); return; }"), 1);
}

TEST(Canonical, FunctionConstantsChooseTheCode) {
  const std::string source =
      "constant bool twice [[function_constant(0)]];\n"
      "kernel void k(device float *x) { if (twice) x[0] *= 2; else x[0] = sqrt(x[0]); }";
  FunctionConstantValues values;
  const bool yes = true;
  values.set_constant_value(&yes, DataType::Bool, 0);
  const auto kernel = canonical(source, values);
  EXPECT_EQ(count<llvm::BranchInst>(*kernel.module), 0);
  EXPECT_EQ(count_calls(*kernel.module, "llvm.sqrt.f32"), 0);
}

// One shape of control flow a line. Barriers neither move, nor double, nor vanish; a short loop around one is unrolled.
class Barriers : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(Barriers, AreKept) {
  const auto [body, expected] = GetParam();
  const auto kernel = canonical(std::string("kernel void k(device int *x, uint i [[thread_position_in_grid]]) {"
                                            "threadgroup int t[64]; t[i] = x[i];") +
                                body + "x[i] = t[i ^ 1]; }");
  EXPECT_EQ(count_calls(*kernel.module, "mtl.threadgroup_barrier"), expected) << text_of(*kernel.module);
}

#define BARRIER "threadgroup_barrier(mem_flags::mem_threadgroup);"
INSTANTIATE_TEST_SUITE_P(
    Shapes, Barriers,
    testing::Values(std::pair{BARRIER, 1}, std::pair{BARRIER BARRIER, 2}, std::pair{"if (x[0] > 0) {" BARRIER "}", 1},
                    std::pair{"if (x[0] > 0) {" BARRIER "t[i] = 1; } else {" BARRIER "t[i] = 2; }", 2},
                    std::pair{"for (int n = 0; n < x[1]; ++n) {" BARRIER "t[i] += n;" BARRIER "}", 2},
                    std::pair{"for (int n = 0; n < 3; ++n) { t[i] += n;" BARRIER "}", 3},
                    std::pair{"while (true) {" BARRIER "if (t[0] == 0) break;" BARRIER "}", 2},
                    std::pair{"if (i < 3) return;" BARRIER, 1}));

TEST(Canonical, BarriersOrderMemory) {
  const auto kernel = canonical(
      "kernel void k(device int *x, uint i [[thread_position_in_grid]]) { threadgroup int t[2]; t[0] = 1;" BARRIER
      " int a = t[0];" BARRIER " x[i] = a + t[0]; }");
  EXPECT_EQ(count<llvm::LoadInst>(*kernel.module), 2);
  EXPECT_EQ(count<llvm::StoreInst>(*kernel.module), 2);
}

TEST(Canonical, DivisionIsGuarded) {
  EXPECT_EQ(count<llvm::SelectInst>(*canonical("kernel void k(device int *x) { x[0] = x[1] / x[2]; }").module), 1);
  EXPECT_EQ(count_calls(*canonical("kernel void k(device uint *x) { x[0] = x[1] % x[2]; }").module, "llvm.umax.i32"),
            1);
  EXPECT_EQ(count<llvm::SelectInst>(*canonical("kernel void k(device int *x) { x[0] = x[1] / 7; }").module), 0);
}

TEST(Canonical, DivisionSaysNothingOfItsDivisor) {
  const auto kernel = canonical("kernel void k(device int *x) { int q = x[1] / x[2]; x[0] = x[2] == 0 ? 42 : q; }");
  EXPECT_EQ(count<llvm::SelectInst>(*kernel.module), 2) << text_of(*kernel.module);
}

TEST(Canonical, ConversionsToIntegersSaturate) {
  const auto kernel = canonical(
      "kernel void k(device float *f, device half *h, device bfloat *b, device int *x, device uchar *c) {"
      " x[0] = f[0]; x[1] = h[0]; x[2] = int(b[0]); c[0] = f[1]; c[1] = uchar(f[2]); x[3] = int2(float2(f[3])).y;"
      " x[4] = sin(f[4]); }");
  EXPECT_EQ(count<llvm::FPToSIInst>(*kernel.module), 0);
  EXPECT_EQ(count<llvm::FPToUIInst>(*kernel.module), 0);
}

TEST(Canonical, BfloatIsOnlyStored) {
  const auto kernel = canonical(
      "kernel void k(device bfloat *b, device int *x, device float *f) {"
      " b[0] = b[1] * b[2] + bfloat(x[0]); b[3] = bfloat(f[0]); x[1] = int(-b[4]); x[2] = b[5] < b[6];"
      " b[7] = max(b[8], b[9]); f[1] = b[10]; }");
  for (const llvm::Instruction& instruction : llvm::instructions(kernel.module->getFunction("mtl.kernel"))) {
    if (llvm::isa<llvm::LoadInst, llvm::StoreInst, llvm::CastInst>(instruction)) continue;
    for (const llvm::Use& operand : instruction.operands())
      EXPECT_FALSE(operand->getType()->isBFloatTy()) << text_of(*kernel.module);
  }
}

// Threads that are widened to lanes take all ways at once, and double halves the lanes.
TEST(Canonical, MathHasNoBranchesAndNoDouble) {
  for (const char* call : {"acos(x)",
                           "acosh(x)",
                           "asin(x)",
                           "asinh(x)",
                           "atan(x)",
                           "atan2(x, y)",
                           "atanh(x)",
                           "ceil(x)",
                           "copysign(x,y)",
                           "cosh(x)",
                           "cospi(x)",
                           "exp(x)",
                           "exp10(x)",
                           "exp2(x)",
                           "fdim(x, y)",
                           "floor(x)",
                           "fract(x)",
                           "log(x)",
                           "log10(x)",
                           "log2(x)",
                           "pow(x, y)",
                           "powr(x, y)",
                           "ldexp(x, int(y))",
                           "rint(x)",
                           "round(x)",
                           "rsqrt(x)",
                           "sinh(x)",
                           "sinpi(x)",
                           "sqrt(x)",
                           "tanh(x)",
                           "tanpi(x)",
                           "trunc(x)",
                           "nextafter(x,y)",
                           "ilogb(x)",
                           "fma(x, y, x)",
                           "half(fma(half(x), half(y), half(x)))",
                           "smoothstep(x, y, 2)"}) {
    const auto kernel = canonical(std::string("kernel void k(device float *p, uint i [[thread_position_in_grid]]) {"
                                              "float x = p[i], y = p[i + 1]; p[i] = ") +
                                  call + "; }");
    const llvm::Function& function = *kernel.module->getFunction("mtl.kernel");
    EXPECT_EQ(function.size(), 1u) << call;
    EXPECT_EQ(text_of(*kernel.module).find("double"), std::string::npos) << call;
  }
}

TEST(Canonical, OneReductionServesSineAndCosine) {
  const auto one = canonical("kernel void k(device float *p) { p[0] = sin(p[1]); }");
  const auto both = canonical("kernel void k(device float *p) { float c; p[0] = sincos(p[1], c); p[2] = c; }");
  EXPECT_EQ(one.module->getFunction("mtl.kernel")->size(), both.module->getFunction("mtl.kernel")->size());
}

TEST(Canonical, PrivateArraysAreLeftOnlyForSpareBytes) {
  const auto text = [](const char* body) {
    const std::string source = "kernel void k(device float *x, constant int &i, constant int &n) {";
    return text_of(*canonical(source + body + "}").module);
  };
  // Known to stay inside: nothing is checked.
  const std::string inside =
      text("float a[8]; for (int j = 0; j < 8; ++j) a[j] = x[j]; for (int j = 0; j < 8; ++j) x[j] = a[7 - j];");
  for (const char* check : {"select", "umin", "ptrtoint"}) EXPECT_EQ(inside.find(check), std::string::npos) << inside;
  // The index of an element, an offset into nested arrays, a pointer that moves.
  const std::string element = text("float a[8] = {}; a[i] = 1; for (int j = 0; j < 8; ++j) x[j] = a[j];");
  EXPECT_NE(element.find("alloca [9 x float]"), std::string::npos) << element;
  EXPECT_EQ(element.find("ptrtoint"), std::string::npos) << element;
  const std::string nested =
      text("float a[4][3] = {}; a[i][n] = 1; for (int j = 0; j < 12; ++j) x[j] = a[j / 3][j % 3];");
  EXPECT_NE(nested.find("alloca [5 x [3 x float]]"), std::string::npos) << nested;
  const std::string pointer =
      text("float a[8] = {}; thread float *p = a; for (int j = 0; j < n; ++j) *p++ = x[j]; x[0] = a[3] + a[n];");
  EXPECT_NE(pointer.find("alloca [9 x float]"), std::string::npos) << pointer;
}

TEST(Canonical, ArraysOfArraysThatLoopsIndexBecomeValues) {
  const auto kernel = canonical(
      "kernel void k(device float *x, constant uint &n) { float sum[4][4] = {};"
      " for (uint k = 0; k < n; ++k) for (uint i = 0; i < 4; ++i) for (uint j = 0; j < 4; ++j)"
      " sum[i][j] = fma(x[k * 8 + i], x[k * 8 + 4 + j], sum[i][j]);"
      " for (uint i = 0; i < 4; ++i) for (uint j = 0; j < 4; ++j) x[i * 4 + j] = sum[i][j]; }");
  EXPECT_EQ(count<llvm::AllocaInst>(*kernel.module), 0) << text_of(*kernel.module);
}

TEST(Canonical, ConstantArgumentsAreReadOnceInALoop) {
  const auto loads_in_loop = [](const std::string& parameter) {
    const auto kernel = canonical("kernel void k(device int *x, " + parameter +
                                  ", uint i [[thread_position_in_grid]]) {"
                                  " for (uint j = 0; j < 64; j++) x[i * 64 + j] = c[3]; }");
    int found = 0;
    for (const llvm::Instruction& instruction : llvm::instructions(kernel.module->getFunction("mtl.kernel"))) {
      const auto* before = instruction.getParent()->getSinglePredecessor();
      found += llvm::isa<llvm::LoadInst>(instruction) && (before == nullptr || before == instruction.getParent()) &&
               instruction.getParent() != &instruction.getFunction()->getEntryBlock();
    }
    return found;
  };
  EXPECT_EQ(loads_in_loop("constant int *c"), 0);
  EXPECT_EQ(loads_in_loop("constant int (&c)[4]"), 0);
  // What is only read here may be written through x.
  EXPECT_EQ(loads_in_loop("device const int *c"), 1);
}

TEST(Canonical, EndlessLoopsStay) {
  const auto kernel = canonical("kernel void k(device int *x) { while (true) {} }");
  EXPECT_GE(count<llvm::BranchInst>(*kernel.module), 1);
}

TEST(Canonical, UndefinedFunctionsAreNamed) {
  try {
    canonical("float f(float x) __asm(\"air.absent\"); kernel void k(device float *x) { x[0] = f(x[0]); }");
    FAIL() << "no error";
  } catch (const PipelineError& error) {
    EXPECT_TRUE(
        std::string(error.what()).starts_with("Function 'k' calls a function that is declared and not defined"));
  }
}

TEST(Canonical, MessagesKeepTheirArguments) {
  const auto kernel = canonical(
      "#include <metal_logging>\n"
      "kernel void k(device int *x, uint i [[thread_position_in_grid]]) {"
      " if (x[i] > 3) os_log_default.log(\"%d\", x[i]); }");
  EXPECT_EQ(definitions(*kernel.module), 1);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.log"), 1) << text_of(*kernel.module);
}

TEST(Canonical, TexturesKeepTheOrderOfTheirAccesses) {
  const auto kernel = canonical(
      "kernel void k(texture2d<uint, access::read_write> t, device uint *out, uint2 i [[thread_position_in_grid]]) {"
      " uint before = t.read(i).x + t.read(i).y; t.write(uint4(before + 1), i); t.write(7, i + 1);"
      " out[0] = t.read(i).x + t.get_width() * t.get_width(); t.atomic_fetch_add(i, 1u); }");
  // One read serves both components before the write; the one behind it stays, as do effects whose result is not used.
  EXPECT_EQ(count_calls(*kernel.module, "mtl.texture.read.u32"), 2) << text_of(*kernel.module);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.texture.write.u32"), 2) << text_of(*kernel.module);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.texture.atomic_add.u32"), 1) << text_of(*kernel.module);
  EXPECT_EQ(count_calls(*kernel.module, "mtl.texture.width"), 1) << text_of(*kernel.module);
  EXPECT_EQ(count<llvm::AllocaInst>(*kernel.module), 0) << text_of(*kernel.module);
}

TEST(Canonical, SamplersOfTheProgramAreConstants) {
  const auto kernel = canonical(
      "constant sampler s(filter::linear, address::repeat);"
      "kernel void k(texture2d<float> t, device float4 *out) { out[0] = t.sample(s, float2(0.5), level(1)); }");
  EXPECT_EQ(count_calls(*kernel.module, "mtl.texture.sample_level.f32"), 1) << text_of(*kernel.module);
  for (const llvm::Instruction& instruction : llvm::instructions(*kernel.module->getFunction(lowering::kKernelEntry)))
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
        call != nullptr && call->getCalledFunction()->getName() == "mtl.texture.sample_level.f32")
      EXPECT_TRUE(llvm::isa<llvm::ConstantInt>(call->getArgOperand(1))) << text_of(*kernel.module);
}

}  // namespace
}  // namespace pymetal::tests
