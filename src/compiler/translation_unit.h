// Parses one translation unit of MSL: Clang's own loop, with OpenCL's vocabulary taken away first.
#pragma once

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"

namespace pymetal::compiler {

enum class SourceKind {
  /// MSL: its tokens pass through the token filter.
  Program,
  /// Our own headers, which speak Clang's language.
  StandardLibrary,
};

/// Hands each declaration to `consumer`. Makes the instance's Sema.
void parse_translation_unit(clang::CompilerInstance& instance, clang::ASTConsumer& consumer, SourceKind kind);

}  // namespace pymetal::compiler
