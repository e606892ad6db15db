// Tells kernels that go over the rows of their grid from those that work in tiles.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::lowering {

/// Whether a canonical kernel may as well run in other threadgroups than the dispatch asks for, and gains from long
/// rows of threads. It may where threads know nothing but their position in the grid, and tell each other nothing. It
/// gains where they do not loop, and neighbours along x use memory side by side: then a row is a stretch of memory.
bool streams_along_rows(llvm::Function& kernel);

}  // namespace pymetal::lowering
