// Compiles kernels for AArch64, or for this machine, to object files: what tools/check_aarch64 works with.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "compiler/library.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "pipeline/compute_pipeline.h"

namespace {

using namespace pymetal;

constexpr const char* kUsage =
    "usage: pymetal_cross_kernel [--native] --check FILE...\n"
    "       pymetal_cross_kernel [--native] [--any-shape] [--partial] --object OUTPUT FILE KERNEL\n"
    "  --check      every kernel of the files, for the simplest and the most general layout of threads; prints what "
    "fails\n"
    "  --object     one kernel; prints the bytes that a simdgroup keeps at barriers, and those of its threadgroup\n"
    "               variables\n"
    "  --native     for this machine in place of AArch64\n"
    "  --any-shape  threadgroups whose simdgroups do not lie in rows\n"
    "  --partial    simdgroups some of whose lanes are no threads\n";

/// The oldest processors of the kind: no extension but what each has.
constexpr const char* kTriple = "aarch64-unknown-linux-gnu";

std::unique_ptr<llvm::TargetMachine> make_target(bool is_native) {
  if (is_native) return backend::cpu::make_host_target();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  const llvm::Triple triple(kTriple);
  std::string problem;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (target == nullptr) throw PipelineError(problem);
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(triple, "generic", "", llvm::TargetOptions(),
                                                                          llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                                          llvm::CodeGenOptLevel::Default));
}

compiler::Library read_library(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ResourceError("The file cannot be read (" + path + ").");
  compiler::LibrarySource source;
  source.file_name = path;
  source.include_paths = {std::filesystem::path(path).parent_path().string()};
  source.text.assign(std::istreambuf_iterator<char>(file), {});
  return compiler::compile_library(source);
}

struct Object {
  llvm::SmallVector<char, 0> bytes;
  std::uint64_t context_bytes = 0;
  std::uint64_t threadgroup_variable_bytes = 0;
};

Object make_object(const compiler::Library& library, const compiler::FunctionInfo& function,
                   llvm::TargetMachine& target, lowering::ThreadLayout layout) {
  const pipeline::CanonicalKernel kernel = pipeline::make_canonical_kernel(library, function, {});
  Object object;
  object.threadgroup_variable_bytes = kernel.threadgroup_variable_bytes;
  object.context_bytes = backend::simd::lower_to_simdgroups(*kernel.module, target, layout).context_bytes;
  std::string problem;
  llvm::raw_string_ostream text(problem);
  if (llvm::verifyModule(*kernel.module, &text)) throw PipelineError("The code is not valid: " + problem);
  llvm::raw_svector_ostream stream(object.bytes);
  llvm::legacy::PassManager passes;
  if (target.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    throw PipelineError("No object can be made for this target.");
  passes.run(*kernel.module);
  return object;
}

int check(const std::vector<std::string>& paths, llvm::TargetMachine& target) {
  int kernels = 0;
  int failures = 0;
  for (const std::string& path : paths) {
    const compiler::Library library = read_library(path);
    for (const compiler::FunctionInfo& function : library.functions) {
      if (function.type != FunctionType::Kernel) continue;
      ++kernels;
      // The simplest layout of threads and the most general one.
      for (const bool is_simple : {true, false}) try {
          make_object(library, function, target, {is_simple, is_simple});
        } catch (const std::exception& error) {
          ++failures;
          std::printf("%s: %s: %s\n", path.c_str(), function.name.c_str(), error.what());
        }
    }
  }
  std::printf("%d kernels, %d failures\n", kernels, failures);
  return failures == 0 ? 0 : 1;
}

int write_object(const std::string& output, const std::string& path, const std::string& name,
                 llvm::TargetMachine& target, lowering::ThreadLayout layout) {
  const compiler::Library library = read_library(path);
  const compiler::FunctionInfo* function = library.find(name);
  if (function == nullptr) throw PipelineError("The file holds no such kernel (" + name + ").");
  const Object object = make_object(library, *function, target, layout);
  std::ofstream(output, std::ios::binary).write(object.bytes.data(), static_cast<std::streamsize>(object.bytes.size()));
  std::printf("%llu %llu\n", static_cast<unsigned long long>(object.context_bytes),
              static_cast<unsigned long long>(object.threadgroup_variable_bytes));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bool is_native = false;
  bool checks = false;
  lowering::ThreadLayout layout;
  std::string output;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--native")
      is_native = true;
    else if (argument == "--check")
      checks = true;
    else if (argument == "--any-shape")
      layout.in_rows = false;
    else if (argument == "--partial")
      layout.is_full = false;
    else if (argument == "--object" && i + 1 < argc)
      output = argv[++i];
    else
      names.emplace_back(argument);
  }
  if (checks ? names.empty() : output.empty() || names.size() != 2) return std::fputs(kUsage, stderr), 2;
  try {
    const auto target = make_target(is_native);
    return checks ? check(names, *target) : write_object(output, names[0], names[1], *target, layout);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
