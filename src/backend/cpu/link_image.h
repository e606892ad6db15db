// Links an object file to an image that may lie at any address.
#pragma once

#include "backend/cpu/code_image.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace pymetal::backend::cpu {

/// Throws PipelineError where the object is broken, or depends on the address it will lie at.
CodeImage link_image(llvm::MemoryBufferRef object);

}  // namespace pymetal::backend::cpu
