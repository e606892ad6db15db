// Parses filtered MSL, generates IR for it, and reads reflection off the syntax tree.
#pragma once

#include <memory>

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/FrontendAction.h"
#include "compiler/attribute_table.h"
#include "compiler/library.h"
#include "compiler/reflect.h"
#include "llvm/IR/LLVMContext.h"

namespace clang {
class CodeGenerator;
}

namespace pymetal::compiler {

class SyntaxTreeWriter;

class ParseAction : public clang::ASTFrontendAction {
 public:
  /// Fills the IR and the functions of `library`. Where the program instantiates `least_deferred` functions for the
  /// host or more, these are left out of the IR, and the syntax tree is there for them.
  ParseAction(Library& library, std::size_t least_deferred) : library_(library), least_deferred_(least_deferred) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& instance,
                                                        llvm::StringRef file) override;
  void ExecuteAction() override;

 private:
  void keep_syntax_tree(const std::vector<DeferredFunction>& deferred);

  Library& library_;
  std::size_t least_deferred_;
  AttributeTable attributes_;
  llvm::LLVMContext context_;
  clang::CodeGenerator* generator_ = nullptr;
  SyntaxTreeWriter* writer_ = nullptr;
};

}  // namespace pymetal::compiler
