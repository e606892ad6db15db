// MSL forbids recursion; this finds it.
#pragma once

namespace clang {
class CodeGenerator;
class DiagnosticsEngine;
}  // namespace clang

namespace pymetal::compiler {

/// Makes loops of recursion at the end of functions. Reports an error for each function of the generated module that
/// still calls itself, directly or through others.
void reject_recursion(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics);

}  // namespace pymetal::compiler
