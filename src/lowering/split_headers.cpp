// Gives loops a header of their own where LLVM's divergence analysis needs one.
#include "lowering/split_headers.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::lowering {

llvm::PreservedAnalyses SplitHeaders::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::SmallVector<llvm::BasicBlock*, 8> headers;
  for (const llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    llvm::BasicBlock* header = loop->getHeader();
    if (header->getTerminator()->getNumSuccessors() > 1 &&
        llvm::all_of(llvm::successors(header), [&](llvm::BasicBlock* next) { return loop->contains(next); }))
      headers.push_back(header);
  }
  for (llvm::BasicBlock* header : headers) header->splitBasicBlock(header->getFirstNonPHIIt(), "parts");
  return headers.empty() ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace pymetal::lowering
