// The form of a simdgroup: which branches stay, which accesses become one, and what runs under a mask.
#include <gtest/gtest.h>

#include "canonical_kernel.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"
#include "lowering/widen/widen_simdgroup.h"
#include "pymetal/error.h"

namespace pymetal::tests {
namespace {

using lowering::ThreadLayout;

constexpr ThreadLayout kRows{};
constexpr ThreadLayout kAnyShape{false, true};
constexpr ThreadLayout kPartial{true, false};
constexpr ThreadLayout kRowsOf16{.in_rows = false, .short_row = 16};
constexpr ThreadLayout kRowsOf8{.in_rows = false, .short_row = 8};

struct Widened {
  explicit Widened(const std::string& body, ThreadLayout layout = kRows)
      : kernel(canonical("kernel void k(device int *x, device float *f, constant int &n, device atomic_int *a,"
                         " uint2 p [[thread_position_in_grid]], uint t [[thread_index_in_threadgroup]]) {\n"
                         "  uint i = p.x;\n" +
                         body + "\n}")) {
    lowering::widen_simdgroup(*kernel.module, layout);
    std::string problem;
    llvm::raw_string_ostream stream(problem);
    EXPECT_FALSE(llvm::verifyModule(*kernel.module, &stream)) << problem << text();
  }
  std::string text() const { return text_of(*kernel.module); }
  int calls(llvm::Intrinsic::ID id) const {
    int found = 0;
    for (const llvm::Function& function : *kernel.module)
      for (const llvm::BasicBlock& block : function)
        for (const llvm::Instruction& instruction : block) {
          const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
          found += call != nullptr && call->getIntrinsicID() == id;
        }
    return found;
  }
  int gathers() const { return calls(llvm::Intrinsic::masked_gather); }
  int scatters() const { return calls(llvm::Intrinsic::masked_scatter); }
  int conditional_branches() const {
    int found = 0;
    for (const llvm::BasicBlock& block : *kernel.module->getFunction("mtl.kernel")) {
      const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
      found += branch != nullptr && branch->isConditional();
    }
    return found;
  }
  pipeline::CanonicalKernel kernel;
};

int occurrences(const Widened& widened, llvm::StringRef text) {
  return static_cast<int>(llvm::StringRef(widened.text()).count(text));
}

TEST(Widen, ShortRowsAreAnAccessEach) {
  const std::string body = "f[p.y * uint(n) + i] = f[p.y * uint(n) + i + 1];";
  const Widened of_16(body, kRowsOf16);
  EXPECT_EQ(occurrences(of_16, "load <16 x float>"), 2) << of_16.text();
  EXPECT_EQ(occurrences(of_16, "store <16 x float>"), 2) << of_16.text();
  const Widened of_8(body, kRowsOf8);
  EXPECT_EQ(occurrences(of_8, "load <8 x float>"), 4) << of_8.text();
  EXPECT_EQ(occurrences(of_8, "store <8 x float>"), 4) << of_8.text();
  const Widened wrapped(body, kAnyShape);
  EXPECT_EQ(occurrences(wrapped, "store <16 x float>"), 0) << wrapped.text();
  // A row of a tile is the same for both rows of lanes.
  EXPECT_EQ(Widened("f[t] = x[i & 15];", kRowsOf16).gathers(), 0);
}

TEST(Widen, CopiesOfVectorsAndStructuresAreRows) {
  const Widened vectors("((device float4 *)f)[i] = ((device float4 *)x)[i];");
  EXPECT_EQ(vectors.gathers() + vectors.scatters(), 0) << vectors.text();
  EXPECT_EQ(vectors.conditional_branches(), 0) << vectors.text();
  EXPECT_EQ(occurrences(vectors, "store <128 x i32>"), 1) << vectors.text();
  const Widened structures("struct S { float a; int b[5]; }; ((device S *)f)[i] = ((device S *)x)[i];");
  EXPECT_EQ(structures.gathers() + structures.scatters(), 0) << structures.text();
  EXPECT_EQ(occurrences(structures, "<192 x i32>, ptr"), 1) << structures.text();
}

TEST(Widen, LongCopiesAndFillsGoByWords) {
  const Widened copy("struct S { int b[100]; }; ((device S *)f)[i] = ((device S *)x)[i];");
  EXPECT_EQ(occurrences(copy, "i8>"), 0) << copy.text();
  const Widened fill("int b[100] = {}; for (int j = 0; j < n; j++) b[x[i + j] & 63] += j; x[i] = b[f[i] > 0];");
  EXPECT_EQ(occurrences(fill, "i8>"), 0) << fill.text();
}

TEST(Widen, NeighboursAreOneAccess) {
  const Widened widened("f[i] = f[i] * 2;");
  EXPECT_EQ(widened.gathers() + widened.scatters(), 0) << widened.text();
  EXPECT_NE(widened.text().find("load <32 x float>"), std::string::npos);
  EXPECT_NE(widened.text().find("store <32 x float>"), std::string::npos);
  EXPECT_EQ(widened.conditional_branches(), 0);
}

TEST(Widen, LanesThatAreNoThreadsAreMasked) {
  const Widened widened("f[i] = f[i] * 2;", kPartial);
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_load), 1) << widened.text();
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 1);
}

