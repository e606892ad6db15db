// The function that runs a threadgroup: loops over its simdgroups between barriers, and what they keep meanwhile.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "backend/simd/simdgroup_state.h"
#include "canonical_kernel.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Verifier.h"

namespace pymetal::tests {
namespace {

struct Lowered {
  explicit Lowered(const std::string& body, lowering::ThreadLayout layout = {},
                   const std::string& cpu = backend::cpu::kNativeCpu)
      : kernel(canonical("kernel void k(device int *x, device float *f, constant int &n, threadgroup float *t,"
                         " uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]]) {\n"
                         "#define BARRIER threadgroup_barrier(mem_flags::mem_threadgroup)\n" +
                         body + "\n}")) {
    const auto target = backend::cpu::make_host_target(cpu);
    lowered = backend::simd::lower_to_simdgroups(*kernel.module, *target, layout);
    entry = kernel.module->getFunction(backend::simd::kSimdgroupsFunction);
    function = behind(*entry);
    std::string problem;
    llvm::raw_string_ostream stream(problem);
    EXPECT_FALSE(llvm::verifyModule(*kernel.module, &stream)) << problem << text();
    EXPECT_EQ(count_calls(*kernel.module, "mtl.threadgroup_barrier"), 0);
    dominators = llvm::DominatorTree(*function);
    loops.analyze(dominators);
  }
  std::string text() const { return text_of(*kernel.module); }
  /// What a function calls that does nothing else; itself, where it does more.
  static llvm::Function* behind(llvm::Function& function) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(&function.getEntryBlock().front());
    const bool is_all = call != nullptr && llvm::isa<llvm::ReturnInst>(call->getNextNode());
    return is_all ? call->getCalledFunction() : &function;
  }
  int outer_loops() const { return static_cast<int>(std::distance(loops.begin(), loops.end())); }
  /// Stores in loops nested so deep.
  int stores_at_depth(unsigned depth) const {
    int found = 0;
    for (llvm::BasicBlock& block : *function)
      if (loops.getLoopDepth(&block) == depth)
        for (llvm::Instruction& instruction : block) found += llvm::isa<llvm::StoreInst>(instruction);
    return found;
  }

  /// Bytes that they store, in vectors as long as the processor's.
  std::uint64_t bytes_stored_at_depth(unsigned depth) const {
    std::uint64_t bytes = 0;
    for (llvm::BasicBlock& block : *function)
      if (loops.getLoopDepth(&block) == depth)
        for (llvm::Instruction& instruction : block)
          if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
            bytes += block.getDataLayout().getTypeStoreSize(store->getValueOperand()->getType());
    return bytes;
  }

  pipeline::CanonicalKernel kernel;
  backend::simd::LoweredKernel lowered;
  llvm::Function* entry = nullptr;
  /// The one with the loops.
  llvm::Function* function = nullptr;
  llvm::DominatorTree dominators;
  llvm::LoopInfo loops;
};

TEST(SimdgroupLoops, OneWithoutBarriers) {
  const Lowered kernel("x[i] = i * 2;");
  EXPECT_FALSE(kernel.lowered.waits);
  EXPECT_EQ(kernel.lowered.context_bytes, 0u);
  EXPECT_EQ(kernel.outer_loops(), 1) << kernel.text();
}

TEST(SimdgroupLoops, WhatSimdgroupsShareIsComputedOnce) {
  const Lowered kernel("x[i] = i * 2;");
  for (const llvm::BasicBlock& block : *kernel.function)
    for (const llvm::Instruction& instruction : block)
      if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction); load && load->getType()->isPointerTy())
        EXPECT_EQ(kernel.loops.getLoopFor(&block), nullptr) << kernel.text();
}

