// Reads the entry points of a translation unit, and their arguments, off Clang's syntax tree.
#pragma once

#include "compiler/attribute_table.h"
#include "compiler/library.h"

namespace clang {
class CodeGenerator;
class Sema;
}  // namespace clang

namespace pymetal::compiler {

/// A function that is declared and will be instantiated when it is asked for.
struct DeferredFunction {
  /// Its place among the functions of the library.
  std::size_t index = 0;
  /// It, and the variables that its optional parameters depend on.
  llvm::SmallVector<const clang::Decl*, 1> declarations;
};

/// Fills the functions and the function constants of `library`, and returns those whose instantiation is deferred. What
/// MSL forbids is reported through `sema`.
std::vector<DeferredFunction> reflect(clang::Sema& sema, const AttributeTable& attributes,
                                      clang::CodeGenerator& generator, Library& library);

}  // namespace pymetal::compiler
