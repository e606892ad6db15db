// Conversions of vectors saturate as those of scalars do, as LLVM folds both.
#include <gtest/gtest.h>

#include <limits>

#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "lowering/saturate_vectors.h"

namespace pymetal::tests {
namespace {

class Conversion {
 public:
  Conversion(const std::string& kind, const std::string& from, const std::string& from_suffix, unsigned bits,
             bool is_lowered) {
    const std::string to = "<2 x i" + std::to_string(bits) + ">";
    const std::string callee = "@llvm." + kind + ".v2i" + std::to_string(bits) + ".v2" + from_suffix;
    const std::string text = "declare " + to + " " + callee + "(<2 x " + from + ">)\ndefine " + to + " @f(<2 x " +
                             from + "> %x) {\n%r = call " + to + " " + callee + "(<2 x " + from + "> %x)\nret " + to +
                             " %r\n}";
    llvm::SMDiagnostic problem;
    module_ = llvm::parseAssemblyString(text, problem, context_);
    llvm::FunctionAnalysisManager analyses;
    if (is_lowered) lowering::SaturateVectors::run(function(), analyses);
    EXPECT_FALSE(llvm::verifyModule(*module_, &llvm::errs()));
  }
  llvm::Function& function() { return *module_->getFunction("f"); }
  bool has_intrinsic() {
    return llvm::any_of(llvm::instructions(function()), [](llvm::Instruction& i) {
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&i);
      return call != nullptr && call->getCalledFunction()->getName().contains(".sat.");
    });
  }

  /// The first component of the result. Where a conversion on the way has no value, freezing it gives 77.
  llvm::APInt evaluate(double x) {
    llvm::DenseMap<const llvm::Value*, llvm::Constant*> known = {
        {function().getArg(0), llvm::ConstantFP::get(function().getArg(0)->getType(), x)}};
    for (llvm::Instruction& instruction : llvm::instructions(function())) {
      llvm::SmallVector<llvm::Constant*, 3> operands;
      for (llvm::Value* operand : instruction.operands())
        operands.push_back(llvm::isa<llvm::Constant>(operand) ? llvm::cast<llvm::Constant>(operand) : known[operand]);
      if (llvm::isa<llvm::ReturnInst>(instruction)) return operands[0]->getAggregateElement(0u)->getUniqueInteger();
      known[&instruction] =
          llvm::isa<llvm::FreezeInst>(instruction)
              ? (operands[0]->containsPoisonElement() ? llvm::ConstantInt::get(instruction.getType(), 77) : operands[0])
              : llvm::ConstantFoldInstOperands(&instruction, operands, module_->getDataLayout());
    }
    return llvm::APInt();
  }

 private:
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

class SaturateVectors : public testing::TestWithParam<unsigned> {};

TEST_P(SaturateVectors, GivesWhatScalarsGive) {
  for (const char* kind : {"fptosi.sat", "fptoui.sat"}) {
    for (const auto& [from, suffix] : {std::pair{"float", "f32"}, {"half", "f16"}}) {
      Conversion lowered(kind, from, suffix, GetParam(), true);
      Conversion plain(kind, from, suffix, GetParam(), false);
      EXPECT_FALSE(lowered.has_intrinsic());
      EXPECT_TRUE(plain.has_intrinsic());
      std::vector<double> values = {0.0,
                                    0.5,
                                    0.99,
                                    1.0,
                                    1.5,
                                    100.7,
                                    std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::quiet_NaN()};
      for (const double end : {0x1p7, 0x1p8, 0x1p15, 0x1p16, 0x1p31, 0x1p32, 0x1p63, 0x1p64})
        for (const double factor : {1.0, 1 - 0x1p-10, 1 - 0x1p-24, 1 + 0x1p-10, 1 + 0x1p-23, 2.0})
          values.push_back(end * factor);
      for (const double x : values)
        for (const double signed_x : {x, -x})
          EXPECT_EQ(lowered.evaluate(signed_x), plain.evaluate(signed_x)) << kind << " of " << from << " " << signed_x;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, SaturateVectors, testing::Values(8, 16, 32, 64));

}  // namespace
}  // namespace pymetal::tests
