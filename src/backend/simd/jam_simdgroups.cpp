// Runs several simdgroups side by side in loops that read memory.
#include "backend/simd/jam_simdgroups.h"

#include <array>
#include <vector>

#include "backend/simd/pattern_choice.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/ValueMapper.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

constexpr unsigned kMostTogether = 4;
/// Longer loops have enough to do with what they load.
constexpr std::size_t kMostInstructionsOfJam = 60;
constexpr std::size_t kMostInstructionsAround = 300;
/// But where they do so much that is the same for all simdgroups, and no more than so much besides, it is done once.
constexpr std::size_t kFewestShared = 64;
constexpr std::size_t kMostBesides = 400;
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
    found.find_choices();
    found.find_dependent();
    if (!found.can_run_together()) return std::nullopt;
    return found;
  }

  /// How many simdgroups to run together; 1 where that has no use.
  unsigned together(std::uint64_t register_bytes) const {
    std::size_t around = 0;
    for (const llvm::BasicBlock* block : loop_.blocks())
      if (!goes_apart(block)) around += block->size();
    unsigned result = 1;
    for (const llvm::Loop* inner : loop_.getLoopsInPreorder()) {
      if (inner == &loop_ || !is_innermost(*inner)) continue;
      std::size_t size = 0;
      std::size_t shared = 0;
      std::size_t besides = 0;
      std::size_t lane_stores = 0;
      std::uint64_t carried = 0;
      bool loads = false;
      for (const llvm::BasicBlock* block : inner->blocks()) {
        if (goes_apart(block)) continue;
        size += block->size();
        for (const llvm::Instruction& instruction : *block) {
          const bool is_dependent = dependent_.contains(&instruction);
          shared += !is_dependent && llvm::isa<llvm::ShuffleVectorInst>(instruction);
          besides += is_dependent;
          loads |= llvm::isa<llvm::LoadInst>(instruction) && instruction.getType()->isVectorTy();
          lane_stores += is_lane_store(instruction);
        }
      }
      const bool shares = shared >= kFewestShared && besides <= kMostBesides;
      if (!shares && around > kMostInstructionsAround) continue;
      // Together they read memory in its order.
      if (lane_stores >= kFewestLaneStores) result = kMostTogether;
      for (const llvm::PHINode& phi : inner->getHeader()->phis())
        if (phi.getType()->isVectorTy() && dependent_.contains(&phi))
          carried += phi.getDataLayout().getTypeStoreSize(phi.getType()).getFixedValue();
      if (!loads || carried == 0 || (!shares && size > kMostInstructionsOfJam)) continue;
      for (unsigned count = kMostTogether; count > result; count /= 2)
        if (count * carried <= register_bytes / 2) result = count;
    }
    return result;
  }

  /// Puts a loop that runs `count` simdgroups at once in front.
  void run_together(unsigned count);

 private:
  /// Lets the copies of a way follow one another, for simdgroup after simdgroup.
  static void chain(const PatternChoice& choice, llvm::MutableArrayRef<llvm::ValueToValueMapTy> maps);

  explicit SimdgroupLoop(llvm::Loop& loop) : loop_(loop) {}

  void find_choices() {
    for (llvm::BasicBlock* block : loop_.blocks())
      if (auto choice = as_pattern_choice(*block)) choices_.push_back(std::move(*choice));
    // Those on another's rare way are as good as any branch there.
    const std::vector<PatternChoice> all = choices_;
    llvm::erase_if(choices_, [&](const PatternChoice& inner) {
      return llvm::any_of(all, [&](const PatternChoice& outer) {
        return outer.goes_apart() && llvm::is_contained(outer.rare, inner.branch->getParent());
      });
    });
    for (const PatternChoice& choice : choices_)
      if (choice.goes_apart())
        for (const llvm::BasicBlock* block : choice.rare) apart_[block] = &choice;
  }

  /// The block is of a way that simdgroups take one after the other.
  bool goes_apart(const llvm::BasicBlock* block) const { return apart_.contains(block); }

  /// Loops over lanes in such ways do not count.
  bool is_innermost(const llvm::Loop& loop) const {
    return llvm::all_of(loop.getSubLoops(), [&](const llvm::Loop* inner) { return goes_apart(inner->getHeader()); }) &&
           !goes_apart(loop.getHeader());
  }

  const PatternChoice* choice_at(const llvm::BasicBlock* block) const {
    for (const PatternChoice& choice : choices_)
      if (choice.branch->getParent() == block) return &choice;
    return nullptr;
  }

  bool depends(const llvm::Instruction& instruction) const {
    return llvm::any_of(instruction.operands(),
                        [&](const llvm::Use& operand) { return dependent_.contains(operand.get()); });
  }

  void find_dependent() {
    dependent_.insert(index_);
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (llvm::BasicBlock* block : loop_.blocks())
        for (llvm::Instruction& instruction : *block)
          if (!dependent_.contains(&instruction) && depends(instruction))
            has_changed |= dependent_.insert(&instruction).second;
      // Through private memory as well.
      for (const PatternChoice& choice : choices_)
        if (choice.goes_apart() && llvm::any_of(choice.rare, [&](llvm::BasicBlock* block) {
              return llvm::any_of(*block, [&](llvm::Instruction& i) { return dependent_.contains(&i); });
            }))
          for (llvm::BasicBlock* block : choice.rare)
            for (llvm::Instruction& instruction : *block) has_changed |= dependent_.insert(&instruction).second;
    }
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

  /// An access to private memory that belongs to the way which the block is on.
  bool is_own_access(const llvm::Instruction& instruction) const {
    const llvm::Value* address = llvm::getLoadStorePointerOperand(&instruction);
    if (address == nullptr || instruction.isVolatile()) return false;
    const PatternChoice* choice = apart_.lookup(instruction.getParent());
    const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(llvm::getUnderlyingObject(address));
    return variable != nullptr && is_used_only_on(*variable, *choice);
  }

  bool is_used_only_on(const llvm::Value& address, const PatternChoice& choice) const {
    return llvm::all_of(address.users(), [&](const llvm::User* user) {
      const auto* instruction = llvm::cast<llvm::Instruction>(user);
      if (llvm::isa<llvm::GetElementPtrInst>(instruction)) return is_used_only_on(*instruction, choice);
      return llvm::isa<llvm::LoadInst, llvm::StoreInst>(instruction) &&
             apart_.lookup(instruction->getParent()) == &choice;
    });
  }

  bool can_run_together() const {
    for (llvm::BasicBlock* block : loop_.blocks()) {
      for (const llvm::Instruction& instruction : *block) {
        if (instruction.mayReadOrWriteMemory() && !is_plain_access(instruction) &&
            !(goes_apart(block) && is_own_access(instruction)))
          return false;
        for (const llvm::User* user : instruction.users())
          if (!loop_.contains(llvm::cast<llvm::Instruction>(user))) return false;
      }
      const llvm::Instruction* end = block->getTerminator();
      if (block == loop_.getLoopLatch() || goes_apart(block) || !dependent_.contains(end)) continue;
      if (choice_at(block) == nullptr) return false;
    }
    return true;
  }

  llvm::Loop& loop_;
  llvm::ICmpInst* compare_ = nullptr;
  llvm::PHINode* index_ = nullptr;
  llvm::Instruction* next_ = nullptr;
  /// `apart_` points into it, also where the object has moved.
  std::vector<PatternChoice> choices_;
  llvm::DenseMap<const llvm::BasicBlock*, const PatternChoice*> apart_;
  /// What may differ from simdgroup to simdgroup.
  llvm::DenseSet<const llvm::Value*> dependent_;
};

