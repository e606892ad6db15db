// Knows the names of Metal that a program may use in vain here, and why.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace pymetal::compiler {

/// A sentence on why nothing has that name of Metal's, or empty where the name is none of Metal's.
llvm::StringRef reason_for_absence(llvm::StringRef name);

}  // namespace pymetal::compiler
