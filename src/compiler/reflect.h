// Reads the entry points of a translation unit, and their arguments, off Clang's syntax tree.
#pragma once

#include "compiler/attribute_table.h"
#include "compiler/library.h"

namespace clang {
class CodeGenerator;
class Sema;
}  // namespace clang

namespace pymetal::compiler {

/// Fills the functions and the function constants of `library`. What MSL forbids is reported through `sema`.
void reflect(clang::Sema& sema, const AttributeTable& attributes, clang::CodeGenerator& generator, Library& library);

}  // namespace pymetal::compiler
