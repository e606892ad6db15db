// Finds variables that are larger than a pipeline can hold.
#pragma once

namespace clang {
class CodeGenerator;
class DiagnosticsEngine;
}  // namespace clang

namespace pymetal::compiler {

/// Reports the first variable with which those of the module exceed the limit.
void reject_large_variables(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics);

}  // namespace pymetal::compiler