TEST(SimdgroupLoops, InOneRowTheNumberOfASimdgroupIsItsPlace) {
  const auto loads_in_loop = [](const Lowered& kernel) {
    int found = 0;
    for (llvm::BasicBlock& block : *kernel.function)
      for (llvm::Instruction& instruction : block)
        found += llvm::isa<llvm::LoadInst>(instruction) && kernel.loops.getLoopFor(&block) != nullptr;
    return found;
  };
  EXPECT_EQ(loads_in_loop(Lowered("x[i] = n;", {.is_one_row = true})), 0);
  EXPECT_EQ(loads_in_loop(Lowered("x[i] = n;")), 1);
}

TEST(SimdgroupLoops, WhatIsOnlyWrittenMayPassByTheCaches) {
  const auto past_caches = [](const std::string& body, lowering::ThreadLayout layout) {
    const Lowered kernel(body, layout);
    bool found = false;
    for (llvm::BasicBlock& block : *kernel.function)
      for (llvm::Instruction& instruction : block) found |= instruction.hasMetadata(llvm::LLVMContext::MD_nontemporal);
    return found;
  };
#if defined(__x86_64__)
  const lowering::ThreadLayout rows{.is_one_row = true};
  EXPECT_TRUE(past_caches("f[i] = x[i];", rows));
  EXPECT_TRUE(past_caches("if (i < uint(n)) f[i] = x[i];", rows));
  EXPECT_TRUE(past_caches("f[i] = x[i]; x[i] = 3;", rows));
  EXPECT_FALSE(past_caches("f[i] += 1;", rows));
  EXPECT_FALSE(past_caches("((device uchar *)f)[i] = x[i];", rows));
  EXPECT_FALSE(past_caches("f[i] = x[x[i] & 7];", rows));
  // In threadgroups, what each simdgroup stores.
  EXPECT_TRUE(past_caches("f[i] = x[i];", {}));
  EXPECT_TRUE(past_caches("t[l] = i; BARRIER; f[i] = t[l ^ 1];", {}));
  EXPECT_TRUE(
      past_caches("if (l == 0) atomic_fetch_add_explicit((device atomic_int *)x, 1, memory_order_relaxed);"
                  " f[i] = l;",
                  {}));
  EXPECT_FALSE(past_caches("t[l] = i; BARRIER; if (l < 64) f[i] = t[l + 64];", {}));
  EXPECT_FALSE(past_caches("f[i] = l; BARRIER; x[i] = f[i + n];", {}));
  EXPECT_FALSE(past_caches("f[i] = x[i];", {.in_rows = false}));
#endif
}

TEST(SimdgroupLoops, StoresToOneMemoryLeaveTheOtherAsItIs) {
  const auto scalar_loads_in_loops = [](const std::string& body) {
    const Lowered kernel(body);
    int found = 0;
    for (llvm::BasicBlock& block : *kernel.function)
      for (llvm::Instruction& instruction : block)
        found += llvm::isa<llvm::LoadInst>(instruction) && instruction.getType()->isFloatTy() &&
                 kernel.loops.getLoopFor(&block) != nullptr;
    return found;
  };
  EXPECT_EQ(scalar_loads_in_loops("t[l] = i; BARRIER; f[i] = t[3];"), 0);
  EXPECT_EQ(scalar_loads_in_loops("float a = f[n]; BARRIER; t[l] = a; BARRIER; f[i] = t[l];"), 0);
  EXPECT_EQ(scalar_loads_in_loops("f[i] = f[3];"), 1);
  EXPECT_EQ(scalar_loads_in_loops("t[l] = t[3];"), 1);
}

TEST(SimdgroupLoops, OneForEachPieceBetweenBarriers) {
  const Lowered kernel("t[l] = i; BARRIER; f[i] = t[l ^ 32]; BARRIER; t[l ^ 1] += 1;");
  EXPECT_TRUE(kernel.lowered.waits);
  EXPECT_EQ(kernel.outer_loops(), 3) << kernel.text();
}

TEST(SimdgroupLoops, AFewNeighboursNeedNoMask) {
  const Lowered kernel("if (l < 8) t[l] += t[l + 8];");
  EXPECT_NE(kernel.text().find("store <8 x float>"), std::string::npos) << kernel.text();
  EXPECT_EQ(kernel.text().find("call <32 x float> @llvm.masked"), std::string::npos);
}

