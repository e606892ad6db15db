// Parses one translation unit of MSL: Clang's own loop, with OpenCL's vocabulary taken away first.
#pragma once

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace pymetal::compiler {

enum class SourceKind {
  /// MSL: its tokens pass through the token filter.
  Program,
  /// The same, and what it instantiates for the host is only declared.
  DeferringProgram,
  /// Our own headers, which speak Clang's language.
  StandardLibrary,
  /// Nothing: all there is comes from a syntax tree on disk or in memory.
  SyntaxTree,
};

/// Hands each declaration to `consumer`. Makes the instance's Sema. `before_end` runs when all is read, and templates
/// can still be instantiated.
void parse_translation_unit(clang::CompilerInstance& instance, clang::ASTConsumer& consumer, SourceKind kind,
                            llvm::function_ref<void(clang::Sema&)> before_end = nullptr);

}  // namespace pymetal::compiler
