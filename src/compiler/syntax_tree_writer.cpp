// Keeps the syntax tree of a program, to instantiate functions from it later.
#include "compiler/syntax_tree_writer.h"

#include "clang/Frontend/CompilerInstance.h"
#include "compiler/run_clang.h"

namespace pymetal::compiler {

SyntaxTreeWriter::SyntaxTreeWriter(clang::CompilerInstance& instance)
    : SyntaxTreeWriter(instance, std::make_shared<clang::PCHBuffer>()) {}

SyntaxTreeWriter::SyntaxTreeWriter(clang::CompilerInstance& instance, std::shared_ptr<clang::PCHBuffer> buffer)
    : PCHGenerator(instance.getPreprocessor(), instance.getModuleCache(), kProgramTree, /*isysroot=*/"",
                   std::move(buffer), instance.getCodeGenOpts(), /*Extensions=*/{}, /*AllowASTWithErrors=*/false,
                   /*IncludeTimestamps=*/false) {}

std::string SyntaxTreeWriter::write(clang::ASTContext& context) {
  PCHGenerator::HandleTranslationUnit(context);
  return std::string(getPCH().begin(), getPCH().end());
}

std::uint64_t SyntaxTreeWriter::place_of(const clang::Decl* declaration) {
  return getWriter().getDeclID(declaration).getRawValue();
}

}  // namespace pymetal::compiler
