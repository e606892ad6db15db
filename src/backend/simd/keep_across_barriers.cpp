// Takes what lives across barriers out of registers.
#include "backend/simd/keep_across_barriers.h"

#include "backend/cpu/lower_inputs.h"
#include "backend/simd/threadgroup_uniformity.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/SSAUpdater.h"
#include "lowering/pass_analyses.h"
#include "lowering/widen/divergence.h"

namespace pymetal::backend::simd {
namespace {

/// Loading a value costs about as much as computing it by so many instructions.
constexpr unsigned kCheapInstructions = 4;

/// Where a value is defined besides by itself: behind barriers.
using Definitions = llvm::SmallVector<std::pair<llvm::BasicBlock*, llvm::Value*>, 8>;

class Keeper {
 public:
  Keeper(llvm::Function& function, const BarrierRegions& regions)
      : function_(function), regions_(regions), layout_(function.getDataLayout()), builder_(function.getContext()) {}

  KeptValues run() {
    find_uniform_values();
    move_variables();
    kept_.variable_bytes = kept_.context_bytes;
    for (const auto& [value, barriers] : find_live())
      if (!is_uniform(*value) && cost(*value) <= kCheapInstructions) compute_again(*value, barriers);
    for (const auto& [value, barriers] : find_live()) save(*value, barriers);
    if (!kept_.is_in_step) kept_.next_region_offset = reserve(sizeof(std::uint32_t), llvm::Align::Of<std::uint32_t>());
    kept_.context_bytes = llvm::alignTo(kept_.context_bytes, kContextAlignment);
    return std::move(kept_);
  }

 private:
  using Barriers = llvm::SmallVector<llvm::BasicBlock*, 8>;

  void find_uniform_values() {
    lowering::PassAnalyses analyses(threadgroup_target_analysis());
    auto& uniformity = analyses.functions.getResult<llvm::UniformityInfoAnalysis>(function_);
    auto& loops = analyses.functions.getResult<llvm::LoopAnalysis>(function_);
    const lowering::Divergence divergence(function_, uniformity, loops,
                                          analyses.functions.getResult<llvm::PostDominatorTreeAnalysis>(function_));
    kept_.is_in_step = llvm::none_of(llvm::drop_begin(regions_.regions()), [&](const BarrierRegions::Region& region) {
      return divergence.is_partial(region.first);
    });
    // Simdgroups at different places hold different values of one variable.
    if (!kept_.is_in_step) return;
    // Nor do they, behind a loop that some leave earlier, of what is the same in all that are in it.
    const auto is_left_apart = [&](const llvm::BasicBlock* block) {
      const llvm::Loop* loop = loops.getLoopFor(block);
      while (loop != nullptr && !divergence.is_divergent(loop)) loop = loop->getParentLoop();
      return loop != nullptr;
    };
    for (llvm::Instruction& instruction : llvm::instructions(function_))
      if (uniformity.isUniform(&instruction) && !is_left_apart(instruction.getParent()) &&
          llvm::none_of(instruction.uses(), [&](const llvm::Use& use) { return uniformity.isDivergentUse(use); }))
        uniform_.insert(&instruction);
  }

  bool is_uniform(const llvm::Instruction& value) const { return uniform_.contains(&value); }

  std::uint64_t reserve(std::uint64_t size, llvm::Align alignment) {
    kept_.context_bytes = llvm::alignTo(kept_.context_bytes, alignment);
    const std::uint64_t offset = kept_.context_bytes;
    kept_.context_bytes += size;
    return offset;
  }

