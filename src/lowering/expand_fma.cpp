// Spells out fused multiply-add of floats, for processors that have none.
#include "lowering/expand_fma.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

namespace pymetal::lowering {
namespace {

/// As many as there are registers for.
constexpr unsigned kLanesAtOnce = 4;
/// More in one kernel would take long to compile.
constexpr std::size_t kMostInPlace = 16;

llvm::Type* like(llvm::Type* model, llvm::Type* element) {
  const auto* vector = llvm::dyn_cast<llvm::VectorType>(model);
  return vector == nullptr ? element : llvm::VectorType::get(element, vector->getElementCount());
}

/// The product of floats is exact in double. Where the sum is not, its last digit is made odd, so that rounding it once
/// more gives what rounding the exact sum gives.
llvm::Value* multiply_add(llvm::IRBuilder<>& builder, llvm::Value* a, llvm::Value* b, llvm::Value* c) {
  llvm::Type* floats = a->getType();
  llvm::Type* doubles = like(floats, builder.getDoubleTy());
  llvm::Type* words = like(floats, builder.getInt64Ty());
  const auto extend = [&](llvm::Value* value) { return builder.CreateFPExt(value, doubles); };
  llvm::Value* product = builder.CreateFMul(extend(a), extend(b));
  llvm::Value* summand = extend(c);
  llvm::Value* sum = builder.CreateFAdd(product, summand);
  // What the sum lacks, exactly.
  llvm::Value* second = builder.CreateFSub(sum, product);
  llvm::Value* first = builder.CreateFSub(sum, second);
  llvm::Value* error = builder.CreateFAdd(builder.CreateFSub(product, first), builder.CreateFSub(summand, second));
  llvm::Value* zero = llvm::Constant::getNullValue(doubles);
  llvm::Value* bits = builder.CreateBitCast(sum, words);
  // Away from zero where the error has the sign of the sum, and towards it otherwise.
  llvm::Value* signs = builder.CreateXor(builder.CreateBitCast(error, words), bits);
  llvm::Value* step = builder.CreateOr(builder.CreateAShr(signs, 63), llvm::ConstantInt::get(words, 1));
  llvm::Value* is_even = builder.CreateICmpEQ(builder.CreateAnd(bits, llvm::ConstantInt::get(words, 1)),
                                              llvm::Constant::getNullValue(words));
  // Not where the sum is infinite or no number.
  llvm::Value* is_inexact = builder.CreateFCmpONE(error, zero);
  llvm::Value* odd = builder.CreateSelect(builder.CreateAnd(is_even, is_inexact), builder.CreateAdd(bits, step), bits);
  return builder.CreateFPTrunc(builder.CreateBitCast(odd, doubles), floats);
}

/// A few lanes at a time, so that what is in between stays in registers.
llvm::Value* multiply_add_lanes(llvm::IRBuilder<>& builder, llvm::ArrayRef<llvm::Value*> operands) {
  llvm::Type* floats = operands[0]->getType();
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(floats);
  const unsigned count = vector == nullptr ? 1 : vector->getNumElements();
  if (count % kLanesAtOnce != 0) return multiply_add(builder, operands[0], operands[1], operands[2]);
  llvm::Type* few = llvm::FixedVectorType::get(builder.getFloatTy(), kLanesAtOnce);
  llvm::Value* result = llvm::PoisonValue::get(floats);
  for (unsigned first = 0; first < count; first += kLanesAtOnce) {
    const auto part = [&](llvm::Value* operand) { return builder.CreateExtractVector(few, operand, first); };
    llvm::Value* lanes = multiply_add(builder, part(operands[0]), part(operands[1]), part(operands[2]));
    result = builder.CreateInsertVector(floats, result, lanes, first);
  }
  return result;
}

llvm::Function* make_function(llvm::Module& module, llvm::Type* floats) {
  auto* function = llvm::Function::Create(llvm::FunctionType::get(floats, {floats, floats, floats}, false),
                                          llvm::GlobalValue::InternalLinkage, "fma", module);
  function->addFnAttr(llvm::Attribute::NoInline);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", function));
  llvm::SmallVector<llvm::Value*, 3> operands;
  for (llvm::Argument& argument : function->args()) operands.push_back(&argument);
  builder.CreateRet(multiply_add_lanes(builder, operands));
  return function;
}

class Expansion {
 public:
  /// `in_place`: no function stands for it.
  explicit Expansion(bool in_place) : in_place_(in_place) {}

  llvm::Value* run(llvm::IntrinsicInst& call) {
    llvm::IRBuilder<> builder(&call);
    llvm::Type* floats = like(call.getType(), builder.getFloatTy());
    llvm::SmallVector<llvm::Value*, 3> operands;
    for (llvm::Value* operand : call.args()) operands.push_back(builder.CreateFPExt(operand, floats));
    llvm::Value* result = nullptr;
    if (in_place_) {
      result = multiply_add_lanes(builder, operands);
    } else {
      llvm::Function*& function = functions_[floats];
      if (function == nullptr) function = make_function(*call.getModule(), floats);
      result = builder.CreateCall(function, operands);
    }
    return builder.CreateFPTrunc(result, call.getType());
  }

 private:
  bool in_place_;
  llvm::DenseMap<llvm::Type*, llvm::Function*> functions_;
};

bool is_multiply_add(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (call == nullptr || call->getIntrinsicID() != llvm::Intrinsic::fma) return false;
  const llvm::Type* element = call->getType()->getScalarType();
  return element->isFloatTy() || element->isHalfTy();
}

}  // namespace

llvm::PreservedAnalyses ExpandFma::run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
  llvm::SmallVector<llvm::IntrinsicInst*, 32> calls;
  for (llvm::Function& function : module)
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (is_multiply_add(instruction)) calls.push_back(llvm::cast<llvm::IntrinsicInst>(&instruction));
  Expansion expansion(calls.size() <= kMostInPlace);
  for (llvm::IntrinsicInst* call : calls) {
    call->replaceAllUsesWith(expansion.run(*call));
    call->eraseFromParent();
  }
  return calls.empty() ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace pymetal::lowering
