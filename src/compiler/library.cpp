// Compiles MSL source to IR and reflection. The first step of the main path.
#include "compiler/library.h"

#include <malloc.h>

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "compiler/embedded_files.h"
#include "compiler/instantiate.h"
#include "compiler/parse_action.h"
#include "compiler/recording_file_system.h"
#include "compiler/run_clang.h"
#include "compiler/translation_unit.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "support/thread_pool.h"

namespace pymetal::compiler {
namespace {

/// From so many instantiations on, several threads are faster than one, by more than a syntax tree costs to write.
constexpr std::size_t kWorthThreads = 64;
constexpr std::size_t kNeverDeferred = ~std::size_t{0};

/// The lines that stand before the program's own first line.
std::string prelude(const LibrarySource& source) {
  std::string text;
  if (precompiled_standard_library().empty()) text += "#include <metal_stdlib>\n";
  if (source.options.language_version != LanguageVersion::Version3_1) {
    const auto version = static_cast<unsigned>(source.options.language_version);
    const unsigned number = (version >> 16) * 100 + (version & 0xffff) * 10;
    text += "#undef __METAL_VERSION__\n#define __METAL_VERSION__ " + std::to_string(number) + "\n";
  }
  for (const auto& [name, value] : source.options.preprocessor_macros) text += "#define " + name + " " + value + "\n";
  std::string quoted;
  for (const char c : source.file_name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return text + "#line 1 \"" + quoted + "\"\n";
}

}  // namespace

Library compile_library(const LibrarySource& source, const CompileLimits& limits) {
  Library library;
  std::vector<std::string> arguments = compiler_arguments(source);
  if (!precompiled_standard_library().empty())
    arguments.insert(arguments.end(), {"-include-pch", kPrecompiledHeader, "-fno-validate-pch"});
  // Files may have changed when a function is instantiated from the syntax tree: it brings them along.
  arguments.push_back("-fmodules-embed-all-files");
  const auto files = llvm::makeIntrusiveRefCnt<RecordingFileSystem>(llvm::vfs::getRealFileSystem());
  const ClangInput input{source.file_name, prelude(source) + source.text, {}, files};
  const bool defers = source.options.defer_instantiations;
  // Once a function is deferred it can be compiled by any thread, so many are deferred in any case.
  const std::size_t least = defers ? 1 : support::usable_cores() > 1 ? kWorthThreads : kNeverDeferred;
  Findings found = find_with(
      [&](DiagnosticCollector& diagnostics) {
        ParseAction action(library, least);
        run_action(input, arguments, action, diagnostics);
      },
      source.file_name, limits);
  if (found.has_errors) throw CompileError(std::move(found.diagnostics));
  library.warnings = std::move(found.diagnostics);
  library.dependencies = files->dependencies();
  if (!defers && !library.syntax_tree.empty()) instantiate_all(library, source);
  // A syntax tree of many instantiations takes 100 MB and more, which the allocator would keep for itself.
  if (library.functions.size() > kWorthThreads) malloc_trim(0);
  return library;
}

void precompile_standard_library(const std::string& path) {
  LibrarySource source;
  source.file_name = "precompiled";
  DiagnosticCollector diagnostics;
  std::vector<std::string> arguments = compiler_arguments(source);
  arguments.insert(arguments.end(), {"-emit-pch", "-fno-pch-timestamp", "-o", path});

  class PrecompileAction : public clang::GeneratePCHAction {
   protected:
    void ExecuteAction() override {
      clang::CompilerInstance& instance = getCompilerInstance();
      parse_standard_library(instance, instance.getASTConsumer());
      instance.getASTConsumer().HandleTranslationUnit(instance.getASTContext());
    }
  } action;
  run_action({source.file_name, "#include <metal_stdlib>\n", {}, llvm::vfs::getRealFileSystem()}, arguments, action,
             diagnostics);
  if (diagnostics.has_errors()) throw CompileError(diagnostics.take());
}

}  // namespace pymetal::compiler
