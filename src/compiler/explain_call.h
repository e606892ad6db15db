// Says why a call of the library fits no function: the library's own candidates are no help to a programmer.
#pragma once

#include "llvm/ADT/ArrayRef.h"

namespace clang {
class Expr;
class Sema;
class UnresolvedLookupExpr;
}  // namespace clang

namespace pymetal::compiler {

/// Adds a note to the error of a call that has just failed: `errors_before` is the number of errors before it.
void explain_failed_call(clang::Sema& sema, const clang::UnresolvedLookupExpr& callee,
                         llvm::ArrayRef<clang::Expr*> arguments, unsigned errors_before);

}  // namespace pymetal::compiler
