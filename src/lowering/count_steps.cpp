// Counts what a kernel may do at most.
#include "lowering/count_steps.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IntrinsicInst.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

/// Above it, nobody asks how many.
constexpr std::uint64_t kMostSteps = 1 << 20;
/// The code of a simdgroup keeps 32 threads' memory on its stack.
constexpr std::uint64_t kMostPrivateBytes = 2048;
/// An access that becomes one for each lane, and an operation between lanes.
constexpr std::uint64_t kSlowStep = 8;

std::uint64_t steps_of(const llvm::Instruction& instruction) {
  if (instruction.isDebugOrPseudoInst() || llvm::isa<llvm::PHINode>(instruction)) return 0;
  const bool is_slow = instruction.mayReadOrWriteMemory() || instruction.getOpcode() == llvm::Instruction::UDiv ||
                       instruction.getOpcode() == llvm::Instruction::SDiv ||
                       instruction.getOpcode() == llvm::Instruction::URem ||
                       instruction.getOpcode() == llvm::Instruction::SRem;
  return is_slow ? kSlowStep : 1;
}

bool calls_back(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  return call != nullptr && call->getCalledFunction() != nullptr && call->getCalledFunction()->getName() == kLog;
}

}  // namespace

std::optional<std::uint32_t> count_steps(llvm::Function& kernel) {
  llvm::DominatorTree dominators(kernel);
  llvm::LoopInfo loops(dominators);
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&kernel);
  if (llvm::containsIrreducibleCFG<llvm::BasicBlock*>(order, loops)) return std::nullopt;
  llvm::AssumptionCache assumptions(kernel);
  const llvm::TargetLibraryInfoImpl library(kernel.getParent()->getTargetTriple());
  llvm::TargetLibraryInfo functions(library);
  llvm::ScalarEvolution evolution(kernel, functions, assumptions, dominators, loops);
  llvm::DenseMap<const llvm::Loop*, std::uint64_t> rounds;
  for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
    const std::uint64_t own = evolution.getSmallConstantMaxTripCount(loop);
    const llvm::Loop* outer = loop->getParentLoop();
    const std::uint64_t all = own * (outer == nullptr ? 1 : rounds[outer]);
    if (own == 0 || all > kMostSteps) return std::nullopt;
    rounds[loop] = all;
  }
  std::uint64_t steps = 0;
  std::uint64_t bytes = 0;
  for (const llvm::BasicBlock& block : kernel) {
    const llvm::Loop* loop = loops.getLoopFor(&block);
    const std::uint64_t times = loop == nullptr ? 1 : rounds[loop];
    for (const llvm::Instruction& instruction : block) {
      if (calls_back(instruction)) return std::nullopt;
      if (const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
        bytes += variable->getAllocationSize(kernel.getDataLayout()).value_or(llvm::TypeSize::getFixed(kMostSteps));
      steps += times * steps_of(instruction);
    }
    if (steps > kMostSteps || bytes > kMostPrivateBytes) return std::nullopt;
  }
  return static_cast<std::uint32_t>(steps);
}

}  // namespace pymetal::lowering
