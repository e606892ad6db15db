// Instantiates one function from the syntax tree of its program, and generates IR for it.
#pragma once

#include <memory>

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/FrontendAction.h"
#include "compiler/library.h"
#include "llvm/IR/LLVMContext.h"

namespace clang {
class CodeGenerator;
class FunctionDecl;
class Sema;
}  // namespace clang

namespace pymetal::compiler {

/// Runs on a compiler that has loaded the program's syntax tree.
class InstantiateAction : public clang::ASTFrontendAction {
 public:
  /// `function` is one that the program's library defers; `result` holds it alone, and gets its IR.
  InstantiateAction(const FunctionInfo& function, Library& result) : function_(function), result_(result) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& instance,
                                                        llvm::StringRef file) override;
  void ExecuteAction() override;

 private:
  class Consumer;

  void instantiate(clang::Sema& sema);

  const FunctionInfo& function_;
  Library& result_;
  llvm::LLVMContext context_;
  clang::CodeGenerator* generator_ = nullptr;
  Consumer* consumer_ = nullptr;
};

}  // namespace pymetal::compiler
