// Parses one translation unit of MSL: Clang's own loop, with OpenCL's vocabulary taken away first.
#pragma once

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace pymetal::compiler {

// Each of these makes the instance's Sema, and hands each declaration to `consumer`.

/// Parses MSL: its tokens pass through the token filter. Where it instantiates `least_deferred` functions for the host
/// or more, these are declared and no more.
void parse_program(clang::CompilerInstance& instance, clang::ASTConsumer& consumer, std::size_t least_deferred);

/// Parses our own headers, which speak Clang's language.
void parse_standard_library(clang::CompilerInstance& instance, clang::ASTConsumer& consumer);

/// Parses nothing: all there is comes from the syntax tree that the instance has loaded. `instantiate` runs while
/// templates can be instantiated.
void parse_syntax_tree(clang::CompilerInstance& instance, clang::ASTConsumer& consumer,
                       llvm::function_ref<void(clang::Sema&)> instantiate);

}  // namespace pymetal::compiler
