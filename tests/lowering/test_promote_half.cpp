// Functions of half vectors go through float, and the machine code calls no library for them.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/promote_half.h"

namespace pymetal::tests {
namespace {

class PromoteHalf : public testing::TestWithParam<const char*> {};

TEST_P(PromoteHalf, ComputesInFloat) {
  const std::string name = GetParam();
  const bool is_binary = name == "minnum" || name == "maxnum";
  const std::string parameters = is_binary ? "<32 x half> %x, <32 x half> %y" : "<32 x half> %x";
  const std::string callee = "<32 x half> @llvm." + name + ".v32f16";
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const auto module = llvm::parseAssemblyString(
      "define void @f(ptr %p) {\n%x = load <32 x half>, ptr %p\n%y = fneg <32 x half> %x\n%r = call " + callee + "(" +
          parameters + ")\nstore <32 x half> %r, ptr %p\nret void\n}\ndeclare " + callee +
          (is_binary ? "(<32 x half>, <32 x half>)" : "(<32 x half>)"),
      problem, context);
  llvm::Function& function = *module->getFunction("f");
  llvm::FunctionAnalysisManager analyses;
  lowering::PromoteHalf::run(function, analyses);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
      EXPECT_EQ(call->getCalledFunction()->getName(), "llvm." + name + ".v32f32");
    }
  }
  const auto target = backend::cpu::make_host_target();
  module->setDataLayout(target->createDataLayout());
  module->setTargetTriple(target->getTargetTriple());
  EXPECT_EQ(backend::cpu::make_code(*module, *target).symbols, std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Functions, PromoteHalf,
                         testing::Values("ceil", "floor", "maxnum", "minnum", "rint", "round", "sqrt", "trunc"),
                         [](const testing::TestParamInfo<const char*>& info) { return std::string(info.param); });

}  // namespace
}  // namespace pymetal::tests
