// Lets what may lie anywhere be used as what lies in the thread address space.
#pragma once

#include "clang/AST/Expr.h"
#include "clang/AST/Type.h"
#include "clang/Sema/Sema.h"

namespace pymetal::compiler {

/// Whether the type is a reference or pointer to the thread address space.
bool leads_to_thread(clang::QualType type);

/// Whether the operand was reached by way of `this`, or of a reference or pointer without an address space.
bool leads_anywhere(const clang::Expr& operand);

/// An operand that leads anywhere as `target`, a reference or pointer, needs it: in its address space. Any other as it
/// is.
clang::Expr* narrow_address_space(clang::Sema& sema, clang::QualType target, clang::Expr* operand);

/// The object that an operand names, in the thread address space.
clang::Expr* narrow_to_thread(clang::Sema& sema, clang::Expr* operand);

}  // namespace pymetal::compiler
