// Runs several simdgroups side by side in loops that read memory.
#include "backend/simd/jam_simdgroups.h"

#include <array>

#include "llvm/ADT/DenseSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/ProfDataUtils.h"
#include "llvm/Transforms/Utils/ValueMapper.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

constexpr unsigned kMostTogether = 4;
/// Longer loops have enough to do with what they load.
constexpr std::size_t kMostInstructionsOfJam = 60;
constexpr std::size_t kMostInstructionsAround = 300;
/// With so many stores, lanes go one after the other.
constexpr std::size_t kFewestLaneStores = lowering::kSimdgroupWidth;

/// A loop over simdgroups, whose number is a phi.
class SimdgroupLoop {
 public:
  /// Null where the loop has another form.
  static std::optional<SimdgroupLoop> match(llvm::Loop& loop, llvm::Value* count) {
    SimdgroupLoop found(loop);
    llvm::BasicBlock* latch = loop.getLoopLatch();
    auto* branch = latch ? llvm::dyn_cast<llvm::BranchInst>(latch->getTerminator()) : nullptr;
    if (branch == nullptr || !branch->isConditional() || loop.getExitingBlock() != latch ||
        loop.getLoopPreheader() == nullptr || branch->getSuccessor(0) != loop.getHeader())
      return std::nullopt;
    found.compare_ = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
    auto phis = loop.getHeader()->phis();
    if (found.compare_ == nullptr || !found.compare_->hasOneUse() || found.compare_->getOperand(1) != count ||
        found.compare_->getPredicate() != llvm::CmpInst::ICMP_ULT || phis.empty() ||
        std::next(phis.begin()) != phis.end() || !loop.getExitBlock()->phis().empty())
      return std::nullopt;
    found.index_ = &*phis.begin();
    found.next_ = llvm::dyn_cast<llvm::Instruction>(found.compare_->getOperand(0));
    const auto* start =
        llvm::dyn_cast<llvm::ConstantInt>(found.index_->getIncomingValueForBlock(loop.getLoopPreheader()));
    if (found.next_ == nullptr || found.index_->getIncomingValueForBlock(latch) != found.next_ ||
        !found.next_->hasNUses(2) || found.next_->getOpcode() != llvm::Instruction::Add ||
        found.next_->getOperand(0) != found.index_ || start == nullptr || !start->isZero())
      return std::nullopt;
    found.find_dependent();
    if (!found.can_run_together()) return std::nullopt;
    return found;
  }

  /// How many simdgroups to run together; 1 where that has no use.
  unsigned together(std::uint64_t register_bytes) const {
    std::size_t around = 0;
    for (const llvm::BasicBlock* block : loop_.blocks()) around += block->size();
    if (around > kMostInstructionsAround) return 1;
    unsigned result = 1;
    for (const llvm::Loop* inner : loop_.getLoopsInPreorder()) {
      if (inner == &loop_ || !inner->isInnermost()) continue;
      std::size_t size = 0;
      std::size_t lane_stores = 0;
      std::uint64_t carried = 0;
      bool loads = false;
      for (const llvm::BasicBlock* block : inner->blocks()) size += block->size();
      for (const llvm::BasicBlock* block : inner->blocks())
        for (const llvm::Instruction& instruction : *block) {
          loads |= llvm::isa<llvm::LoadInst>(instruction) && instruction.getType()->isVectorTy();
          lane_stores += is_lane_store(instruction);
        }
      // Together they read memory in its order.
      if (lane_stores >= kFewestLaneStores) result = kMostTogether;
      for (const llvm::PHINode& phi : inner->getHeader()->phis())
        if (phi.getType()->isVectorTy()) carried += phi.getDataLayout().getTypeStoreSize(phi.getType()).getFixedValue();
      if (!loads || carried == 0 || size > kMostInstructionsOfJam) continue;
      for (unsigned count = kMostTogether; count > result; count /= 2)
        if (count * carried <= register_bytes / 2) result = count;
    }
    return result;
  }

  /// Puts a loop that runs `count` simdgroups at once in front.
  void run_together(unsigned count);

 private:
  explicit SimdgroupLoop(llvm::Loop& loop) : loop_(loop) {}

