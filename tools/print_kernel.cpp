// Prints what becomes of a kernel, stage by stage: canonical IR, the function of a simdgroup, that function with its
// inputs bound and optimized, and assembly.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "backend/cpu/make_code.h"
#include "backend/simd/lower_to_simdgroups.h"
#include "compiler/library.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/raw_ostream.h"
#include "lowering/intrinsics.h"
#include "lowering/streams_along_rows.h"
#include "lowering/widen/widen_simdgroup.h"
#include "pipeline/compute_pipeline.h"

namespace {

constexpr const char* kUsage =
    "usage: pymetal_print_kernel FILE KERNEL [canonical|widened|optimized|assembly]\n"
    "                            [--any-shape|--short-row=8|--short-row=16] [--partial]\n"
    "  --any-shape  threadgroups whose simdgroups do not lie in rows\n"
    "  --short-row  threadgroups so wide\n"
    "  --partial    simdgroups some of whose lanes are no threads\n";

void print_assembly(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (target.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile)) return;
  passes.run(module);
  llvm::outs() << text;
}

int print(const std::string& path, const std::string& name, std::string_view stage,
          pymetal::lowering::ThreadLayout layout) {
  using namespace pymetal;
  std::ifstream file(path);
  if (!file) return std::fprintf(stderr, "The file cannot be read (%s).\n", path.c_str()), 1;
  compiler::LibrarySource source;
  source.file_name = path;
  source.text.assign(std::istreambuf_iterator<char>(file), {});
  const compiler::Library library = compiler::compile_library(source);
  const compiler::FunctionInfo* function = library.find(name);
  if (function == nullptr) return std::fprintf(stderr, "The file holds no such kernel (%s).\n", name.c_str()), 1;
  const pipeline::CanonicalKernel kernel = pipeline::make_canonical_kernel(library, *function, {});
  const std::unique_ptr<llvm::TargetMachine> target = backend::cpu::make_host_target(backend::cpu::chosen_cpu());
  layout.is_one_row =
      layout.in_rows && lowering::streams_along_rows(*kernel.module->getFunction(lowering::kKernelEntry));
  if (stage == "widened") lowering::widen_simdgroup(*kernel.module, layout);
  if (stage == "optimized" || stage == "assembly") backend::simd::lower_to_simdgroups(*kernel.module, *target, layout);
  if (stage == "assembly")
    print_assembly(*kernel.module, *target);
  else
    kernel.module->print(llvm::outs(), nullptr);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view stage = "canonical";
  pymetal::lowering::ThreadLayout layout;
  for (int i = 3; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--any-shape")
      layout.in_rows = false;
    else if (argument == "--short-row=8" || argument == "--short-row=16")
      layout = {.in_rows = false, .is_full = layout.is_full, .short_row = argument.ends_with("=8") ? 8u : 16u};
    else if (argument == "--partial")
      layout.is_full = false;
    else
      stage = argument;
  }
  if (argc < 3 || (stage != "canonical" && stage != "widened" && stage != "optimized" && stage != "assembly"))
    return std::fputs(kUsage, stderr), 2;
  try {
    return print(argv[1], argv[2], stage, layout);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