TEST(Widen, ColumnsAreGathered) {
  EXPECT_EQ(Widened("f[i] = x[i * n];").gathers(), 1);
  EXPECT_EQ(Widened("f[i] = 1;", kAnyShape).scatters(), 1);
}

TEST(Widen, ComponentsOfVectorsAreOneRow) {
  const Widened widened("device float4 *v = (device float4 *)f; v[i] = v[i] * 2;");
  EXPECT_EQ(widened.gathers() + widened.scatters(), 0) << widened.text();
  // As many as a register holds at once.
  EXPECT_NE(widened.text().find("load <16 x float>"), std::string::npos);
  EXPECT_NE(widened.text().find("store <128 x float>"), std::string::npos);
}

TEST(Widen, BlocksThatLanesShareAreReadInStretches) {
  const Widened widened(
      "device const uchar *b = (device const uchar *)x + (t / 2) * 18 + (t & 1) * 8; int sum = 0;"
      " for (int k = 0; k < 8; ++k) sum += b[k] * (k + 1); f[i] = sum;");
  EXPECT_EQ(widened.gathers(), 0) << widened.text();
  // Both lanes of a block at once; one lane after the other where an index wraps around.
  EXPECT_NE(widened.text().find("load <16 x i8>"), std::string::npos) << widened.text();
  EXPECT_EQ(occurrences(widened, "load <8 x i8>"), 0);
}

TEST(Widen, RowsOfAMatrixHaveAScalarEach) {
  const Widened widened("f[i] = x[(t >> 2 & 7) * n + (t & 3)];");
  EXPECT_EQ(widened.gathers(), 0) << widened.text();
  EXPECT_EQ(occurrences(widened, "load <4 x i32>"), 8) << widened.text();
}

TEST(Widen, TheRunningCodeTellsWhetherAMaskKeepsARow) {
  const Widened widened("x[2 * t - (t & uint(n - 1))] = 1;");
  EXPECT_EQ(widened.scatters(), 1) << widened.text();
  EXPECT_NE(widened.text().find("store <32 x i32>"), std::string::npos);
  // Five small masks have rows of their own.
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 5);
}

TEST(Widen, MembersOfARowNeedNoStride) {
  const std::string positions = "uint low = 2 * i - (i & 3); int v = x[low], w = x[low + 4];";
  const Widened widened(positions + "x[low] = w; x[low + 4] = v;");
  EXPECT_NE(widened.text().find("load <64 x i32>"), std::string::npos) << widened.text();
  EXPECT_NE(widened.text().find("store <64 x i32>"), std::string::npos);
  // The members of one lane may not be those of another.
  const Widened shared("uint low = 2 * i - (i & 3); x[low] = 1; x[low + 1] = 2;");
  EXPECT_EQ(shared.calls(llvm::Intrinsic::masked_store) + shared.scatters(), 2) << shared.text();
}

TEST(Widen, StepsOfAnIndexMakeARowUnlessItWraps) {
  const Widened widened("f[i] = x[3 * i] + x[3 * i + 1] * x[3 * i + 2];");
  EXPECT_NE(widened.text().find("load <96 x i32>"), std::string::npos) << widened.text();
  EXPECT_EQ(widened.gathers(), 3);
}

TEST(Widen, BytesAreCutOutOfGatheredWords) {
  const Widened widened("f[i] = ((device const uchar *)x)[x[i]];");
  EXPECT_EQ(widened.gathers(), 1) << widened.text();
  EXPECT_NE(widened.text().find("@llvm.masked.gather.v32i32"), std::string::npos);
}

TEST(Widen, AMemberOfNoAccessKeepsItsValue) {
  const Widened widened("device float4 *v = (device float4 *)f; v[i].xz = v[i].yw;");
  EXPECT_EQ(widened.scatters(), 0) << widened.text();
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 1);
}

TEST(Widen, WhatIsTheSameInAllLanesStaysScalar) {
  const Widened widened("f[i] = x[p.y * n] * n;");
  EXPECT_EQ(widened.gathers(), 0) << widened.text();
  EXPECT_NE(widened.text().find("= load i32"), std::string::npos);
}