  void find_dependent() {
    dependent_.insert(index_);
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (llvm::BasicBlock* block : loop_.blocks())
        for (llvm::Instruction& instruction : *block)
          if (!dependent_.contains(&instruction) && llvm::any_of(instruction.operands(), [&](const llvm::Use& operand) {
                return dependent_.contains(operand.get());
              }))
            has_changed |= dependent_.insert(&instruction).second;
    }
  }

  /// Whether a branch chooses between two ways to the same end, one for when a pattern holds and one for always.
  static bool is_choice_of_ways(const llvm::BranchInst& branch) {
    if (branch.getMetadata(lowering::kPatternBranch) == nullptr) return false;
    const llvm::BasicBlock* first = branch.getSuccessor(0);
    const llvm::BasicBlock* second = branch.getSuccessor(1);
    return usual_way(branch) && first->getSinglePredecessor() != nullptr && second->getSinglePredecessor() != nullptr &&
           first->getSingleSuccessor() != nullptr && first->getSingleSuccessor() == second->getSingleSuccessor();
  }

  /// The likelier one, wherever passes have put it.
  static std::optional<unsigned> usual_way(const llvm::BranchInst& branch) {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    if (!llvm::extractBranchWeights(branch, first, second) || first == second) return std::nullopt;
    return first > second ? 0 : 1;
  }

  static bool is_plain_access(const llvm::Instruction& instruction) {
    const llvm::Value* address = llvm::getLoadStorePointerOperand(&instruction);
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
      if (call->getIntrinsicID() == llvm::Intrinsic::masked_load) address = call->getArgOperand(0);
      if (call->getIntrinsicID() == llvm::Intrinsic::masked_store) address = call->getArgOperand(1);
      if (call->getIntrinsicID() == llvm::Intrinsic::masked_gather ||
          call->getIntrinsicID() == llvm::Intrinsic::masked_scatter)
        return true;
    }
    // Memory of the function itself is that of one simdgroup at a time.
    return address != nullptr && !instruction.isAtomic() && !instruction.isVolatile() &&
           !llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(address));
  }

  /// A store of one lane, which may be the end of an atomic operation on threadgroup memory.
  bool is_lane_store(const llvm::Instruction& instruction) const {
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    return store != nullptr && dependent_.contains(store) && !store->getValueOperand()->getType()->isVectorTy();
  }

  bool can_run_together() const {
    for (llvm::BasicBlock* block : loop_.blocks()) {
      for (const llvm::Instruction& instruction : *block) {
        if (instruction.mayReadOrWriteMemory() && !is_plain_access(instruction)) return false;
        for (const llvm::User* user : instruction.users())
          if (!loop_.contains(llvm::cast<llvm::Instruction>(user))) return false;
      }
      const llvm::Instruction* end = block->getTerminator();
      if (block == loop_.getLoopLatch() || !dependent_.contains(end)) continue;
      if (!llvm::isa<llvm::BranchInst>(end) || !is_choice_of_ways(*llvm::cast<llvm::BranchInst>(end))) return false;
    }
    return true;
  }

  llvm::Loop& loop_;
  llvm::ICmpInst* compare_ = nullptr;
  llvm::PHINode* index_ = nullptr;
  llvm::Instruction* next_ = nullptr;
  /// What may differ from simdgroup to simdgroup.
  llvm::DenseSet<const llvm::Value*> dependent_;
};

