// Keeps the syntax tree of a program, to instantiate functions from it later.
#pragma once

#include <memory>
#include <string>

#include "clang/Serialization/ASTWriter.h"

namespace clang {
class CompilerInstance;
}

namespace pymetal::compiler {

/// One of the consumers of the tree while it is parsed: it must see what is added to the standard library's templates.
class SyntaxTreeWriter : public clang::PCHGenerator {
 public:
  explicit SyntaxTreeWriter(clang::CompilerInstance& instance);

  /// Does nothing: the tree is written when `write` is called.
  void HandleTranslationUnit(clang::ASTContext&) override {}

  /// The tree as a precompiled header.
  std::string write(clang::ASTContext& context);
  /// Where the header that has been written holds a declaration; 0 where it does not.
  std::uint64_t place_of(const clang::Decl* declaration);

 private:
  SyntaxTreeWriter(clang::CompilerInstance& instance, std::shared_ptr<clang::PCHBuffer> buffer);
};

}  // namespace pymetal::compiler
