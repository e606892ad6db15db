// MSL forbids recursion; this finds it.
#pragma once

namespace clang {
class CodeGenerator;
class DiagnosticsEngine;
}  // namespace clang

namespace pymetal::compiler {

/// Reports an error for each function of the generated module that calls itself, directly or through others.
void reject_recursion(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics);

}  // namespace pymetal::compiler
