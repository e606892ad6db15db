// Masks go from instruction to instruction as lanes of 32 bits.
#include <gtest/gtest.h>

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/carry_masks.h"

namespace pymetal::tests {
namespace {

constexpr const char* kMaskHeader = R"(
declare <32 x float> @llvm.masked.load.v32f32.p0(ptr, <32 x i1>, <32 x float>)
declare void @llvm.masked.store.v32f32.p0(<32 x float>, ptr, <32 x i1>)
define void @f(ptr %p, <32 x i32> %a, <32 x i32> %b, <32 x float> %x, <32 x i1> %m, <32 x i8> %c, i32 %n, i1 %s) {
start:
)";

struct MaskShape {
  const char* name;
  const char* body;
  /// Masks that are left, each in the block that uses it.
  int masks;
};

struct CarryMasks : testing::TestWithParam<MaskShape> {
  void SetUp() override {
    llvm::SMDiagnostic problem;
    module =
        llvm::parseAssemblyString(std::string(kMaskHeader) + GetParam().body + "\nret void\n}\n", problem, context);
    ASSERT_NE(module, nullptr) << problem.getMessage().str();
    llvm::FunctionAnalysisManager analyses;
    lowering::CarryMasks::run(*module->getFunction("f"), analyses);
    EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  }

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
};

TEST_P(CarryMasks, AsLanes) {
  const auto is_mask = [](const llvm::Type* type) {
    return type->isVectorTy() && type->getScalarType()->isIntegerTy(1);
  };
  int masks = 0;
  for (const llvm::Instruction& instruction : llvm::instructions(module->getFunction("f"))) {
    if (!is_mask(instruction.getType())) continue;
    ++masks;
    EXPECT_FALSE(llvm::isa<llvm::PHINode>(instruction));
    EXPECT_FALSE(instruction.isBitwiseLogicOp());
    for (const llvm::User* user : instruction.users())
      EXPECT_EQ(llvm::cast<llvm::Instruction>(user)->getParent(), instruction.getParent());
  }
  EXPECT_EQ(masks, GetParam().masks);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CarryMasks,
    testing::Values(
        MaskShape{"Logic",
                  "%k = icmp slt <32 x i32> %a, %b\n%l = and <32 x i1> %k, %m\n%o = xor <32 x i1> %l, splat (i1 true)\n"
                  "%v = select <32 x i1> %o, <32 x i32> %a, <32 x i32> %b\nstore <32 x i32> %v, ptr %p",
                  2},
        MaskShape{"Phi",
                  "%k = icmp slt <32 x i32> %a, %b\nbr i1 %s, label %then, label %end\nthen:\n"
                  "%l = fcmp olt <32 x float> %x, zeroinitializer\nbr label %end\nend:\n"
                  "%q = phi <32 x i1> [ %k, %start ], [ %l, %then ]\n"
                  "call void @llvm.masked.store.v32f32.p0(<32 x float> %x, ptr %p, <32 x i1> %q)",
                  3},
        MaskShape{
            "Loop",
            "br label %loop\nloop:\n%q = phi <32 x i1> [ %m, %start ], [ %r, %loop ]\n"
            "%y = call <32 x float> @llvm.masked.load.v32f32.p0(ptr %p, <32 x i1> %q, <32 x float> zeroinitializer)\n"
            "%k = fcmp olt <32 x float> %y, %x\n%r = and <32 x i1> %q, %k\n%bits = bitcast <32 x i1> %r to i32\n"
            "%on = icmp ne i32 %bits, 0\nbr i1 %on, label %loop, label %end\nend:",
            2},
        MaskShape{"Bits",
                  "%k = icmp slt <32 x i32> %a, %b\n%bits = bitcast <32 x i1> %k to i32\n%on = add i32 %bits, %n\n"
                  "store i32 %on, ptr %p",
                  2},
        MaskShape{"MaskOfBits",
                  "%k = bitcast i32 %n to <32 x i1>\n%l = and <32 x i1> %k, %m\n"
                  "%v = select <32 x i1> %l, <32 x i32> %a, <32 x i32> %b\nstore <32 x i32> %v, ptr %p",
                  2},
        MaskShape{"Extended",
                  "%k = icmp slt <32 x i32> %a, %b\n%v = sext <32 x i1> %k to <32 x i32>\n"
                  "%w = zext <32 x i1> %k to <32 x i32>\n%r = sub <32 x i32> %v, %w\nstore <32 x i32> %r, ptr %p",
                  1},
        MaskShape{"Chosen",
                  "%k = icmp slt <32 x i32> %a, %b\n%l = icmp eq <32 x i32> %a, %b\n"
                  "%t = select <32 x i1> %k, <32 x i1> %l, <32 x i1> zeroinitializer\n"
                  "%u = select <32 x i1> %k, <32 x i1> splat (i1 true), <32 x i1> %l\n"
                  "%w = select i1 %s, <32 x i1> %t, <32 x i1> %u\n%z = freeze <32 x i1> %w\n"
                  "%v = select <32 x i1> %z, <32 x i32> %a, <32 x i32> %b\nstore <32 x i32> %v, ptr %p",
                  3},
        MaskShape{"NarrowComparison",
                  "%k = icmp slt <32 x i8> %c, zeroinitializer\n"
                  "%v = select <32 x i1> %k, <32 x i8> %c, <32 x i8> zeroinitializer\nstore <32 x i8> %v, ptr %p",
                  1}),
    [](const testing::TestParamInfo<MaskShape>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pymetal::tests
