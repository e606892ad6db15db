// Instantiates the functions that a library has deferred.
#include "compiler/instantiate.h"

#include <span>
#include <thread>

#include "compiler/instantiate_action.h"
#include "compiler/run_clang.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "support/thread_pool.h"

namespace pymetal::compiler {
namespace {

/// As many as the compiler tells of one source.
constexpr std::size_t kMaxErrors = 20;

struct Instantiation {
  Library library;
  Findings found;
};

Instantiation instantiate(const Library& library, std::span<const FunctionInfo> functions,
                          const LibrarySource& source) {
  Instantiation made;
  made.library.functions.assign(functions.begin(), functions.end());
  made.library.constants = library.constants;
  made.library.is_cacheable = library.is_cacheable;
  std::vector<std::string> arguments = compiler_arguments(source);
  arguments.insert(arguments.end(), {"-include-pch", kProgramTree, "-fno-validate-pch"});
  const ClangInput input{source.file_name, "\n", library.syntax_tree,
                         llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>()};
  made.found = find_with(
      [&](DiagnosticCollector& diagnostics) {
        InstantiateAction action(made.library);
        run_action(input, arguments, action, diagnostics);
      },
      source.file_name);
  for (FunctionInfo& function : made.library.functions) function.declarations.clear();
  return made;
}

/// Joins what the compiler found in several parts of one source. What concerns them all is told once.
class JoinedFindings {
 public:
  void add(std::vector<CompileDiagnostic> diagnostics) {
    for (CompileDiagnostic& diagnostic : diagnostics) {
      const bool is_error = diagnostic.severity == DiagnosticSeverity::Error;
      // Notes tell the way that leads there, which differs.
      const std::string text = diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" +
                               std::to_string(diagnostic.column) + ":" + diagnostic.message;
      if ((is_error && errors_ == kMaxErrors) || !known_.insert(text).second) continue;
      errors_ += is_error ? 1 : 0;
      diagnostics_.push_back(std::move(diagnostic));
    }
  }
  std::vector<CompileDiagnostic> take() { return std::move(diagnostics_); }

 private:
  std::vector<CompileDiagnostic> diagnostics_;
  llvm::StringSet<> known_;
  std::size_t errors_ = 0;
};

}  // namespace

Library instantiate_function(const Library& library, const FunctionInfo& function, const LibrarySource& source) {
  Instantiation made = instantiate(library, {&function, 1}, source);
  if (made.found.has_errors) throw CompileError(std::move(made.found.diagnostics), function.name);
  made.library.warnings = std::move(made.found.diagnostics);
  return std::move(made.library);
}

void instantiate_all(Library& library, const LibrarySource& source) {
  std::vector<FunctionInfo> deferred;
  for (const FunctionInfo& function : library.functions)
    if (function.is_deferred()) deferred.push_back(function);
  // Each part instantiates what its functions share for itself, so there is one for each core and no more.
  const std::size_t count = std::min<std::size_t>(support::usable_cores(), deferred.size());
  std::vector<Instantiation> parts(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = deferred.size() * i / count;
    const std::size_t end = deferred.size() * (i + 1) / count;
    threads.emplace_back([&, i, functions = std::span(deferred).subspan(begin, end - begin)] {
      parts[i] = instantiate(library, functions, source);
    });
  }
  for (std::thread& thread : threads) thread.join();

  JoinedFindings found;
  found.add(std::move(library.warnings));
  bool has_errors = false;
  for (Instantiation& part : parts) {
    has_errors |= part.found.has_errors;
    found.add(std::move(part.found.diagnostics));
  }
  if (has_errors) throw CompileError(found.take());
  library.warnings = found.take();
  llvm::StringMap<FunctionInfo*> by_name;
  for (FunctionInfo& function : library.functions) by_name[function.name] = &function;
  for (Instantiation& part : parts) {
    for (FunctionInfo& function : part.library.functions) {
      function.module = static_cast<std::uint32_t>(library.modules.size());
      *by_name[function.name] = std::move(function);
    }
    library.modules.push_back(std::move(part.library.modules.front()));
  }
  library.syntax_tree.clear();
  library.syntax_tree.shrink_to_fit();
}

}  // namespace pymetal::compiler
