// Ends a compile: checks the IR that Clang has made, and writes it.
#include "compiler/write_module.h"

#include "clang/Basic/Diagnostic.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "compiler/initializers.h"
#include "compiler/reject_large_variables.h"
#include "compiler/reject_recursion.h"
#include "compiler/reject_undefined_functions.h"
#include "compiler/used_constants.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

namespace pymetal::compiler {

void write_module(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics, Library& library) {
  if (diagnostics.hasErrorOccurred()) return;
  reject_recursion(generator, diagnostics);
  reject_undefined_functions(generator, diagnostics);
  reject_large_variables(generator, diagnostics);
  if (diagnostics.hasErrorOccurred()) return;

  attach_initializers(*generator.GetModule());
  find_used_constants(*generator.GetModule(), library);
  llvm::raw_string_ostream out(library.modules.emplace_back());
  llvm::WriteBitcodeToFile(*generator.GetModule(), out);
}

}  // namespace pymetal::compiler
