// Compiles MSL source to IR and reflection. The first step of the main path.
#include "compiler/library.h"

#include <malloc.h>

#include <mutex>

#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/FrontendActions.h"
#include "compiler/diagnostic_collector.h"
#include "compiler/embedded_files.h"
#include "compiler/parse_action.h"
#include "compiler/recording_file_system.h"
#include "compiler/translation_unit.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace pymetal::compiler {
namespace {

constexpr const char* kPrecompiledHeader = "/pymetal/stdlib.pch";
/// Clang parses and instantiates by recursion; its own limits on nesting keep well inside this.
constexpr unsigned kCompilerStackBytes = 256u << 20;

/// Our headers, and then `real`.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> make_file_system(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> real) {
  auto embedded = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const EmbeddedFile& header : standard_library_headers())
    embedded->addFileNoOwn(std::string(kStandardLibraryFolder) + "/" + std::string(header.path), 0,
                           llvm::MemoryBufferRef(llvm::StringRef(header.contents), header.path));
  if (const std::string_view header = precompiled_standard_library(); !header.empty())
    embedded->addFileNoOwn(kPrecompiledHeader, 0, llvm::MemoryBufferRef(llvm::StringRef(header), kPrecompiledHeader));
  auto overlay = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(std::move(real));
  overlay->pushOverlay(embedded);
  return overlay;
}

std::vector<std::string> compiler_arguments(const LibrarySource& source) {
  std::vector<std::string> arguments = {
      // SPIR's rules are the same on every host: aggregates are passed by address, address spaces are numbered.
      "-triple", "spir64-unknown-unknown", "-x", "clcpp", "-cl-std=clc++2021", "-fdeclspec", "-fno-finite-loops",
      "-relaxed-aliasing", "-fwrapv", "-fno-strict-float-cast-overflow", "-O1", "-funroll-loops",
      "-disable-llvm-passes", "-ferror-limit", "20", "-fno-caret-diagnostics", "-fno-elide-type",
      // What MSL allows and OpenCL warns of, or what the token filter makes.
      "-Wno-duplicate-decl-specifier", "-Wno-unused-value", "-Wno-unknown-pragmas", "-Wno-ignored-attributes",
      "-Wno-invalid-noreturn", "-Wno-c++17-extensions", "-Wno-c++20-extensions", "-Wno-undefined-inline",
      "-Wno-undefined-internal", "-Wno-gnu-anonymous-struct", "-Wno-nested-anon-types", "-Wno-unused-function",
      "-Wno-pass-failed", "-Wno-missing-declarations", "-Wno-c99-designator",
      // What Metal's compiler warns of by default.
      "-Wunused-variable", "-Wunused-comparison", "-Wuninitialized", "-Wsometimes-uninitialized"};
  arguments.push_back(source.options.math_mode == MathMode::Safe ? "-ffp-contract=on" : "-ffp-contract=fast");
  for (const std::string& path : source.include_paths) {
    arguments.push_back("-I");
    arguments.push_back(path);
  }
  arguments.insert(arguments.end(), {"-isystem", kStandardLibraryFolder});
  return arguments;
}

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

/// Runs one action of Clang's on `text`, on this thread.
void run_action(const LibrarySource& source, const std::string& text, std::vector<std::string> arguments,
                clang::FrontendAction& action, DiagnosticCollector& diagnostics,
                llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files) {
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  clang::DiagnosticOptions options;
  clang::DiagnosticsEngine engine(clang::DiagnosticIDs::create(), options, &diagnostics, /*ShouldOwnClient=*/false);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  if (!clang::CompilerInvocation::CreateFromArgs(*invocation, pointers, engine)) return;
  const llvm::MemoryBufferRef buffer(text, source.file_name);
  invocation->getFrontendOpts().Inputs.assign(
      1, clang::FrontendInputFile(buffer, clang::InputKind(clang::Language::OpenCLCXX)));

  clang::CompilerInstance instance(std::move(invocation));
  instance.createVirtualFileSystem(make_file_system(std::move(files)), &diagnostics);
  instance.createDiagnostics(&diagnostics, /*ShouldOwnClient=*/false);
  instance.ExecuteAction(action);
}

/// Keeps LLVM's crash handlers installed while any compile runs, and no longer: Python has handlers of its own.
class CrashHandlers {
 public:
  CrashHandlers() {
    const std::lock_guard lock(mutex());
    if (count()++ == 0) llvm::CrashRecoveryContext::Enable();
  }
  ~CrashHandlers() {
    const std::lock_guard lock(mutex());
    if (--count() == 0) llvm::CrashRecoveryContext::Disable();
  }
  CrashHandlers(const CrashHandlers&) = delete;
  CrashHandlers& operator=(const CrashHandlers&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static int& count() {
    static int instance = 0;
    return instance;
  }
};

/// Runs `work` on a thread with a deep stack, where a crash of Clang's ends the compile and not the process.
bool run_guarded(llvm::function_ref<void()> work) {
  const CrashHandlers handlers;
  llvm::CrashRecoveryContext context;
  return context.RunSafelyOnThread(work, kCompilerStackBytes);
}

}  // namespace

Library compile_library(const LibrarySource& source) {
  Library library;
  DiagnosticCollector diagnostics;
  const std::string text = prelude(source) + source.text;
  std::vector<std::string> arguments = compiler_arguments(source);
  if (!precompiled_standard_library().empty())
    arguments.insert(arguments.end(), {"-include-pch", kPrecompiledHeader, "-fno-validate-pch"});
  const auto files = llvm::makeIntrusiveRefCnt<RecordingFileSystem>(llvm::vfs::getRealFileSystem());
  const bool survived = run_guarded([&] {
    ParseAction action(library);
    run_action(source, text, arguments, action, diagnostics, files);
  });
  // A syntax tree of many instantiations takes 100 MB and more, which the allocator would keep for itself.
  constexpr std::size_t kLargeBitcode = std::size_t{1} << 20;
  if (library.bitcode.size() > kLargeBitcode) malloc_trim(0);
  std::vector<CompileDiagnostic> found = diagnostics.take();
  if (!survived)
    found.push_back({DiagnosticSeverity::Error, source.file_name, 0, 0, "the compiler crashes on this source", "", {}});
  if (!survived || diagnostics.has_errors()) throw CompileError(std::move(found));
  library.warnings = std::move(found);
  library.dependencies = files->dependencies();
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
      parse_translation_unit(instance, instance.getASTConsumer(), SourceKind::StandardLibrary);
      instance.getASTConsumer().HandleTranslationUnit(instance.getASTContext());
    }
  } action;
  run_action(source, "#include <metal_stdlib>\n", arguments, action, diagnostics, llvm::vfs::getRealFileSystem());
  if (diagnostics.has_errors()) throw CompileError(diagnostics.take());
}

}  // namespace pymetal::compiler
