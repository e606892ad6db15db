// Compiles MSL source to IR and reflection. The first step of the main path.
#include "compiler/library.h"

#include <malloc.h>

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "compiler/embedded_files.h"
#include "compiler/instantiate_action.h"
#include "compiler/parse_action.h"
#include "compiler/recording_file_system.h"
#include "compiler/run_clang.h"
#include "compiler/translation_unit.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace pymetal::compiler {
namespace {

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

/// A syntax tree of many instantiations takes 100 MB and more, which the allocator would keep for itself.
void give_memory_back(const Library& library) {
  constexpr std::size_t kLarge = std::size_t{1} << 20;
  if (library.bitcode.size() + library.syntax_tree.size() > kLarge) malloc_trim(0);
}

}  // namespace

Library compile_library(const LibrarySource& source) {
  Library library;
  DiagnosticCollector diagnostics;
  std::vector<std::string> arguments = compiler_arguments(source);
  if (!precompiled_standard_library().empty())
    arguments.insert(arguments.end(), {"-include-pch", kPrecompiledHeader, "-fno-validate-pch"});
  // Files may have changed when a function is instantiated from the syntax tree: it brings them along.
  if (source.options.defer_instantiations) arguments.push_back("-fmodules-embed-all-files");
  const auto files = llvm::makeIntrusiveRefCnt<RecordingFileSystem>(llvm::vfs::getRealFileSystem());
  const ClangInput input{source.file_name, prelude(source) + source.text, {}, files};
  const bool has_survived = run_guarded([&] {
    ParseAction action(library, source.options.defer_instantiations);
    run_action(input, arguments, action, diagnostics);
  });
  give_memory_back(library);
  library.warnings = take_warnings(diagnostics, has_survived, source.file_name);
  library.dependencies = files->dependencies();
  return library;
}

Library instantiate_function(const Library& library, const FunctionInfo& function, const LibrarySource& source) {
  Library result;
  result.functions = {function};
  result.functions.front().declarations.clear();
  result.constants = library.constants;
  result.is_cacheable = library.is_cacheable;
  DiagnosticCollector diagnostics;
  std::vector<std::string> arguments = compiler_arguments(source);
  arguments.insert(arguments.end(), {"-include-pch", kProgramTree, "-fno-validate-pch"});
  const ClangInput input{source.file_name, "\n", library.syntax_tree,
                         llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>()};
  const bool has_survived = run_guarded([&] {
    InstantiateAction action(function, result);
    run_action(input, arguments, action, diagnostics);
  });
  result.warnings = take_warnings(diagnostics, has_survived, source.file_name, function.name);
  return result;
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
      parse_translation_unit(instance, instance.getASTConsumer(), SourceKind::StandardLibrary);
      instance.getASTConsumer().HandleTranslationUnit(instance.getASTContext());
    }
  } action;
  run_action({source.file_name, "#include <metal_stdlib>\n", {}, llvm::vfs::getRealFileSystem()}, arguments, action,
             diagnostics);
  if (diagnostics.has_errors()) throw CompileError(diagnostics.take());
}

}  // namespace pymetal::compiler
