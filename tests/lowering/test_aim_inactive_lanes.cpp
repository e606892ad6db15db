// Gathers and scatters of processors that lack them need no branch for each lane.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/aim_inactive_lanes.h"
#include "lowering/pass_analyses.h"

namespace pymetal::tests {
namespace {

struct Shape {
  const char* name;
  const char* body;
  /// Of the accesses, those under a mask that is no constant; of the other instructions, the selections.
  int masked;
  int selections;
};

struct AimInactiveLanes : testing::TestWithParam<Shape> {
  llvm::LLVMContext context;
};

TEST_P(AimInactiveLanes, HaveAnAddress) {
#ifndef __x86_64__
  GTEST_SKIP() << "The processor of the test is one for x86.";
#endif
  const std::string text =
      std::string("define <32 x float> @f(<32 x ptr addrspace(1)> %p, <32 x i1> %m, <32 x float> %x) {\n") +
      GetParam().body + "\n}\n";
  llvm::SMDiagnostic problem;
  const std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, problem, context);
  ASSERT_NE(module, nullptr) << problem.getMessage().str();
  const auto target = backend::cpu::make_host_target("x86-64-v3");
  lowering::PassAnalyses analyses(*target);
  llvm::Function& function = *module->getFunction("f");
  lowering::AimInactiveLanes::run(function, analyses.functions);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  int masked = 0;
  int selections = 0;
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    if (llvm::isa<llvm::SelectInst>(instruction)) ++selections;
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction))
      for (const llvm::Value* argument : call->args())
        if (argument == function.getArg(1)) ++masked;
  }
  EXPECT_EQ(masked, GetParam().masked);
  EXPECT_EQ(selections, GetParam().selections);
}

constexpr const char* kGather = R"(
%r = call <32 x float> @llvm.masked.gather.v32f32.v32p1(<32 x ptr addrspace(1)> align 4 %p, <32 x i1> %m,
                                                        <32 x float> poison)
ret <32 x float> %r)";
constexpr const char* kGatherOrElse = R"(
%r = call <32 x float> @llvm.masked.gather.v32f32.v32p1(<32 x ptr addrspace(1)> align 4 %p, <32 x i1> %m,
                                                        <32 x float> %x)
ret <32 x float> %r)";
constexpr const char* kScatter = R"(
call void @llvm.masked.scatter.v32f32.v32p1(<32 x float> %x, <32 x ptr addrspace(1)> align 4 %p, <32 x i1> %m)
ret <32 x float> %x)";
constexpr const char* kEveryLane = R"(
%r = call <32 x float> @llvm.masked.gather.v32f32.v32p1(<32 x ptr addrspace(1)> align 4 %p, <32 x i1> splat (i1 true),
                                                        <32 x float> poison)
ret <32 x float> %r)";
constexpr const char* kRun = R"(
%q = extractelement <32 x ptr addrspace(1)> %p, i32 0
%r = call <32 x float> @llvm.masked.load.v32f32.p1(ptr addrspace(1) align 4 %q, <32 x i1> %m, <32 x float> %x)
ret <32 x float> %r)";

INSTANTIATE_TEST_SUITE_P(Shapes, AimInactiveLanes,
                         testing::Values(Shape{"gather", kGather, 0, 1}, Shape{"gather_or_else", kGatherOrElse, 0, 2},
                                         Shape{"scatter", kScatter, 0, 1}, Shape{"every_lane", kEveryLane, 0, 0},
                                         Shape{"run", kRun, 1, 0}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace pymetal::tests
