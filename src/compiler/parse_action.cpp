// Parses filtered MSL, generates IR for it, and reads reflection off the syntax tree.
#include "compiler/parse_action.h"

#include "clang/AST/Attr.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Sema/Sema.h"
#include "compiler/check_restrictions.h"
#include "compiler/mark_leaves.h"
#include "compiler/reflect.h"
#include "compiler/syntax_tree_writer.h"
#include "compiler/translation_unit.h"
#include "compiler/write_module.h"

namespace pymetal::compiler {
namespace {

/// Watches for what differs between two compiles of the same source.
class TimeMacros : public clang::PPCallbacks {
 public:
  explicit TimeMacros(Library& library) : library_(library) {}
  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& macro, clang::SourceRange,
                    const clang::MacroArgs*) override {
    if (!macro.getMacroInfo()->isBuiltinMacro()) return;
    const llvm::StringRef text = name.getIdentifierInfo()->getName();
    if (text == "__DATE__" || text == "__TIME__" || text == "__TIMESTAMP__") library_.is_cacheable = false;
  }

 private:
  Library& library_;
};

}  // namespace

std::unique_ptr<clang::ASTConsumer> ParseAction::CreateASTConsumer(clang::CompilerInstance& instance,
                                                                   llvm::StringRef file) {
  std::unique_ptr<clang::CodeGenerator> generator = clang::CreateLLVMCodeGen(instance, file, context_);
  generator_ = generator.get();
  auto writer = std::make_unique<SyntaxTreeWriter>(instance);
  writer_ = writer.get();
  std::vector<std::unique_ptr<clang::ASTConsumer>> consumers;
  consumers.push_back(std::move(writer));
  consumers.push_back(std::make_unique<MarkLeaves>());
  consumers.push_back(std::move(generator));
  return std::make_unique<clang::MultiplexConsumer>(std::move(consumers));
}

void ParseAction::ExecuteAction() {
  clang::CompilerInstance& instance = getCompilerInstance();
  clang::ASTConsumer& consumer = instance.getASTConsumer();
  instance.getPreprocessor().addPPCallbacks(std::make_unique<TimeMacros>(library_));
  parse_program(instance, consumer, least_deferred_);
  clang::Sema& sema = instance.getSema();
  std::vector<DeferredFunction> deferred;
  if (!instance.getDiagnostics().hasUncompilableErrorOccurred()) check_restrictions(sema, attributes_);
  if (!instance.getDiagnostics().hasErrorOccurred()) deferred = reflect(sema, attributes_, *generator_, library_);
  if (!instance.getDiagnostics().hasErrorOccurred() && !deferred.empty()) keep_syntax_tree(deferred);
  consumer.HandleTranslationUnit(sema.getASTContext());
  write_module(*generator_, instance.getDiagnostics(), library_);
}

void ParseAction::keep_syntax_tree(const std::vector<DeferredFunction>& deferred) {
  // Whoever loads the tree would read at once each declaration that must be emitted.
  for (const DeferredFunction& function : deferred)
    for (clang::Decl* declaration : function.declarations.front()->redecls()) declaration->dropAttr<clang::UsedAttr>();
  library_.syntax_tree = writer_->write(getCompilerInstance().getASTContext());
  for (const DeferredFunction& function : deferred)
    for (const clang::Decl* declaration : function.declarations)
      library_.functions[function.index].declarations.push_back(writer_->place_of(declaration));
}

}  // namespace pymetal::compiler
