// The order in which the lanes of a simdgroup pass the blocks of a kernel.
#pragma once

#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Function.h"

namespace pymetal::lowering {

/// The blocks in topological order, those of a loop together: whoever is behind in it may still reach a block ahead,
/// and nobody ahead comes back but by a loop's next round. Lanes that run in this order, round after round, meet
/// wherever they can. Blocks that cannot be reached are left out.
std::vector<llvm::BasicBlock*> order_blocks(llvm::Function& function, const llvm::LoopInfo& loops);

}  // namespace pymetal::lowering
