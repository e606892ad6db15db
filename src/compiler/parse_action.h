// Parses filtered MSL, generates IR for it, and reads reflection off the syntax tree.
#pragma once

#include <memory>

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/FrontendAction.h"
#include "compiler/attribute_table.h"
#include "compiler/library.h"
#include "llvm/IR/LLVMContext.h"

namespace clang {
class CodeGenerator;
}

namespace pymetal::compiler {

class ParseAction : public clang::ASTFrontendAction {
 public:
  /// Fills the IR and the functions of `library`.
  explicit ParseAction(Library& library) : library_(library) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& instance,
                                                        llvm::StringRef file) override;
  void ExecuteAction() override;

 private:
  Library& library_;
  AttributeTable attributes_;
  llvm::LLVMContext context_;
  clang::CodeGenerator* generator_ = nullptr;
};

}  // namespace pymetal::compiler
