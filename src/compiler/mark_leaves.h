// Marks where loops are left, for what the IR no longer tells: code in front of a `break` belongs to the loop's round.
#pragma once

#include "clang/AST/ASTConsumer.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace clang {
class FunctionDecl;
}

namespace pymetal::compiler {

/// Comes before the generator of IR. Changes the bodies of functions: calls of the library's empty functions (see
/// lowering/keep_rounds.h) stand in front of each `break` and `return` of a loop, and where its next round begins.
class MarkLeaves : public clang::ASTConsumer {
 public:
  void Initialize(clang::ASTContext& context) override { context_ = &context; }
  bool HandleTopLevelDecl(clang::DeclGroupRef group) override;
  void HandleInlineFunctionDefinition(clang::FunctionDecl* function) override;

 private:
  void mark(clang::Decl* declaration);

  clang::ASTContext* context_ = nullptr;
  llvm::SmallPtrSet<const clang::FunctionDecl*, 32> marked_;
};

}  // namespace pymetal::compiler