  llvm::Value* in_context(std::uint64_t offset) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), function_.getArg(2), offset);
  }

  /// Moves the local variables that more than one run of a region may use.
  void move_variables() {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(function_.getEntryBlock())) {
      auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
      if (variable == nullptr || !lives_across_barriers(*variable)) continue;
      const llvm::Align alignment = std::min(variable->getAlign(), llvm::Align(kContextAlignment));
      builder_.SetInsertPoint(variable);
      llvm::Value* room = in_context(reserve(variable->getAllocationSize(layout_)->getFixedValue(), alignment));
      variable->replaceAllUsesWith(room);
      variable->eraseFromParent();
    }
  }

  /// Whether an address is used to reach memory, and not kept.
  static bool is_access(const llvm::Use& use) {
    const auto* user = llvm::cast<llvm::Instruction>(use.getUser());
    if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) return &use == &store->getOperandUse(1);
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(user))
      return call->getIntrinsicID() != llvm::Intrinsic::masked_scatter || &use == &call->getArgOperandUse(1);
    return llvm::isa<llvm::LoadInst>(user);
  }

  bool lives_across_barriers(const llvm::AllocaInst& variable) const {
    llvm::SmallSetVector<const llvm::Instruction*, 16> addresses;
    addresses.insert(&variable);
    llvm::SmallPtrSet<const llvm::BasicBlock*, 8> users;
    for (unsigned i = 0; i < addresses.size(); ++i) {
      for (const llvm::Use& use : addresses[i]->uses()) {
        const auto* user = llvm::cast<llvm::Instruction>(use.getUser());
        if (llvm::isa<llvm::GetElementPtrInst, llvm::AddrSpaceCastInst, llvm::PHINode, llvm::SelectInst>(user))
          addresses.insert(user);
        else if (is_access(use))
          users.insert(user->getParent());
        else
          return true;
      }
    }
    unsigned found = 0;
    for (unsigned i = 0; i < regions_.regions().size(); ++i) {
      if (llvm::none_of(users, [&](const auto* block) {
            return regions_.regions()[i].blocks.contains(const_cast<llvm::BasicBlock*>(block));
          }))
        continue;
      if (++found > 1 || regions_.comes_again(i)) return true;
    }
    return false;
  }

  /// The values that are used behind barriers without having been computed there, and those barriers.
  llvm::MapVector<llvm::Instruction*, Barriers> find_live() {
    llvm::MapVector<llvm::Instruction*, Barriers> live;
    for (llvm::Instruction& value : llvm::instructions(function_)) {
      if (llvm::isa<llvm::AllocaInst>(value)) continue;
      llvm::SmallSetVector<llvm::BasicBlock*, 16> needed_at_start;
      for (const llvm::Use& use : value.uses()) {
        auto* user = llvm::cast<llvm::Instruction>(use.getUser());
        auto* phi = llvm::dyn_cast<llvm::PHINode>(user);
        llvm::BasicBlock* block = phi != nullptr ? phi->getIncomingBlock(use) : user->getParent();
        if (block != value.getParent()) needed_at_start.insert(block);
      }
      for (unsigned i = 0; i < needed_at_start.size(); ++i) {
        llvm::BasicBlock* block = needed_at_start[i];
        if (regions_.begun_by(block) != nullptr) live[&value].push_back(block);
        for (llvm::BasicBlock* before : llvm::predecessors(block))
          if (before != value.getParent()) needed_at_start.insert(before);
      }
    }
    return live;
  }

  /// Whether an operand is at hand in every region, and otherwise how many instructions compute it.
  unsigned cost(llvm::Value& value) const {
    constexpr unsigned kMuch = kCheapInstructions + 1;
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
    if (instruction == nullptr || llvm::isa<llvm::AllocaInst>(instruction) || is_uniform(*instruction)) return 0;
    // Addresses and parts of inputs, sums of them, what they are compared with, and vectors that hold one value or
    // count.
    if (!cpu::is_input(*instruction) &&
        !(llvm::isa<llvm::ICmpInst>(instruction) && !instruction->getType()->isVectorTy()) &&
        !llvm::isa<llvm::GetElementPtrInst, llvm::CastInst, llvm::InsertElementInst, llvm::ShuffleVectorInst>(
            instruction) &&
        !(instruction->getType()->isIntOrIntVectorTy() && llvm::isa<llvm::BinaryOperator>(instruction) &&
          !llvm::cast<llvm::BinaryOperator>(instruction)->isIntDivRem()))
      return kMuch;
    unsigned sum = is_free(*instruction) ? 0 : 1;
    for (llvm::Use& operand : instruction->operands()) {
      sum += cost(*operand);
      if (sum > kCheapInstructions) return kMuch;
    }
    return sum;
  }

  /// Whether it vanishes in the instruction that uses it.
  static bool is_free(const llvm::Instruction& instruction) {
    if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction))
      return address->hasAllConstantIndices();
    return llvm::isa<llvm::InsertElementInst>(instruction) ||
           (llvm::isa<llvm::CastInst>(instruction) && !instruction.getType()->isVectorTy());
  }

  llvm::Value* copy(llvm::Value& value, llvm::DenseMap<llvm::Value*, llvm::Value*>& copies) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
    if (instruction == nullptr || llvm::isa<llvm::AllocaInst>(instruction) || is_uniform(*instruction)) return &value;
    if (llvm::Value* known = copies.lookup(&value)) return known;
    llvm::Instruction* clone = instruction->clone();
    for (llvm::Use& operand : clone->operands()) operand.set(copy(*operand, copies));
    builder_.Insert(clone, value.getName());
    copies[&value] = clone;
    return clone;
  }

  void compute_again(llvm::Instruction& value, llvm::ArrayRef<llvm::BasicBlock*> barriers) {
    Definitions definitions;
    for (llvm::BasicBlock* barrier : barriers) {
      // Copies stand in the order in which they depend on each other, before everything else of the region.
      builder_.SetInsertPoint(barrier, end_of_copies(barrier));
      definitions.emplace_back(barrier, copy(value, copies_[barrier]));
    }
    llvm::SSAUpdater updater;
    define_anew(value, definitions, updater);
  }

  llvm::BasicBlock::iterator end_of_copies(llvm::BasicBlock* barrier) {
    llvm::Instruction*& marker = markers_[barrier];
    if (marker == nullptr) marker = &*std::next(barrier->begin());
    return marker->getIterator();
  }

  /// Lets each use of `value` take what the nearest definition yields.
  static void define_anew(llvm::Instruction& value, const Definitions& definitions, llvm::SSAUpdater& updater) {
    updater.Initialize(value.getType(), value.getName());
    updater.AddAvailableValue(value.getParent(), &value);
    for (const auto& [block, definition] : definitions) updater.AddAvailableValue(block, definition);
    llvm::SmallVector<llvm::Use*, 16> uses;
    for (llvm::Use& use : value.uses()) uses.push_back(&use);
    for (llvm::Use* use : uses) {
      auto* user = llvm::cast<llvm::Instruction>(use->getUser());
      const auto* found = llvm::find_if(definitions, [&](const auto& one) { return one.first == user->getParent(); });
      if (llvm::isa<llvm::PHINode>(user) || (user->getParent() != value.getParent() && found == definitions.end()))
        updater.RewriteUse(*use);
      else if (user->getParent() != value.getParent())
        use->set(found->second);
    }
  }

  void save(llvm::Instruction& value, llvm::ArrayRef<llvm::BasicBlock*> barriers) {
    llvm::Type* type = value.getType();
    const llvm::Align alignment = std::min(layout_.getPrefTypeAlign(type), llvm::Align(kContextAlignment));
    llvm::AllocaInst* shared = nullptr;
    std::uint64_t offset = 0;
    if (is_uniform(value)) {
      builder_.SetInsertPoint(&function_.getEntryBlock(), function_.getEntryBlock().begin());
      shared = builder_.CreateAlloca(type, nullptr, value.getName() + ".shared");
      kept_.shared.insert(shared);
    } else {
      offset = reserve(layout_.getTypeAllocSize(type), alignment);
    }
    const auto place = [&]() -> llvm::Value* { return shared != nullptr ? shared : in_context(offset); };
    Definitions definitions;
    for (llvm::BasicBlock* barrier : barriers) {
      builder_.SetInsertPoint(barrier, std::next(barrier->begin()));
      definitions.emplace_back(barrier, builder_.CreateAlignedLoad(type, place(), alignment, value.getName()));
    }
    llvm::SSAUpdater updater;
    define_anew(value, definitions, updater);
    for (llvm::BasicBlock* barrier : barriers) {
      llvm::BasicBlock* before = barrier->getSinglePredecessor();
      llvm::Value* current = updater.GetValueAtEndOfBlock(before);
      builder_.SetInsertPoint(before->getTerminator());
      builder_.CreateAlignedStore(current, place(), alignment);
    }
  }

  llvm::Function& function_;
  const BarrierRegions& regions_;
  const llvm::DataLayout& layout_;
  llvm::IRBuilder<> builder_;
  llvm::SmallPtrSet<const llvm::Instruction*, 32> uniform_;
  llvm::DenseMap<llvm::BasicBlock*, llvm::DenseMap<llvm::Value*, llvm::Value*>> copies_;
  llvm::DenseMap<llvm::BasicBlock*, llvm::Instruction*> markers_;
  KeptValues kept_;
};

}  // namespace

KeptValues keep_across_barriers(llvm::Function& function, const BarrierRegions& regions) {
  if (!regions.has_barriers()) return {.is_in_step = true, .shared = {}};
  return Keeper(function, regions).run();
}

}  // namespace pymetal::backend::simd
