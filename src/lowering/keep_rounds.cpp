// Keeps in a loop's round what lanes do together before they leave the loop.
#include "lowering/keep_rounds.h"

#include <iterator>
#include <map>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

using Blocks = llvm::SmallPtrSet<llvm::BasicBlock*, 32>;
using Functions = llvm::SmallPtrSet<const llvm::Function*, 32>;

bool is_mark(llvm::StringRef name) { return name == kLeaveLoop || name == kLeaveFunction || name == kNextRound; }

/// Whether lanes meet in a call: in an operation between them, or in a function that has one.
bool meets(const llvm::CallBase& call, const Functions& meeting) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) return true;
  const llvm::StringRef name = callee->getName();
  return name == kSimdgroupBarrier || (name.starts_with(kSimdPrefix) && name != kSimdLane) || meeting.contains(callee);
}

bool meets(const llvm::BasicBlock& block, const Functions& meeting) {
  return llvm::any_of(block, [&](const llvm::Instruction& instruction) {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    return call != nullptr && meets(*call, meeting);
  });
}

/// The functions in which lanes meet, wherever they are called.
Functions find_meeting(llvm::Module& module) {
  Functions meeting;
  for (bool changed = true; changed;) {
    changed = false;
    for (const llvm::Function& function : module)
      if (!meeting.contains(&function) &&
          llvm::any_of(function, [&](const llvm::BasicBlock& block) { return meets(block, meeting); }))
        changed |= meeting.insert(&function).second;
  }
  return meeting;
}

class RoundKeeper {
 public:
  RoundKeeper(llvm::Function& function, const Functions& meeting) : function_(function), meeting_(meeting) {}

  void run() {
    find_marks();
    if (meeting_.contains(&function_)) {
      for (llvm::CallInst* mark : marks_) {
        const bool begins_block = mark->getParent()->begin() == mark->getIterator();
        if (name_of(*mark) != kNextRound || !begins_block) mark->getParent()->splitBasicBlock(mark, "mark");
        if (name_of(*mark) == kNextRound) next_rounds_.try_emplace(loop_of(*mark), mark->getParent());
      }
      for (llvm::CallInst* mark : marks_) find_leaves(*mark);
      std::vector<Leave> kept;
      llvm::copy_if(leaves_, std::back_inserter(kept), [&](const Leave& leave) { return needs_way_back(leave); });
      for (const Leave& leave : kept) lead_back(leave);
    }
    for (llvm::CallInst* mark : marks_) mark->eraseFromParent();
  }

 private:
  /// A block that control leaves for outside of a loop, whose next round begins at `next`.
  struct Leave {
    llvm::BasicBlock* from;
    llvm::BasicBlock* next;
    bool leaves_function;
  };

  static llvm::StringRef name_of(const llvm::CallInst& mark) { return mark.getCalledFunction()->getName(); }
  static std::uint64_t loop_of(const llvm::CallInst& mark) {
    return llvm::cast<llvm::ConstantInt>(mark.getArgOperand(0))->getZExtValue();
  }