void SimdgroupLoop::run_together(unsigned count) {
  llvm::BasicBlock* preheader = loop_.getLoopPreheader();
  llvm::BasicBlock* header = loop_.getHeader();
  llvm::BasicBlock* exit = loop_.getExitBlock();
  llvm::Function& function = *header->getParent();
  llvm::IRBuilder<> builder(preheader->getTerminator());
  llvm::Value* total = compare_->getOperand(1);
  llvm::Value* end = builder.CreateAnd(total, builder.getInt32(~(count - 1)));

  // One copy of what all share, `count` of what depends on the simdgroup.
  std::array<llvm::ValueToValueMapTy, kMostTogether> all_maps;
  const llvm::MutableArrayRef<llvm::ValueToValueMapTy> maps(all_maps.data(), count);
  llvm::SmallVector<std::pair<llvm::Instruction*, unsigned>, 128> copies;
  for (llvm::BasicBlock* block : loop_.blocks()) {
    auto* copy = llvm::BasicBlock::Create(function.getContext(), block->getName() + ".jam", &function, header);
    for (auto& map : maps) map[block] = copy;
  }
  const auto lookup = [&](llvm::BasicBlock* block) { return llvm::cast<llvm::BasicBlock>(maps[0][block]); };
  builder.SetInsertPoint(lookup(header));
  llvm::PHINode* index = builder.CreatePHI(index_->getType(), 2, "first");
  index->addIncoming(builder.getInt32(0), preheader);
  for (llvm::BasicBlock* block : loop_.blocks()) {
    builder.SetInsertPoint(lookup(block));
    const auto copy_for = [&](llvm::Instruction& instruction, unsigned i) {
      const bool is_dependent = dependent_.contains(&instruction);
      if (&instruction == index_ || &instruction == next_ || &instruction == compare_ || instruction.isTerminator() ||
          (!is_dependent && i > 0))
        return;
      llvm::Instruction* copy = builder.Insert(instruction.clone(), instruction.getName());
      copies.emplace_back(copy, i);
      if (is_dependent)
        maps[i][&instruction] = copy;
      else
        for (auto& map : maps) map[&instruction] = copy;
    };
    // An atomic operation is a load and a store here, between which no other simdgroup may come.
    if (llvm::any_of(*block, [&](const llvm::Instruction& instruction) { return is_lane_store(instruction); })) {
      for (unsigned i = 0; i < count; ++i)
        for (llvm::Instruction& instruction : *block) copy_for(instruction, i);
    } else {
      for (llvm::Instruction& instruction : *block)
        for (unsigned i = 0; i < count; ++i) copy_for(instruction, i);
    }
  }
  builder.SetInsertPoint(lookup(header), lookup(header)->getFirstInsertionPt());
  for (unsigned i = 0; i < count; ++i) maps[i][index_] = builder.CreateNUWAdd(index, builder.getInt32(i));
  for (const auto& [copy, i] : copies)
    llvm::RemapInstruction(copy, maps[i], llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);

  for (llvm::BasicBlock* block : loop_.blocks()) {
    builder.SetInsertPoint(lookup(block));
    if (block == loop_.getLoopLatch()) continue;
    llvm::Instruction* branch = builder.Insert(block->getTerminator()->clone());
    llvm::RemapInstruction(branch, maps[0], llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);
    if (!dependent_.contains(block->getTerminator())) continue;
    // The usual way, if it is open to all.
    builder.SetInsertPoint(branch);
    llvm::SmallVector<llvm::Value*, kMostTogether> conditions;
    const auto& choice = llvm::cast<llvm::BranchInst>(*block->getTerminator());
    for (auto& map : maps) conditions.push_back(map[choice.getCondition()]);
    llvm::cast<llvm::BranchInst>(branch)->setCondition(usual_way(choice) == 0u ? builder.CreateAnd(conditions)
                                                                               : builder.CreateOr(conditions));
  }
  // Then those that are left, if any.
  llvm::BasicBlock* latch = lookup(loop_.getLoopLatch());
  auto* rest = llvm::BasicBlock::Create(function.getContext(), "rest", &function, header);
  builder.SetInsertPoint(latch);
  llvm::Value* next = builder.CreateNUWAdd(index, builder.getInt32(count));
  index->addIncoming(next, latch);
  builder.CreateCondBr(builder.CreateICmpULT(next, end), lookup(header), rest);
  builder.SetInsertPoint(rest);
  builder.CreateCondBr(builder.CreateICmpULT(end, total), header, exit);
  index_->addIncoming(end, rest);
  builder.SetInsertPoint(preheader->getTerminator());
  builder.CreateCondBr(builder.CreateICmpNE(end, builder.getInt32(0)), lookup(header), header);
  preheader->getTerminator()->eraseFromParent();
}

}  // namespace

bool jam_simdgroups(llvm::Function& function, llvm::TargetMachine& target) {
  llvm::DominatorTree dominators(function);
  llvm::LoopInfo loops(dominators);
  const llvm::TargetTransformInfo info = target.getTargetTransformInfo(function);
  const std::uint64_t register_bytes =
      info.getNumberOfRegisters(info.getRegisterClassForType(/*Vector=*/true)) *
      info.getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector).getFixedValue() / 8;
  bool has_changed = false;
  for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
    auto found = SimdgroupLoop::match(*loop, function.getArg(1));
    const unsigned count = found ? found->together(register_bytes) : 1;
    if (count == 1) continue;
    found->run_together(count);
    has_changed = true;
  }
  return has_changed;
}

}  // namespace pymetal::backend::simd
