// Writes the blocks of a simdgroup's function in their linear order, and keeps the masks of the lanes that are on.
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"
#include "llvm/Transforms/Utils/SSAUpdater.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {

Widener::Widener(llvm::Function& simdgroup, const Shapes& shapes, const LinearOrder& order,
                 const Divergence& divergence, llvm::LoopInfo& loops, llvm::UniformityInfo& uniformity,
                 const PrivateArrays& arrays, const AccessGroups& groups, ThreadLayout layout)
    : simdgroup_(simdgroup),
      module_(*simdgroup.getParent()),
      context_(simdgroup.getContext()),
      layout_of_data_(simdgroup.getDataLayout()),
      shapes_(shapes),
      order_(order),
      divergence_(divergence),
      loops_(loops),
      uniformity_(uniformity),
      arrays_(arrays),
      groups_(groups),
      layout_(layout),
      builder_(context_) {}

void Widener::run() {
  create_blocks();
  for (unsigned i = 0; i < order_.nodes().size(); ++i) emit_node(i);
  repair_dominance();
  promote_slots();
}

llvm::AllocaInst* Widener::slot(llvm::Type* type, const llvm::Twine& name) {
  return slots_.emplace_back(make_room(type, name, {}));
}

llvm::AllocaInst* Widener::mask_slot(const llvm::BasicBlock* block) { return mask_slots_.lookup(block); }

/// One block per node, and slots for what flows along edges: masks and the values of phis.
void Widener::create_blocks() {
  entry_ = llvm::BasicBlock::Create(context_, "entry", &simdgroup_);
  builder_.SetInsertPoint(entry_);
  llvm::Type* mask_type = wide_type(builder_.getInt1Ty());
  for (const LinearOrder::Node& node : order_.nodes()) {
    const std::string name = node.block ? node.block->getName().str() : "loop_end";
    bodies_.push_back(llvm::BasicBlock::Create(context_, name, &simdgroup_));
    doors_.push_back(bodies_.back());
    if (node.skip != LinearOrder::kNone)
      doors_.back() = llvm::BasicBlock::Create(context_, name + ".any", &simdgroup_, bodies_.back());
    llvm::Loop* loop = node.block ? loops_.getLoopFor(node.block) : node.ended_loop;
    loop_of_[bodies_.back()] = loop_of_[doors_.back()] = loop;
    if (node.ended_loop != nullptr) {
      round_slots_[loop] = slot(mask_type, "round");
      continue;
    }
    if (loop != nullptr && loop->getHeader() == node.block) {
      written_headers_[loop] = bodies_.back();
      loop_of_[doors_.back()] = doors_.back() == bodies_.back() ? loop : loop->getParentLoop();
    }
    mask_slots_[node.block] = slot(mask_type, node.block->getName() + ".mask");
    for (llvm::PHINode& phi : node.block->phis()) {
      const Shape shape = shapes_.of(&phi);
      phi_slots_[&phi] = slot(shape.is_varying() ? wide_type(phi.getType()) : phi.getType(), phi.getName() + ".slot");
    }
  }
  reset_slots(nullptr);
  entry_mask_ = llvm::Constant::getAllOnesValue(mask_type);
  if (!layout_.is_full) {
    entry_mask_ = builder_.CreateBitCast(input(kActiveMask, builder_.getInt32Ty(), {}), mask_type);
  }
  builder_.CreateStore(entry_mask_, mask_slot(order_.nodes().front().block));
  builder_.CreateBr(doors_.front());
}

/// What blocks of the loop, but not of loops inside it, receive along edges is empty again.
void Widener::reset_slots(const llvm::Loop* loop) {
  for (const LinearOrder::Node& node : order_.nodes()) {
    if (node.ended_loop != nullptr && node.ended_loop == loop)
      builder_.CreateStore(llvm::Constant::getNullValue(round_slots_[loop]->getAllocatedType()), round_slots_[loop]);
    if (node.block == nullptr) continue;
    const llvm::Loop* innermost = loops_.getLoopFor(node.block);
    // A header receives from outside the loop.
    if (innermost != nullptr && innermost->getHeader() == node.block) innermost = innermost->getParentLoop();
    if (innermost != loop) continue;
    builder_.CreateStore(llvm::Constant::getNullValue(mask_slot(node.block)->getAllocatedType()),
                         mask_slot(node.block));
    for (const llvm::PHINode& phi : node.block->phis())
      builder_.CreateStore(llvm::PoisonValue::get(phi_slots_[&phi]->getAllocatedType()), phi_slots_[&phi]);
  }
}