TEST(SimdgroupLoops, RootsThatNoLaneNeedsAreSkipped) {
  // Other code is too short to branch around.
  const auto blocks = [](const std::string& code) {
    const Lowered kernel("float v = f[i], r = -1; if (v > 0) r = " + code + "; f[i] = r;");
    return (*kernel.loops.begin())->getNumBlocks();
  };
  EXPECT_GT(blocks("v + sqrt(v)"), blocks("v + v * v"));
}

TEST(SimdgroupLoops, StoresAscendByRegisters) {
  const Lowered kernel("device float4 *v = (device float4 *)f; v[i] = v[i] * 2;");
  EXPECT_EQ(kernel.bytes_stored_at_depth(1), 32 * sizeof(float) * 4) << kernel.text();
  const std::string text = kernel.text();
  EXPECT_EQ(text.find("store <128 x float>"), std::string::npos) << text;
}

TEST(SimdgroupLoops, SharedValuesTakeNoContext) {
  // The rounds are counted once for all simdgroups.
  const Lowered kernel("for (int j = 0; j < n; j++) { BARRIER; x[j] = t[j]; BARRIER; }");
  EXPECT_EQ(kernel.lowered.context_bytes, 0u) << kernel.text();
}

TEST(SimdgroupLoops, ValuesOfSimdgroupsLieInContexts) {
  const Lowered kernel("float a = f[i]; t[l] = a; BARRIER; f[i] = a * t[l ^ 32];");
  EXPECT_EQ(kernel.lowered.context_bytes, 32 * sizeof(float)) << kernel.text();
}

TEST(SimdgroupLoops, WhatIsCheapIsComputedAgain) {
  const Lowered kernel("t[l] = 1; BARRIER; f[i] = t[l];");
  EXPECT_EQ(kernel.lowered.context_bytes, 0u) << kernel.text();
}

TEST(SimdgroupLoops, InnerLoopsDoNotSave) {
  const Lowered kernel(
      "float a = 0; for (int k = 0; k < n; k++) { t[l] = f[k * n + i]; BARRIER;"
      " for (int j = 0; j < n; j++) a += f[i + j] * t[j]; BARRIER; } f[i] = a;");
  // The rounds, the simdgroups of each, and the loop of a simdgroup.
  EXPECT_GT(kernel.stores_at_depth(2), 0);
  EXPECT_EQ(kernel.stores_at_depth(3), 0) << kernel.text();
  EXPECT_GE(kernel.lowered.context_bytes, 32 * sizeof(float));
}

TEST(SimdgroupLoops, LocalArraysThatLiveOnMoveToContexts) {
  const Lowered kernel("int a[64]; for (int j = 0; j < 64; j++) a[j] = x[i + j]; BARRIER; x[i] = a[x[i] & 63];");
  EXPECT_GE(kernel.lowered.context_bytes, 32 * 64 * sizeof(int));
  const Lowered within("BARRIER; int a[64]; for (int j = 0; j < 64; j++) a[j] = x[i + j]; x[i] = a[x[i] & 63];");
  EXPECT_LT(within.lowered.context_bytes, 32 * 64 * sizeof(int));
}

TEST(SimdgroupLoops, SimdgroupsThatLeaveEarlyAreScheduled) {
  const Lowered kernel("if (x[i] == 0) return; t[l] = i; BARRIER; f[i] = t[l ^ 32];");
  EXPECT_GT(kernel.lowered.context_bytes, 0u);
  // The two loops over simdgroups, and the one that looks for those to run next.
  EXPECT_NE(kernel.text().find("compare:"), std::string::npos) << kernel.text();
}

TEST(SimdgroupLoops, BranchesThatAllTakeAreNot) {
  const Lowered kernel("if (n > 3) { t[l] = i; BARRIER; } f[i] = t[l ^ 32];");
  EXPECT_EQ(kernel.text().find("compare:"), std::string::npos) << kernel.text();
}

