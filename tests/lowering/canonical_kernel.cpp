// From a line of MSL to IR, for tests that look at its shape.
#include "canonical_kernel.h"

#include "llvm/IR/Instructions.h"
#include "llvm/Support/raw_ostream.h"

namespace pymetal::tests {

compiler::Library compile(const std::string& source) {
  compiler::LibrarySource unit;
  unit.text = "#include <metal_stdlib>\nusing namespace metal;\n" + source;
  return compiler::compile_library(unit);
}

pipeline::CanonicalKernel canonical(const std::string& source, const FunctionConstantValues& constants) {
  const compiler::Library library = compile(source);
  return pipeline::make_canonical_kernel(library, library.functions.front(), constants);
}

int count_calls(const llvm::Module& module, llvm::StringRef name) {
  int found = 0;
  for (const llvm::Function& function : module)
    for (const llvm::BasicBlock& block : function)
      for (const llvm::Instruction& instruction : block) {
        const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        if (call != nullptr && call->getCalledFunction() != nullptr && call->getCalledFunction()->getName() == name)
          ++found;
      }
  return found;
}

std::string text_of(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

}  // namespace pymetal::tests
