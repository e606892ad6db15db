// Instantiates functions from the syntax tree of their program, and generates IR for them.
#include "compiler/instantiate_action.h"

#include "clang/AST/Decl.h"
#include "clang/AST/GlobalDecl.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Sema/Sema.h"
#include "clang/Serialization/ASTReader.h"
#include "compiler/mark_leaves.h"
#include "compiler/translation_unit.h"
#include "compiler/write_module.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace pymetal::compiler {
namespace {

template <class T>
T* declaration_at(clang::CompilerInstance& instance, std::uint64_t place) {
  clang::ASTReader& reader = *instance.getASTReader();
  clang::serialization::ModuleFile& tree = reader.getModuleManager().getPrimaryModule();
  return llvm::dyn_cast_or_null<T>(reader.GetLocalDecl(tree, clang::LocalDeclID::get(reader, tree, place)));
}

}  // namespace

/// Hands to the generator what the tree holds, but for the other entry points.
class InstantiateAction::Consumer : public clang::MultiplexConsumer {
 public:
  using MultiplexConsumer::MultiplexConsumer;

  bool HandleTopLevelDecl(clang::DeclGroupRef group) override {
    return is_other_entry_point(group) || MultiplexConsumer::HandleTopLevelDecl(group);
  }
  void HandleInterestingDecl(clang::DeclGroupRef group) override {
    if (!is_other_entry_point(group)) MultiplexConsumer::HandleInterestingDecl(group);
  }

  void add_function(const clang::FunctionDecl* function) { functions_.insert(function->getCanonicalDecl()); }

 private:
  bool is_other_entry_point(clang::DeclGroupRef group) const {
    const auto* declared = group.isSingleDecl() ? llvm::dyn_cast<clang::FunctionDecl>(group.getSingleDecl()) : nullptr;
    return declared != nullptr && declared->hasAttr<clang::UsedAttr>() &&
           !functions_.contains(declared->getCanonicalDecl());
  }

  llvm::SmallPtrSet<const clang::FunctionDecl*, 4> functions_;
};

std::unique_ptr<clang::ASTConsumer> InstantiateAction::CreateASTConsumer(clang::CompilerInstance& instance,
                                                                         llvm::StringRef file) {
  std::unique_ptr<clang::CodeGenerator> generator = clang::CreateLLVMCodeGen(instance, file, context_);
  generator_ = generator.get();
  std::vector<std::unique_ptr<clang::ASTConsumer>> consumers;
  consumers.push_back(std::make_unique<MarkLeaves>());
  consumers.push_back(std::move(generator));
  auto consumer = std::make_unique<Consumer>(std::move(consumers));
  consumer_ = consumer.get();
  return consumer;
}

void InstantiateAction::instantiate(clang::Sema& sema, const FunctionInfo& info) {
  clang::CompilerInstance& instance = getCompilerInstance();
  auto* function = declaration_at<clang::FunctionDecl>(instance, info.declarations.front());
  if (function == nullptr) return;
  consumer_->add_function(function);
  const clang::SourceLocation place = function->getPointOfInstantiation();
  function->setTemplateSpecializationKind(clang::TSK_ExplicitInstantiationDefinition, place);
  sema.InstantiateFunctionDefinition(place, function, /*Recursive=*/true, /*DefinitionRequired=*/true,
                                     /*AtEndOfTU=*/true);
  // Nothing else may mention the variables that decide on optional arguments.
  for (const std::uint64_t condition : llvm::ArrayRef(info.declarations).drop_front())
    if (auto* variable = declaration_at<clang::VarDecl>(instance, condition))
      generator_->GetAddrOfGlobal(clang::GlobalDecl(variable), /*isForDefinition=*/false);
}

void InstantiateAction::ExecuteAction() {
  clang::CompilerInstance& instance = getCompilerInstance();
  parse_syntax_tree(instance, *consumer_, [&](clang::Sema& sema) {
    for (const FunctionInfo& function : result_.functions) instantiate(sema, function);
  });
  consumer_->HandleTranslationUnit(instance.getASTContext());
  write_module(*generator_, instance.getDiagnostics(), result_);
}

}  // namespace pymetal::compiler
