// Finds what is C++ and not MSL: the rules of Metal that Clang does not know.
#pragma once

namespace clang {
class Sema;
}

namespace pymetal::compiler {

class AttributeTable;

/// Reports each breach in the program's own declarations.
void check_restrictions(clang::Sema& sema, const AttributeTable& attributes);

}  // namespace pymetal::compiler
