// Ties each variable of program scope to the function that computes it when a pipeline is made.
#include "compiler/initializers.h"

#include <map>

#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Metadata.h"
#include "llvm/Support/Error.h"
#include "pymetal/error.h"

namespace pymetal::compiler {
namespace {

constexpr llvm::StringLiteral kConstructors = "llvm.global_ctors";
/// Of a variable: the function, and its place in the order of the text.
constexpr llvm::StringLiteral kMetadata = "mtl.initializer";

/// The variable that an initialiser is for: the last that it names, since it ends by telling that it changes no more.
llvm::GlobalVariable* variable_of(const llvm::Function& initializer) {
  llvm::GlobalVariable* variable = nullptr;
  for (const llvm::Instruction& instruction : llvm::instructions(initializer))
    for (llvm::Value* operand : instruction.operands())
      if (auto* global = llvm::dyn_cast<llvm::GlobalVariable>(operand->stripInBoundsOffsets());
          global != nullptr && !global->isConstant())
        variable = global;
  return variable;
}

void attach(llvm::Function& initializer, std::uint32_t order) {
  llvm::GlobalVariable* variable = variable_of(initializer);
  if (variable == nullptr) return;
  llvm::LLVMContext& context = initializer.getContext();
  const auto number = llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), order);
  variable->setMetadata(kMetadata, llvm::MDNode::get(context, {llvm::ConstantAsMetadata::get(&initializer),
                                                               llvm::ConstantAsMetadata::get(number)}));
}

struct Initializer {
  llvm::Function* function = nullptr;
  std::uint64_t order = 0;
};

Initializer initializer_of(const llvm::GlobalVariable& variable) {
  const llvm::MDNode* node = variable.getMetadata(kMetadata);
  if (node == nullptr) return {};
  return {llvm::mdconst::dyn_extract<llvm::Function>(node->getOperand(0)),
          llvm::mdconst::extract<llvm::ConstantInt>(node->getOperand(1))->getZExtValue()};
}

}  // namespace

void attach_initializers(llvm::Module& module) {
  llvm::GlobalVariable* list = module.getGlobalVariable(kConstructors);
  const auto* entries = list != nullptr ? llvm::dyn_cast<llvm::ConstantArray>(list->getInitializer()) : nullptr;
  if (entries == nullptr) return;
  std::uint32_t order = 0;
  std::vector<llvm::Function*> callers;
  for (const llvm::Use& entry : entries->operands()) {
    auto* function = llvm::dyn_cast<llvm::Function>(llvm::cast<llvm::Constant>(entry)->getAggregateElement(1u));
    if (function == nullptr) continue;
    if (!function->getName().starts_with("_GLOBAL_")) {
      attach(*function, order++);
      continue;
    }
    for (llvm::Instruction& instruction : llvm::instructions(*function))
      if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction); call && call->getCalledFunction())
        attach(*call->getCalledFunction(), order++);
    callers.push_back(function);
  }
  list->eraseFromParent();
  for (llvm::Function* caller : callers) caller->eraseFromParent();
}

llvm::SmallPtrSet<llvm::Constant*, 32> reachable_from(llvm::ArrayRef<llvm::Constant*> roots) {
  llvm::SmallPtrSet<llvm::Constant*, 32> seen;
  llvm::SmallVector<llvm::Constant*, 64> pending(roots);
  while (!pending.empty()) {
    llvm::Constant* constant = pending.pop_back_val();
    if (constant == nullptr || !seen.insert(constant).second) continue;
    const auto visit_operands = [&](llvm::User& user) {
      for (llvm::Value* operand : user.operands())
        if (auto* next = llvm::dyn_cast<llvm::Constant>(operand)) pending.push_back(next);
    };
    auto* function = llvm::dyn_cast<llvm::Function>(constant);
    if (function != nullptr)
      if (llvm::Error error = function->materialize())
        throw PipelineError("The IR of the library cannot be read: " + llvm::toString(std::move(error)) + ".");
    visit_operands(*constant);
    if (function != nullptr)
      for (llvm::Instruction& instruction : llvm::instructions(*function)) visit_operands(instruction);
    if (auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(constant))
      pending.push_back(initializer_of(*variable).function);
  }
  return seen;
}

std::vector<llvm::Function*> initializers_of(const llvm::SmallPtrSetImpl<llvm::Constant*>& reached) {
  std::map<std::uint64_t, llvm::Function*> ordered;
  for (llvm::Constant* constant : reached)
    if (auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(constant))
      if (const Initializer initializer = initializer_of(*variable); initializer.function != nullptr)
        ordered.emplace(initializer.order, initializer.function);
  std::vector<llvm::Function*> functions;
  for (const auto& [order, function] : ordered) functions.push_back(function);
  return functions;
}

}  // namespace pymetal::compiler