TEST(SimdgroupLoops, HoldForPartialSimdgroupsAndAnyShape) {
  for (const lowering::ThreadLayout layout : {lowering::ThreadLayout{true, false}, {false, true}, {false, false}}) {
    const Lowered kernel(
        "float a = f[i]; for (int j = 0; j < n; j++) { t[l] = a; BARRIER; a += t[l ^ 1]; BARRIER; }"
        " f[i] = a;",
        layout);
    EXPECT_TRUE(kernel.lowered.waits);
  }
}

TEST(SimdgroupLoops, SimdgroupsRunTogetherThroughLoopsThatLoad) {
  const auto simdgroups = [](const std::string& cpu) {
    const Lowered kernel("float sum = 0; for (int k = 0; k < n; k++) sum += x[k] * f[k * n + i]; x[i] = sum;", {}, cpu);
    EXPECT_EQ(kernel.outer_loops(), 2) << kernel.text();
    return kernel.bytes_stored_at_depth(1) / (32 * sizeof(float));
  };
  // As many at once as half of the registers hold, and those that are left.
#if defined(__x86_64__)
  EXPECT_EQ(simdgroups("x86-64-v3"), 2 + 1u);
  EXPECT_EQ(simdgroups("x86-64-v4"), 4 + 1u);
#else
  EXPECT_GT(simdgroups(backend::cpu::kNativeCpu), 1u);
#endif
}

#if defined(__x86_64__)
TEST(SimdgroupLoops, LongLoopsRunTogetherWhereSimdgroupsShareMuch) {
  // A lane reads eight neighbours and eight more, which every simdgroup sorts alike. Where lanes have no work, the
  // others read one by one, simdgroup after simdgroup.
  const auto conversions = [](const std::string& vector) {
    const pipeline::CanonicalKernel kernel = canonical(R"(
      struct Block { half scale; uchar weights[16]; };
      kernel void k(device const Block *matrix, device const float *vector, device float *product, constant uint &blocks,
                    uint lane [[thread_index_in_simdgroup]], uint row [[simdgroup_index_in_threadgroup]]) {
        float sum = 0.0f;
        for (uint b = lane / 2; b < blocks; b += 16) {
          device const Block &block = matrix[row * blocks + b];
          const uint first = lane % 2 * 8;
          device const float *values = )" + vector + R"( + b * 32 + first;
          for (uint i = 0; i < 8; i++) {
            const uchar pair = block.weights[first + i];
            sum += block.scale * (int(pair & 15) * values[i] + int(pair >> 4) * values[i + 16]);
          }
        }
        sum = simd_sum(sum);
        if (lane == 0) product[row] = sum;
      })");
    const auto target = backend::cpu::make_host_target("x86-64-v4");
    backend::simd::lower_to_simdgroups(*kernel.module, *target, {});
    EXPECT_FALSE(llvm::verifyModule(*kernel.module, &llvm::errs()));
    // A register at a time, where they are looked up.
    return count<llvm::UIToFPInst>(*kernel.module) + count<llvm::SIToFPInst>(*kernel.module) +
           count_calls(*kernel.module, "llvm.x86.avx512.permvar.sf.512") / 2;
  };
  // Four at once, and those that are left.
  EXPECT_EQ(conversions("vector"), (4 + 1) * 16);
  EXPECT_EQ(conversions("vector + row * 4096"), 16);
}
#endif

TEST(SimdgroupLoops, SimdgroupsThatMayPartRunOneByOne) {
  // By the number of rounds; by where each of them stores; by what an atomic operation finds.
  for (const char* body : {"for (int k = 0; k < x[i]; k++) sum += f[k * n + i]; x[i] = sum;",
                           "for (int k = 0; k < n; k++) { sum += f[k * n + i]; if (l > 64) f[k] = sum; }",
                           "for (int k = 0; k < n; k++) sum += f[k * n + i] + atomic_fetch_add_explicit("
                           "(device atomic_int *)x + k, 1, memory_order_relaxed); x[i] = sum;"}) {
    const Lowered kernel(std::string("float sum = 0; ") + body);
    EXPECT_EQ(kernel.outer_loops(), 1) << kernel.text();
  }
}

