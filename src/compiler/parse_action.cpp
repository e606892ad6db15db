// Parses filtered MSL, generates IR for it, and reads reflection off the syntax tree.
#include "compiler/parse_action.h"

#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Sema/Sema.h"
#include "compiler/check_restrictions.h"
#include "compiler/initializers.h"
#include "compiler/reflect.h"
#include "compiler/reject_recursion.h"
#include "compiler/reject_undefined_functions.h"
#include "compiler/translation_unit.h"
#include "compiler/used_constants.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

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
  return generator;
}

void ParseAction::ExecuteAction() {
  clang::CompilerInstance& instance = getCompilerInstance();
  instance.getPreprocessor().addPPCallbacks(std::make_unique<TimeMacros>(library_));
  parse_translation_unit(instance, *generator_, SourceKind::Program);
  clang::Sema& sema = instance.getSema();
  if (!instance.getDiagnostics().hasUncompilableErrorOccurred()) check_restrictions(sema, attributes_);
  if (!instance.getDiagnostics().hasErrorOccurred()) reflect(sema, attributes_, *generator_, library_);
  generator_->HandleTranslationUnit(sema.getASTContext());
  if (instance.getDiagnostics().hasErrorOccurred()) return;
  reject_recursion(*generator_, instance.getDiagnostics());
  reject_undefined_functions(*generator_, instance.getDiagnostics());
  if (instance.getDiagnostics().hasErrorOccurred()) return;

  attach_initializers(*generator_->GetModule());
  find_used_constants(*generator_->GetModule(), library_);
  llvm::raw_string_ostream out(library_.bitcode);
  llvm::WriteBitcodeToFile(*generator_->GetModule(), out);
}

}  // namespace pymetal::compiler
