// Instantiates the functions that a library has deferred.
#pragma once

#include "compiler/library.h"

namespace pymetal::compiler {

/// Instantiates all of them on all cores, and drops the syntax tree. Throws CompileError.
void instantiate_all(Library& library, const LibrarySource& source);

}  // namespace pymetal::compiler
