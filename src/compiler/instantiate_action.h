// Instantiates functions from the syntax tree of their program, and generates IR for them.
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
  /// `result` holds functions that the program's library defers, and gets their IR.
  explicit InstantiateAction(Library& result) : result_(result) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& instance,
                                                        llvm::StringRef file) override;
  void ExecuteAction() override;

 private:
  class Consumer;

  void instantiate(clang::Sema& sema, const FunctionInfo& function);

  Library& result_;
  llvm::LLVMContext context_;
  clang::CodeGenerator* generator_ = nullptr;
  Consumer* consumer_ = nullptr;
};

}  // namespace pymetal::compiler
