// Finds calls of functions that have no body: a library is whole.
#pragma once

namespace clang {
class CodeGenerator;
class DiagnosticsEngine;
}  // namespace clang

namespace pymetal::compiler {

/// Reports each function of the program that is called, and is defined nowhere.
void reject_undefined_functions(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics);

}  // namespace pymetal::compiler
