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
  /// Fills the IR and the functions of `library`, and its syntax tree where `defers` and there is what to defer.
  ParseAction(Library& library, bool defers) : library_(library), defers_(defers) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& instance,
                                                        llvm::StringRef file) override;
  void ExecuteAction() override;

 private:
  void keep_syntax_tree(const std::vector<DeferredFunction>& deferred);

  Library& library_;
  bool defers_;
  AttributeTable attributes_;
  llvm::LLVMContext context_;
  clang::CodeGenerator* generator_ = nullptr;
  SyntaxTreeWriter* writer_ = nullptr;
};

}  // namespace pymetal::compiler