TEST(Widen, AnIndexThatMayWrapAroundIsTested) {
  // Both ways are there; the running code chooses.
  const Widened widened("f[i] = x[i + uint(n)];");
  EXPECT_EQ(widened.gathers(), 1) << widened.text();
  EXPECT_NE(widened.text().find("load <32 x i32>"), std::string::npos);
  EXPECT_EQ(widened.conditional_branches(), 1);
}

TEST(Widen, AUniformBranchStays) {
  const Widened widened("if (n > 3) f[i] = 1; else x[i] = 2;");
  EXPECT_EQ(widened.conditional_branches(), 1) << widened.text();
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 0);
}

TEST(Widen, ADivergentBranchBecomesMasks) {
  const Widened widened("if (x[i] > 3) f[i] = 1; else x[i] = 2;");
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 2) << widened.text();
}

TEST(Widen, AShortDivergentArmRunsWithoutABranch) {
  const Widened widened("int v = x[i]; if (v > 3) v = v * 5 ^ v >> 3; x[i] = v;");
  EXPECT_EQ(widened.conditional_branches(), 0) << widened.text();
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 0);
}

TEST(Widen, ABoundThatSimdgroupsKeepAsAWholeNeedsNoMask) {
  const Widened widened("if (t < 64) f[i] = x[i];");
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_load) + widened.calls(llvm::Intrinsic::masked_store), 0)
      << widened.text();
  EXPECT_EQ(widened.conditional_branches(), 1);
  // As many rounds for all lanes.
  EXPECT_EQ(Widened("for (uint k = t; k < 256; k += 32) f[k] = x[k];").calls(llvm::Intrinsic::masked_store), 0);
}

TEST(Widen, ABoundWithinOneSimdgroupIsAConstantMask) {
  const Widened widened("if (t < 7) f[i] = x[i];");
  EXPECT_NE(widened.text().find("icmp ult i32"), std::string::npos) << widened.text();
  EXPECT_EQ(widened.text().find("icmp ult <32 x i32>"), std::string::npos) << widened.text();
  // Of what the grid begins with nothing is known.
  EXPECT_NE(Widened("if (i < 7) f[i] = x[i];").text().find("icmp ult <32 x i32>"), std::string::npos);
}

TEST(Widen, SimdgroupsWithinABoundAsAWholeHaveCodeWithoutMasks) {
  for (const char* condition : {"t < n", "i < n", "!(t >= n)", "int(i) <= n"}) {
    const Widened widened(std::string("if (") + condition + ") f[i] = x[i];");
    EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 1) << widened.text();
    EXPECT_NE(widened.text().find("store <32 x float>"), std::string::npos) << widened.text();
  }
}

TEST(Widen, AUniformLoopUnderADivergentBranchIsPassedOverWhole) {
  const Widened widened("if (x[i] > 3) for (int j = 0; j < n; ++j) f[i] += x[j];");
  // The way past the loop, the loop's own branch, and the test before it.
  EXPECT_GE(widened.conditional_branches(), 2) << widened.text();
  EXPECT_EQ(widened.gathers(), 0);
}

TEST(Widen, ADivergentLoopGoesOnWhileAnyLaneDoes) {
  const Widened widened("int v = x[i]; while (v > 1) v = v & 1 ? 3 * v + 1 : v / 2; x[i] = v;");
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 0) << widened.text();
  EXPECT_NE(widened.text().find("loop_end"), std::string::npos);
  EXPECT_NE(widened.text().find("bitcast <32 x i1>"), std::string::npos);
}

TEST(Widen, BreakAndContinue) {
  const Widened widened(
      "int s = 0; for (int j = 0; j < n; ++j) { if (x[j] == int(i)) continue; if (f[i] > j) break; s += x[j]; } x[i] = "
      "s;");
  EXPECT_NE(widened.text().find("loop_end"), std::string::npos) << widened.text();
}

TEST(Widen, NestedLoopsLeftFromInside) {
  const Widened widened(
      "int s = 0; for (int j = 0; j < n; ++j) for (int k = 0; k < n; ++k) { if (x[k] > x[i]) { x[i] = s; return; }"
      " s += x[j + k]; } x[i] = s;");
  EXPECT_NE(widened.text().find("loop_end"), std::string::npos) << widened.text();
}

