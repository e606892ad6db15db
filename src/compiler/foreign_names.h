// Knows what Metal calls the things that other shading languages have other names for.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace pymetal::compiler {

/// Metal's word for `name`, such as "float3" for "vec3"; empty where there is none.
llvm::StringRef metal_word_for(llvm::StringRef name);

}  // namespace pymetal::compiler