TEST(SimdgroupLoops, LoopsWithoutEndAreCode) {
  const Lowered kernel("t[l] = i; BARRIER; while (true) { BARRIER; t[l] += 1; }");
  EXPECT_TRUE(kernel.lowered.waits);
}

TEST(SimdgroupLoops, MemoryReadWithLargeStridesIsPrefetchedInOrder) {
  const auto prefetches = [](const std::string& body) {
    return count_calls(*Lowered(body).kernel.module, "llvm.prefetch.p1");
  };
  EXPECT_EQ(prefetches("uint j = (i - l) * 4 + l; f[i] = f[j + 4096] + f[j + 8192];"), 1);
  EXPECT_EQ(prefetches("uint j = (i - l) * 4 + l; f[j] = 1; f[j + 4096] = 2;"), 1);
  EXPECT_EQ(prefetches("uint j = (i - l) * 4 + l; float s = 0; for (uint k = 0; k < 4; ++k)"
                       " if (j + k * 256 < n) s += f[j + k * 256]; f[i] = s;"),
            1);
  EXPECT_EQ(prefetches("x[i] = f[i] + x[i];"), 0);
  EXPECT_EQ(prefetches("x[i] = f[x[i]] + f[i + 1];"), 0);
}

TEST(SimdgroupLoops, LoopsEndBehindTheLastSimdgroupWithWork) {
  const auto shortened = [](const std::string& body) {
    const Lowered kernel("BARRIER; " + body);
    int found = 0;
    for (const llvm::Loop* loop : kernel.loops.getLoopsInPreorder()) {
      const auto* branch = llvm::cast<llvm::BranchInst>(loop->getLoopLatch()->getTerminator());
      const auto* end = branch->isConditional() ? llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition()) : nullptr;
      found += end != nullptr && llvm::isa<llvm::SelectInst>(end->getOperand(1));
    }
    return found;
  };
  EXPECT_EQ(shortened("if (l < 64) t[l] += t[l + 64];"), 1);
  EXPECT_EQ(shortened("if (l == 0) x[i] = t[0];"), 1);
  EXPECT_EQ(shortened("if (l >= 64) return; t[l] += t[l + 64];"), 1);
  EXPECT_EQ(shortened("if (n == 3) { if (l < 64) t[l] = 1; } else { if (l < 32) x[i] = 1; }"), 1);
  // The first round has a copy of its own.
  EXPECT_EQ(shortened("for (uint h = n; h > 0; h /= 2) { if (l < h) t[l] += t[l + h]; BARRIER; }"), 2);
  EXPECT_EQ(shortened("if (l > 63) t[l] = 1;"), 0);
  EXPECT_EQ(shortened("if (l < 64) t[l] = 1; x[i] = 2;"), 0);
  EXPECT_EQ(shortened("if (t[l] < 64) x[i] = 1;"), 0);
}

TEST(SimdgroupLoops, VectorsOnTheStackAreAligned) {
  const Lowered kernel("x[i] = n;");
  if (!kernel.kernel.module->getTargetTriple().isX86()) GTEST_SKIP() << "Other stacks are aligned for their vectors.";
  EXPECT_EQ(kernel.kernel.module->getOverrideStackAlignment(), 64u);
  ASSERT_NE(kernel.entry, kernel.function);
  EXPECT_TRUE(kernel.entry->hasFnAttribute("stackrealign"));
  EXPECT_TRUE(llvm::cast<llvm::CallInst>(kernel.entry->getEntryBlock().front()).isNoTailCall());
}

}  // namespace
}  // namespace pymetal::tests
