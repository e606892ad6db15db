// Compiles MSL source to IR and reflection. The first step of the main path.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/compile_watch.h"
#include "compiler/file_dependency.h"
#include "compiler/function_info.h"
#include "compiler/library_source.h"
#include "pymetal/error.h"

namespace pymetal::compiler {

/// A compiled library. The IR is bitcode, so that every pipeline reads it into an LLVM context of its own and any
/// number of threads can do so at once. Many instantiations are compiled by several threads, to a module each.
struct Library {
  std::vector<std::string> modules;
  /// What functions that are deferred are instantiated from, as Clang writes a precompiled header. Empty where none is.
  std::string syntax_tree;
  std::vector<FunctionInfo> functions;
  std::vector<FunctionConstantInfo> constants;
  std::vector<CompileDiagnostic> warnings;
  /// What it took from the file system.
  std::vector<FileDependency> dependencies;
  /// Nothing else decided the result. The time of day does where a program asks for it.
  bool is_cacheable = true;

  /// The function of that name, or null.
  const FunctionInfo* find(std::string_view name) const {
    const auto found = std::ranges::find(functions, name, &FunctionInfo::name);
    return found == functions.end() ? nullptr : &*found;
  }
};

/// Throws CompileError. May run on many threads at once.
Library compile_library(const LibrarySource& source, const CompileLimits& limits = {});

/// Instantiates a function that `library`, made from `source`, has deferred: the result holds it alone. Throws
/// CompileError, which names the function. May run on many threads at once.
Library instantiate_function(const Library& library, const FunctionInfo& function, const LibrarySource& source);

/// Compiles the standard library to a precompiled header in the file `path`. Runs when PyMetal is built.
void precompile_standard_library(const std::string& path);

}  // namespace pymetal::compiler
