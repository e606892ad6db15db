// Makes accesses under constant masks ones of fewer elements.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// A load or store of which only a few elements in a row are on becomes one of these elements, without a mask: what was
/// stored so reaches later loads without a way through the cache.
struct NarrowAccesses : llvm::PassInfoMixin<NarrowAccesses> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace pymetal::lowering
