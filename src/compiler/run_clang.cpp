// Runs one action of Clang's in this process, guarded against what Clang does on hostile source.
#include "compiler/run_clang.h"

#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/FrontendAction.h"
#include "compiler/embedded_files.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace pymetal::compiler {
namespace {

/// Stays as it is, for all threads at once: an overlay would move it to its own working directory.
class FixedFileSystem final : public llvm::vfs::ProxyFileSystem {
 public:
  using ProxyFileSystem::ProxyFileSystem;
  std::error_code setCurrentWorkingDirectory(const llvm::Twine&) override { return {}; }
};

/// Our headers and their syntax tree. Made once: a file system in memory hashes all that it holds, a millisecond here.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> standard_files() {
  static const auto shared = [] {
    auto files = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    for (const EmbeddedFile& header : standard_library_headers())
      files->addFileNoOwn(std::string(kStandardLibraryFolder) + "/" + std::string(header.path), 0,
                          llvm::MemoryBufferRef(llvm::StringRef(header.contents), header.path));
    if (const std::string_view header = precompiled_standard_library(); !header.empty())
      files->addFileNoOwn(kPrecompiledHeader, 0, llvm::MemoryBufferRef(llvm::StringRef(header), kPrecompiledHeader));
    return new llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>(std::move(files));
  }();
  return *shared;
}

/// Our headers and syntax trees, and then the files of `input`.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> make_file_system(const ClangInput& input) {
  auto overlay = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(input.files);
  overlay->pushOverlay(llvm::makeIntrusiveRefCnt<FixedFileSystem>(standard_files()));
  if (!input.program_tree.empty()) {
    auto tree = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    tree->addFileNoOwn(kProgramTree, 0, llvm::MemoryBufferRef(llvm::StringRef(input.program_tree), kProgramTree));
    overlay->pushOverlay(tree);
  }
  return overlay;
}

/// What there is to say of a compile that was ended.
std::string message_for(CompileEnd end, const CompileLimits& limits) {
  switch (end) {
    case CompileEnd::OutOfTime:
      return "the compiler takes more than " + std::to_string(limits.milliseconds / 1000) + " seconds for this source";
    case CompileEnd::OutOfMemory:
      return "the compiler takes more than " + std::to_string(limits.bytes >> 20) + " MiB of memory for this source";
    case CompileEnd::OutOfStack:
      return "the source is nested too deeply for the compiler";
    case CompileEnd::Finished:
    case CompileEnd::Crashed:
      break;
  }
  return "the compiler crashes on this source";
}

}  // namespace

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
  // The host's own headers are no part of Metal.
  arguments.insert(arguments.end(), {"-isystem", kStandardLibraryFolder, "-nostdsysteminc"});
  return arguments;
}

void run_action(const ClangInput& input, const std::vector<std::string>& arguments, clang::FrontendAction& action,
                DiagnosticCollector& diagnostics) {
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  clang::DiagnosticOptions options;
  clang::DiagnosticsEngine engine(clang::DiagnosticIDs::create(), options, &diagnostics, /*ShouldOwnClient=*/false);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  if (!clang::CompilerInvocation::CreateFromArgs(*invocation, pointers, engine)) return;
  const llvm::MemoryBufferRef buffer(input.text, input.file_name);
  invocation->getFrontendOpts().Inputs.assign(
      1, clang::FrontendInputFile(buffer, clang::InputKind(clang::Language::OpenCLCXX)));

  clang::CompilerInstance instance(std::move(invocation));
  instance.createVirtualFileSystem(make_file_system(input), &diagnostics);
  instance.createDiagnostics(&diagnostics, /*ShouldOwnClient=*/false);
  instance.ExecuteAction(action);
}

Findings find_with(llvm::function_ref<void(DiagnosticCollector&)> work, const std::string& file_name,
                   const CompileLimits& limits) {
  // What is made once is made where nothing ends it half-way.
  standard_files();
  DiagnosticCollector diagnostics;
  const CompileEnd end = run_watched([&] { work(diagnostics); }, limits);
  if (end == CompileEnd::Finished) return {diagnostics.take(), diagnostics.has_errors()};
  return {{{DiagnosticSeverity::Error, file_name, 0, 0, message_for(end, limits), "", {}, {}}}, true};
}

}  // namespace pymetal::compiler