TEST(Widen, AllLanesMeetBehindALoopWithVariablesOfItsOwn) {
  // Clang leaves such a loop by a switch over where to go on, whose default cannot be reached.
  const Widened widened(
      "if (t == 0) while (true) { const int w = x[n]; if (w == 0) continue; x[0] = w; if (w & 1) break; } f[i] = 1;");
  EXPECT_EQ(widened.calls(llvm::Intrinsic::masked_store), 0) << widened.text();
}

TEST(Widen, SwitchesBecomeBranches) {
  const Widened widened("switch (x[i]) { case 1: f[i] = 1; break; case 2: f[i] = 4; default: f[i] += 3; }");
  EXPECT_EQ(count<llvm::SwitchInst>(*widened.kernel.module), 0);
}

TEST(Widen, PrivateArraysAreInterleaved) {
  // One element of all lanes is a row in memory.
  const Widened widened("float v[8]; for (int j = 0; j < 8; ++j) v[j] = f[j * n]; f[i] = v[x[0] & 7];");
  EXPECT_EQ(widened.gathers() + widened.scatters(), 0) << widened.text();
  EXPECT_EQ(Widened("float v[8]; for (int j = 0; j < 8; ++j) v[j] = f[j * n]; f[i] = v[x[i] & 7];").gathers(), 1);
}

TEST(Widen, SumsOfLanesAreShuffles) {
  const Widened widened("f[i] = simd_sum(f[i]);");
  EXPECT_EQ(count_calls(*widened.kernel.module, "mtl.simd.sum.f32"), 0) << widened.text();
  EXPECT_GE(count<llvm::ShuffleVectorInst>(*widened.kernel.module), 5);
}

TEST(Widen, AMatrixProductSharesItsShuffles) {
  // Of each matrix, every element goes to where it is multiplied, once; its pairs are never put together.
  Widened widened(
      "simdgroup_float8x8 u, v, w; simdgroup_load(u, f); simdgroup_load(v, f + 64); simdgroup_load(w, f + 128);"
      " simdgroup_multiply_accumulate(w, u, v, w); simdgroup_store(w, f);");
  EXPECT_EQ(widened.gathers(), 0) << widened.text();
  EXPECT_EQ(count_calls(*widened.kernel.module, "mtl.simd.matrix_product"), 0);
  EXPECT_EQ(widened.text().find("x i64> %"), std::string::npos) << widened.text();
  EXPECT_EQ(occurrences(widened, "fmul contract <32 x float>"), 16);
}

TEST(Widen, AtomicsOnOnePlaceAreOneOperation) {
  const Widened widened("atomic_fetch_add_explicit(a, x[i], memory_order_relaxed);");
  EXPECT_EQ(count<llvm::AtomicRMWInst>(*widened.kernel.module), 1) << widened.text();
  EXPECT_EQ(widened.conditional_branches(), 0);
}

TEST(Widen, AtomicsElsewhereGoLaneByLane) {
  const Widened widened("atomic_fetch_add_explicit(&a[x[i]], 1, memory_order_relaxed);");
  EXPECT_EQ(count<llvm::AtomicRMWInst>(*widened.kernel.module), 1) << widened.text();
  EXPECT_GE(widened.conditional_branches(), 1);
}

TEST(Widen, ThreadgroupAtomicsArePlain) {
  const Widened widened(
      "threadgroup atomic_int h[64]; atomic_fetch_add_explicit(&h[x[i] & 63], 1, memory_order_relaxed);"
      " threadgroup_barrier(mem_flags::mem_threadgroup); x[i] = atomic_load_explicit(&h[t & 63], "
      "memory_order_relaxed);");
  EXPECT_EQ(count<llvm::AtomicRMWInst>(*widened.kernel.module), 0) << widened.text();
  EXPECT_EQ(count_calls(*widened.kernel.module, "mtl.threadgroup_barrier"), 1);
}

TEST(Widen, IndicesOfThreadgroupAtomicsAreReadWhereTheyLie) {
  const std::string count = "atomic_fetch_add_explicit(&h[index], 1, memory_order_relaxed);";
  const Widened widened("threadgroup atomic_int h[256]; uchar index = ((device uchar *)x)[t];" + count);
  EXPECT_EQ(occurrences(widened, "load i8"), 32) << widened.text();
  // Not if they may have changed since.
  const Widened changed("threadgroup atomic_int h[256]; uchar index = ((device uchar *)x)[t]; x[n] = 1;" + count);
  EXPECT_EQ(occurrences(changed, "load i8"), 0) << changed.text();
}

TEST(Widen, DivisionIsSafeForLanesThatAreOff) {
  const Widened widened("if (x[i] != 0) x[i] = n / x[i];");
  EXPECT_EQ(widened.text().find("sdiv"), std::string::npos) << widened.text();
}

}  // namespace
}  // namespace pymetal::tests
