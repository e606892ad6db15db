// Which function constants each entry point reads.
#include "compiler/used_constants.h"

#include "compiler/initializers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Operator.h"

namespace pymetal::compiler {
namespace {

constexpr llvm::StringLiteral kIsDefined = "mtl.is_function_constant_defined";

/// Whether something asks if the constant is defined. Its address may be cast on the way.
bool is_queried(const llvm::Value& address) {
  return llvm::any_of(address.users(), [](const llvm::User* user) {
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(user))
      return call->getCalledFunction() != nullptr && call->getCalledFunction()->getName() == kIsDefined;
    const auto* cast = llvm::dyn_cast<llvm::Operator>(user);
    return cast != nullptr && cast->getOpcode() == llvm::Instruction::AddrSpaceCast && is_queried(*cast);
  });
}

}  // namespace

void find_used_constants(llvm::Module& module, Library& library) {
  if (library.constants.empty()) return;
  for (FunctionInfo& function : library.functions) {
    llvm::SmallVector<llvm::Constant*, 4> roots = {module.getFunction(function.symbol)};
    for (const Parameter& parameter : function.parameters)
      if (!parameter.condition.empty())
        roots.push_back(module.getGlobalVariable(parameter.condition, /*AllowInternal=*/true));
    const auto reachable = reachable_from(roots);
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
