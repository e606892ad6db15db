// Runs one action of Clang's in this process, guarded against what Clang does on hostile source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/compile_watch.h"
#include "compiler/diagnostic_collector.h"
#include "compiler/library_source.h"
#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace clang {
class FrontendAction;
}
namespace llvm::vfs {
class FileSystem;
}

namespace pymetal::compiler {

/// Where the compiler finds syntax trees: files that exist in its memory only.
inline constexpr const char* kPrecompiledHeader = "/pymetal/stdlib.pch";
inline constexpr const char* kProgramTree = "/pymetal/program.pch";

/// Clang's arguments for a program with these options, apart from the syntax tree that it begins with.
std::vector<std::string> compiler_arguments(const LibrarySource& source);

struct ClangInput {
  std::string file_name;
  std::string text;
  /// The contents of kProgramTree.
  std::string_view program_tree;
  /// What lies behind the files of our own.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files;
};

/// Runs `action` on this thread.
void run_action(const ClangInput& input, const std::vector<std::string>& arguments, clang::FrontendAction& action,
                DiagnosticCollector& diagnostics);

struct Findings {
  std::vector<CompileDiagnostic> diagnostics;
  bool has_errors = false;
};

/// Runs `work`, watched, and tells what the compiler has found. Where it does not come to an end, that is all it tells.
Findings find_with(llvm::function_ref<void(DiagnosticCollector&)> work, const std::string& file_name,
                   const CompileLimits& limits = {});

}  // namespace pymetal::compiler
