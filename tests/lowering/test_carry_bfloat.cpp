// Bfloats that are only moved go as integers, and no level of x86-64 calls a library for them.
#include <gtest/gtest.h>

#include "backend/cpu/make_code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/carry_bfloat.h"

namespace pymetal::tests {
namespace {

constexpr const char* kHeader = R"(
declare <32 x bfloat> @llvm.masked.load.v32bf16.p0(ptr, <32 x i1>, <32 x bfloat>)
declare void @llvm.masked.store.v32bf16.p0(<32 x bfloat>, ptr, <32 x i1>)
declare <32 x bfloat> @llvm.masked.gather.v32bf16.v32p0(<32 x ptr>, <32 x i1>, <32 x bfloat>)
declare void @llvm.masked.scatter.v32bf16.v32p0(<32 x bfloat>, <32 x ptr>, <32 x i1>)
define void @f(ptr %p, <32 x ptr> %q, <32 x i1> %m, i1 %c) {
start:
  %x = load <32 x bfloat>, ptr %p
)";

class CarryBfloat : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(CarryBfloat, AsBits) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const auto module =
      llvm::parseAssemblyString(std::string(kHeader) + GetParam().second + "\nret void\n}\n", problem, context);
  ASSERT_NE(module, nullptr) << problem.getMessage().str();
  llvm::Function& function = *module->getFunction("f");
  llvm::FunctionAnalysisManager analyses;
  lowering::CarryBfloat::run(function, analyses);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    if (instruction.getType()->getScalarType()->isBFloatTy()) {
      EXPECT_TRUE(llvm::isa<llvm::BitCastInst>(instruction));
    }
  }
  std::vector<std::string> levels = {backend::cpu::kNativeCpu};
  const auto native = backend::cpu::make_host_target();
  if (native->getTargetTriple().isX86()) levels = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};
  for (const std::string& level : levels) {
    const auto target = backend::cpu::make_host_target(level);
    module->setDataLayout(target->createDataLayout());
    module->setTargetTriple(target->getTargetTriple());
    EXPECT_EQ(backend::cpu::make_code(*module, *target).symbols, std::vector<std::string>()) << level;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Moves, CarryBfloat,
    testing::Values(
        std::pair("Select",
                  "%y = select nnan <32 x i1> %m, <32 x bfloat> %x, <32 x bfloat> splat (bfloat 0xR7F80)\n"
                  "store <32 x bfloat> %y, ptr %p"),
        std::pair("Shuffle",
                  "%y = shufflevector <32 x bfloat> %x, <32 x bfloat> poison, <4 x i32> <i32 7, i32 poison, "
                  "i32 3, i32 3>\nstore <4 x bfloat> %y, ptr %p"),
        std::pair("Elements",
                  "%e = extractelement <32 x bfloat> %x, i32 3\n"
                  "%y = insertelement <32 x bfloat> %x, bfloat %e, i32 9\nstore <32 x bfloat> %y, ptr %p"),
        std::pair("Phi",
                  "br i1 %c, label %then, label %end\nthen:\n"
                  "%t = select <32 x i1> %m, <32 x bfloat> %x, <32 x bfloat> zeroinitializer\n"
                  "br label %end\nend:\n%y = phi <32 x bfloat> [ %x, %start ], [ %t, %then ]\n"
                  "store <32 x bfloat> %y, ptr %p"),
        std::pair("LoopPhi",
                  "br label %loop\nloop:\n%y = phi <32 x bfloat> [ %x, %start ], [ %z, %loop ]\n"
                  "%z = freeze <32 x bfloat> %y\nbr i1 %c, label %loop, label %end\nend:\n"
                  "store <32 x bfloat> %z, ptr %p"),
        std::pair("MaskedAccess",
                  "%y = call <32 x bfloat> @llvm.masked.load.v32bf16.p0(ptr align 2 %p, <32 x i1> %m, "
                  "<32 x bfloat> %x)\ncall void @llvm.masked.store.v32bf16.p0(<32 x bfloat> %y, "
                  "ptr align 2 %p, <32 x i1> %m)"),
        std::pair("Scatter",
                  "%y = call <32 x bfloat> @llvm.masked.gather.v32bf16.v32p0(<32 x ptr> align 2 %q, "
                  "<32 x i1> %m, <32 x bfloat> %x)\ncall void @llvm.masked.scatter.v32bf16.v32p0("
                  "<32 x bfloat> %y, <32 x ptr> align 2 %q, <32 x i1> %m)")),
    [](const testing::TestParamInfo<std::pair<const char*, const char*>>& info) {
      return std::string(info.param.first);
    });

}  // namespace
}  // namespace pymetal::tests
