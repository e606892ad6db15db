// Which function constants each entry point reads.
#include "compiler/used_constants.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::compiler {
namespace {

constexpr llvm::StringLiteral kIsDefined = "mtl.is_function_constant_defined";

/// Everything that can be reached from `root` through operands, calls and initializers.
llvm::SmallPtrSet<const llvm::Constant*, 32> reachable_from(const llvm::Function& root) {
  llvm::SmallPtrSet<const llvm::Constant*, 32> seen;
  llvm::SmallVector<const llvm::Constant*, 64> pending = {&root};
  while (!pending.empty()) {
    const llvm::Constant* constant = pending.pop_back_val();
    if (!seen.insert(constant).second) continue;
    const auto visit_operands = [&](const llvm::User& user) {
      for (const llvm::Value* operand : user.operands())
        if (const auto* next = llvm::dyn_cast<llvm::Constant>(operand)) pending.push_back(next);
    };
    visit_operands(*constant);
    if (const auto* function = llvm::dyn_cast<llvm::Function>(constant))
      for (const llvm::Instruction& instruction : llvm::instructions(*function)) visit_operands(instruction);
  }
  return seen;
}

bool is_queried(const llvm::GlobalVariable& variable) {
  for (const llvm::User* user : variable.users()) {
    const llvm::Value* value = user;
    // The address may be cast on its way.
    while (!llvm::isa<llvm::CallBase>(value) && value->hasOneUse()) value = *value->user_begin();
    const auto* call = llvm::dyn_cast<llvm::CallBase>(value);
    if (call != nullptr && call->getCalledFunction() != nullptr && call->getCalledFunction()->getName() == kIsDefined)
      return true;
  }
  return false;
}

}  // namespace

void find_used_constants(const llvm::Module& module, Library& library) {
  if (library.constants.empty()) return;
  for (FunctionInfo& function : library.functions) {
    const llvm::Function* root = module.getFunction(function.symbol);
    if (root == nullptr) continue;
    const auto reachable = reachable_from(*root);
    for (const FunctionConstantInfo& info : library.constants) {
      const llvm::GlobalVariable* variable = module.getGlobalVariable(info.symbol, /*AllowInternal=*/true);
      if (variable == nullptr || !reachable.contains(variable)) continue;
      FunctionConstant constant = info.constant;
      constant.required = !is_queried(*variable);
      function.constants.push_back(std::move(constant));
    }
  }
}

}  // namespace pymetal::compiler