void Widener::emit_node(unsigned index) {
  const LinearOrder::Node& node = order_.nodes()[index];
  if (node.ended_loop != nullptr) return emit_loop_end(index);
  if (node.skip != LinearOrder::kNone) emit_guard(index);
  llvm::BasicBlock& block = *node.block;
  current_loop_ = loops_.getLoopFor(&block);
  builder_.SetInsertPoint(bodies_[index]);
  mask_ = divergence_.is_partial(&block) ? builder_.CreateLoad(mask_slot(&block)->getAllocatedType(), mask_slot(&block))
                                         : entry_mask_;
  for (llvm::PHINode& phi : block.phis()) {
    llvm::AllocaInst* from = phi_slots_[&phi];
    llvm::Value* value = builder_.CreateLoad(from->getAllocatedType(), from, phi.getName());
    if (shapes_.of(&phi).is_varying())
      set(phi, value);
    else
      set_scalar(phi, value);
  }
  if (current_loop_ != nullptr && current_loop_->getHeader() == &block) reset_slots(current_loop_);
  for (llvm::Instruction& instruction : block)
    if (!llvm::isa<llvm::PHINode>(instruction) && !instruction.isTerminator()) emit(instruction);
  emit_terminator(index, block);
}

/// Passes over a block while no lane is on.
void Widener::emit_guard(unsigned index) {
  const LinearOrder::Node& node = order_.nodes()[index];
  builder_.SetInsertPoint(doors_[index]);
  llvm::AllocaInst* mask = mask_slot(node.block);
  builder_.CreateCondBr(any(builder_.CreateLoad(mask->getAllocatedType(), mask)), bodies_[index], doors_[node.skip]);
}

/// Goes round again with the lanes that are still on.
void Widener::emit_loop_end(unsigned index) {
  const LinearOrder::Node& node = order_.nodes()[index];
  builder_.SetInsertPoint(bodies_[index]);
  llvm::AllocaInst* round = round_slots_[node.ended_loop];
  llvm::Value* mask = builder_.CreateLoad(round->getAllocatedType(), round);
  builder_.CreateStore(mask, mask_slot(node.ended_loop->getHeader()));
  llvm::BasicBlock* header = bodies_[node.next[0]];
  if (node.next.size() == 1)
    builder_.CreateBr(header);
  else
    builder_.CreateCondBr(any(mask), header, doors_[node.next[1]]);
}

void Widener::emit_terminator(unsigned index, llvm::BasicBlock& block) {
  const LinearOrder::Node& node = order_.nodes()[index];
  llvm::Instruction* terminator = block.getTerminator();
  if (llvm::isa<llvm::ReturnInst>(terminator)) {
    builder_.CreateRetVoid();
    return;
  }
  // Back to a header, past its guard: the lanes are on.
  const auto door = [&](unsigned target) { return target <= index ? bodies_[target] : doors_[target]; };
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(terminator);
  if (branch == nullptr) reject(*terminator);
  if (branch->isUnconditional()) {
    take_edge(block, *branch->getSuccessor(0), mask_, node.may_be_empty);
    builder_.CreateBr(door(node.next[0]));
    return;
  }
  if (!uniformity_.hasDivergentTerminator(block)) {
    llvm::Value* condition = scalar(branch->getCondition());
    llvm::BasicBlock* ways[2];
    llvm::BasicBlock* end = builder_.GetInsertBlock();
    for (unsigned i = 0; i < 2; ++i) {
      ways[i] = llvm::BasicBlock::Create(context_, block.getName() + ".way", &simdgroup_);
      loop_of_[ways[i]] = current_loop_;
      builder_.SetInsertPoint(ways[i]);
      take_edge(block, *branch->getSuccessor(i), mask_, node.may_be_empty);
      builder_.CreateBr(door(node.next[i]));
    }
    builder_.SetInsertPoint(end);
    builder_.CreateCondBr(condition, ways[0], ways[1]);
    return;
  }
  // What lanes that are off decide must not spoil the mask.
  llvm::Value* condition = builder_.CreateFreeze(vector(branch->getCondition()));
  take_edge(block, *branch->getSuccessor(0), builder_.CreateAnd(mask_, condition), true);
  take_edge(block, *branch->getSuccessor(1), builder_.CreateAnd(mask_, builder_.CreateNot(condition)), true);
  builder_.CreateBr(door(node.next[0]));
}

