// Understands `#pragma METAL fp`.
#pragma once

#include "clang/Lex/Preprocessor.h"

namespace pymetal::compiler {

/// `contract(off | on | fast)` and `math_mode(safe | relaxed | fast)`, for the rest of the file or of the compound
/// statement that they begin. Other pragmas of METAL are passed over.
void add_metal_pragma(clang::Preprocessor& preprocessor);

}  // namespace pymetal::compiler