  void find_marks() {
    for (llvm::Instruction& instruction : llvm::instructions(function_))
      if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction))
        if (call->getCalledFunction() != nullptr && is_mark(name_of(*call))) marks_.push_back(call);
  }

  void find_leaves(llvm::CallInst& mark) {
    llvm::BasicBlock* next = next_rounds_.lookup(loop_of(mark));
    if (next == nullptr) return;
    if (name_of(mark) == kLeaveFunction) return leave_behind_value(mark, next);
    if (name_of(mark) == kLeaveLoop) leaves_.push_back({mark.getParent()->getSinglePredecessor(), next, false});
  }

  /// The loop is left where the value is there, by every way out of the code that computes it.
  void leave_behind_value(llvm::CallInst& mark, llvm::BasicBlock* next) {
    const llvm::DominatorTree dominators(function_);
    llvm::SmallVector<llvm::BasicBlock*, 8> computes;
    if (dominators.getNode(mark.getParent()) == nullptr) return;
    dominators.getDescendants(mark.getParent(), computes);
    const Blocks inside(computes.begin(), computes.end());
    for (llvm::BasicBlock* block : computes) {
      llvm::Instruction* end = block->getTerminator();
      if (llvm::isa<llvm::ReturnInst>(end)) {
        block->splitBasicBlock(end, "return");
        leaves_.push_back({block, next, true});
        continue;
      }
      for (unsigned i = 0; i < end->getNumSuccessors(); ++i) {
        llvm::BasicBlock* target = end->getSuccessor(i);
        if (inside.contains(target)) continue;
        auto* between = llvm::BasicBlock::Create(function_.getContext(), "leave", &function_, target);
        llvm::BranchInst::Create(target, between);
        end->setSuccessor(i, between);
        target->replacePhiUsesWith(block, between);
        leaves_.push_back({between, next, true});
      }
    }
  }

  /// The blocks from which a round goes on to the next one, and not out of the loop.
  struct Round {
    Blocks blocks;
    bool is_repeated = false;
  };
  const Round& round_before(llvm::BasicBlock* next) {
    auto [found, is_new] = rounds_.try_emplace(next);
    Round& round = found->second;
    if (!is_new) return round;
    Blocks out;
    for (const Leave& leave : leaves_)
      if (leave.next == next || leave.leaves_function) out.insert(leave.from);
    llvm::SmallVector<llvm::BasicBlock*, 16> open{next};
    while (!open.empty())
      for (llvm::BasicBlock* from : llvm::predecessors(open.pop_back_val())) {
        if (out.contains(from) || !round.blocks.insert(from).second) continue;
        open.push_back(from);
        round.is_repeated |= from == next;
      }
    return round;
  }

  /// Whether lanes meet between the loop and the leave.
  bool needs_way_back(const Leave& leave) {
    const Round& round = round_before(leave.next);
    if (!round.is_repeated) return false;
    Blocks seen{leave.from};
    llvm::SmallVector<llvm::BasicBlock*, 16> open{leave.from};
    while (!open.empty()) {
      llvm::BasicBlock* block = open.pop_back_val();
      if (meets(*block, meeting_)) return true;
      for (llvm::BasicBlock* from : llvm::predecessors(block))
        if (!round.blocks.contains(from) && seen.insert(from).second) open.push_back(from);
    }
    return false;
  }

  void lead_back(const Leave& leave) {
    llvm::Instruction* end = leave.from->getTerminator();
    llvm::BasicBlock* rest = end->getSuccessor(0);
    llvm::IRBuilder<> builder(end);
    builder.CreateCondBr(builder.CreateCall(never()), leave.next, rest);
    end->eraseFromParent();
  }

  /// What it yields must not be known to any pass, nor the same as what another call yields.
  llvm::FunctionCallee never() {
    llvm::FunctionCallee callee =
        function_.getParent()->getOrInsertFunction(kNever, llvm::Type::getInt1Ty(function_.getContext()));
    auto* function = llvm::cast<llvm::Function>(callee.getCallee());
    function->setMemoryEffects(llvm::MemoryEffects::inaccessibleMemOnly());
    function->setDoesNotThrow();
    function->setWillReturn();
    return callee;
  }

  llvm::Function& function_;
  const Functions& meeting_;
  std::vector<llvm::CallInst*> marks_;
  llvm::DenseMap<std::uint64_t, llvm::BasicBlock*> next_rounds_;
  std::vector<Leave> leaves_;
  std::map<llvm::BasicBlock*, Round> rounds_;
};

}  // namespace

void keep_rounds(llvm::Module& module) {
  if (llvm::none_of(module, [](const llvm::Function& function) { return is_mark(function.getName()); })) return;
  const Functions meeting = find_meeting(module);
  for (llvm::Function& function : module)
    if (!function.isDeclaration()) RoundKeeper(function, meeting).run();
}

}  // namespace pymetal::lowering
