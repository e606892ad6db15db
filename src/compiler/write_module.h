// Ends a compile: checks the IR that Clang has made, and writes it.
#pragma once

#include "compiler/library.h"

namespace clang {
class CodeGenerator;
class DiagnosticsEngine;
}  // namespace clang

namespace pymetal::compiler {

/// Adds the module to `library`, and the function constants of its functions. What MSL forbids is reported.
void write_module(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics, Library& library);

}  // namespace pymetal::compiler