void SimdgroupLoop::chain(const PatternChoice& choice, llvm::MutableArrayRef<llvm::ValueToValueMapTy> maps) {
  const auto copy_of = [&](llvm::BasicBlock* block, std::size_t i) {
    return llvm::cast<llvm::BasicBlock>(maps[i][block]);
  };
  llvm::BasicBlock* end = copy_of(choice.rare.back(), maps.size() - 1);
  if (copy_of(choice.rare.back(), 0) == end) return;
  for (std::size_t i = 0; i + 1 < maps.size(); ++i) {
    llvm::BasicBlock* way = copy_of(choice.rare.back(), i);
    llvm::BasicBlock* join = copy_of(choice.join, i);
    way->getTerminator()->replaceSuccessorWith(join, copy_of(choice.rare.front(), i + 1));
    join->replacePhiUsesWith(way, end);
  }
}

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
    const bool is_shared = !goes_apart(block) || !dependent_.contains(block->getTerminator());
    for (unsigned i = 0; i < count; ++i)
      maps[i][block] = is_shared && i > 0 ? static_cast<llvm::Value*>(maps[0][block])
                                          : llvm::BasicBlock::Create(function.getContext(), block->getName() + ".jam",
                                                                     &function, header);
  }
  const auto lookup = [&](llvm::BasicBlock* block) { return llvm::cast<llvm::BasicBlock>(maps[0][block]); };
  builder.SetInsertPoint(lookup(header));
  llvm::PHINode* index = builder.CreatePHI(index_->getType(), 2, "first");
  index->addIncoming(builder.getInt32(0), preheader);
  for (llvm::BasicBlock* block : loop_.blocks()) {
    const auto copy_for = [&](llvm::Instruction& instruction, unsigned i) {
      const bool is_dependent = dependent_.contains(&instruction);
      if (&instruction == index_ || &instruction == next_ || &instruction == compare_ ||
          (instruction.isTerminator() && !goes_apart(block)) || (!is_dependent && i > 0))
        return;
      builder.SetInsertPoint(llvm::cast<llvm::BasicBlock>(maps[i][block]));
      llvm::Instruction* copy = builder.Insert(instruction.clone(), instruction.getName());
      copies.emplace_back(copy, i);
      if (is_dependent)
        maps[i][&instruction] = copy;
      else
        for (auto& map : maps) map[&instruction] = copy;
    };
    const auto copy_for_each = [&](auto&& instructions) {
      for (llvm::Instruction& instruction : instructions)
        for (unsigned i = 0; i < count; ++i) copy_for(instruction, i);
    };
    const auto others = llvm::make_range(block->getFirstNonPHIIt(), block->end());
    if (!goes_apart(block)) copy_for_each(block->phis());
    // An atomic operation is a load and a store here, between which no other simdgroup may come.
    if (goes_apart(block)) {
      for (unsigned i = 0; i < count; ++i)
        for (llvm::Instruction& instruction : *block) copy_for(instruction, i);
    } else if (llvm::any_of(*block, [&](const llvm::Instruction& instruction) { return is_lane_store(instruction); })) {
      for (unsigned i = 0; i < count; ++i)
        for (llvm::Instruction& instruction : others) copy_for(instruction, i);
    } else {
      copy_for_each(others);
    }
  }
  builder.SetInsertPoint(lookup(header), lookup(header)->getFirstInsertionPt());
  for (unsigned i = 0; i < count; ++i) maps[i][index_] = builder.CreateNUWAdd(index, builder.getInt32(i));
  for (const auto& [copy, i] : copies)
    llvm::RemapInstruction(copy, maps[i], llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);

  for (const PatternChoice& choice : choices_)
    if (choice.goes_apart()) chain(choice, maps);
  for (llvm::BasicBlock* block : loop_.blocks()) {
    builder.SetInsertPoint(lookup(block));
    if (block == loop_.getLoopLatch() || goes_apart(block)) continue;
    llvm::Instruction* branch = builder.Insert(block->getTerminator()->clone());
    llvm::RemapInstruction(branch, maps[0], llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);
    if (!dependent_.contains(block->getTerminator())) continue;
    // The usual way, if it is open to all.
    builder.SetInsertPoint(branch);
    llvm::SmallVector<llvm::Value*, kMostTogether> conditions;
    const PatternChoice& choice = *choice_at(block);
    for (auto& map : maps) conditions.push_back(map[choice.branch->getCondition()]);
    llvm::cast<llvm::BranchInst>(branch)->setCondition(
        choice.usual == choice.branch->getSuccessor(0) ? builder.CreateAnd(conditions) : builder.CreateOr(conditions));
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
