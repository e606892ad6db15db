// Halves become integers by way of float.
#include <gtest/gtest.h>

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/saturate_halves.h"

namespace pymetal::tests {
namespace {

TEST(SaturateHalves, ConvertFloatsOfTheSameShape) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const auto module = llvm::parseAssemblyString(
      "declare i16 @llvm.fptosi.sat.i16.f16(half)\n"
      "declare <2 x i8> @llvm.fptoui.sat.v2i8.v2f16(<2 x half>)\n"
      "declare i32 @llvm.fptosi.sat.i32.f32(float)\n"
      "define void @f(half %h, <2 x half> %v, float %x) {\n"
      "%1 = call i16 @llvm.fptosi.sat.i16.f16(half %h)\n"
      "%2 = call <2 x i8> @llvm.fptoui.sat.v2i8.v2f16(<2 x half> %v)\n"
      "%3 = call i32 @llvm.fptosi.sat.i32.f32(float %x)\n"
      "ret void\n}",
      problem, context);
  llvm::Function& function = *module->getFunction("f");
  llvm::FunctionAnalysisManager analyses;
  lowering::SaturateHalves::run(function, analyses);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  std::vector<std::string> callees;
  for (const llvm::Instruction& instruction : llvm::instructions(function))
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction))
      callees.push_back(call->getCalledFunction()->getName().str());
  EXPECT_EQ(callees, (std::vector<std::string>{"llvm.fptosi.sat.i16.f32", "llvm.fptoui.sat.v2i8.v2f32",
                                               "llvm.fptosi.sat.i32.f32"}));
}

}  // namespace
}  // namespace pymetal::tests