/// Hands the lanes of `edge_mask`, and the values of phis, from one block to another.
void Widener::take_edge(llvm::BasicBlock& from, llvm::BasicBlock& to, llvm::Value* edge_mask, bool may_be_empty) {
  const bool goes_round = current_loop_ != nullptr && current_loop_->getHeader() == &to;
  const bool is_joined = divergence_.is_joined(&to) && !goes_round;
  llvm::AllocaInst* mask = mask_slot(&to);
  if (goes_round && divergence_.is_divergent(current_loop_)) mask = round_slots_[current_loop_];
  llvm::Value* all = edge_mask;
  if (is_joined) all = builder_.CreateOr(builder_.CreateLoad(mask->getAllocatedType(), mask), edge_mask);
  builder_.CreateStore(all, mask);
  for (llvm::PHINode& phi : to.phis())
    merge_phi(phi, phi.getIncomingValueForBlock(&from), edge_mask, is_joined, may_be_empty);
}

void Widener::merge_phi(llvm::PHINode& phi, llvm::Value* incoming, llvm::Value* edge_mask, bool is_joined,
                        bool may_be_empty) {
  llvm::AllocaInst* to = phi_slots_[&phi];
  llvm::Value* value = shapes_.of(&phi).is_varying() ? vector(incoming) : scalar(incoming);
  if (is_joined) {
    llvm::Value* old = builder_.CreateLoad(to->getAllocatedType(), to);
    if (value->getType()->isVectorTy() && shapes_.of(&phi).is_varying()) {
      llvm::Value* lanes = edge_mask;
      if (auto* type = llvm::dyn_cast<llvm::FixedVectorType>(phi.getType()))
        lanes = spread(edge_mask, type->getNumElements(), type->getNumElements() * kSimdgroupWidth);
      value = builder_.CreateSelect(lanes, value, old);
    } else if (may_be_empty) {
      // Nobody brings this value if no lane comes this way.
      value = builder_.CreateSelect(any(edge_mask), value, old);
    }
  }
  builder_.CreateStore(value, to);
}

/// A block may be passed over, and one that it dominates in the thread's function still run, for lanes that are then
/// off: for them any value will do.
void Widener::repair_dominance() {
  llvm::DominatorTree dominators(simdgroup_);
  llvm::SmallVector<llvm::Use*, 8> uses;
  for (llvm::Instruction& instruction : llvm::instructions(simdgroup_)) {
    uses.clear();
    for (llvm::Use& use : instruction.uses())
      if (!dominators.dominates(&instruction, use)) uses.push_back(&use);
    if (uses.empty()) continue;
    llvm::BasicBlock* home = instruction.getParent();
    llvm::SSAUpdater updater;
    updater.Initialize(instruction.getType(), instruction.getName());
    updater.AddAvailableValue(entry_, llvm::PoisonValue::get(instruction.getType()));
    // Not what another round left behind.
    llvm::BasicBlock* header = written_headers_.lookup(loop_of_.lookup(home));
    if (header != nullptr && header != home)
      updater.AddAvailableValue(header, llvm::PoisonValue::get(instruction.getType()));
    updater.AddAvailableValue(home, &instruction);
    for (llvm::Use* use : uses) updater.RewriteUse(*use);
  }
}

void Widener::promote_slots() {
  llvm::DominatorTree dominators(simdgroup_);
  llvm::PromoteMemToReg(slots_, dominators);
}

}  // namespace pymetal::lowering
