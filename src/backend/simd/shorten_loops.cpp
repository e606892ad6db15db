// Ends loops over simdgroups early where only the first ones have work.
#include "backend/simd/shorten_loops.h"

#include <cstddef>

#include "backend/cpu/lower_inputs.h"
#include "backend/simd/simdgroup_loops.h"
#include "backend/simd/simdgroup_state.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/PatternMatch.h"

namespace pymetal::backend::simd {
namespace {

/// Blocks between the first and the last of a loop, along a way without work.
constexpr unsigned kMostBlocksWithoutWork = 8;

/// A field of simdgroups' records that grows by `step` from one to the next, where it is shifted to the left.
struct Growth {
  std::uint64_t field;
  std::uint32_t step;
};

/// A branch that simdgroups take to `behind` whose `growth`, and so that of all that follow, is `bound` or more.
struct Bound {
  Growth growth;
  llvm::Value* bound;
  llvm::BasicBlock* behind;
};

/// What simdgroups without work do.
struct Idleness {
  /// From this place on, no simdgroup has work.
  llvm::Value* begin;
  /// What phis of the latch are for them; the phi itself where it is as before.
  llvm::SmallMapVector<llvm::PHINode*, llvm::Value*, 2> values;
};

/// Which fields grow from 0 at the first simdgroup by the same from one to the next: asked once, where the function
/// begins.
class SteadyFields {
 public:
  explicit SteadyFields(llvm::Function& function) : function_(function) {}

  /// Positions do not in threadgroups of several rows: there they start again, and are less at the end.
  llvm::Value* grows(std::uint64_t field) {
    llvm::Value*& known = known_[field];
    if (known != nullptr) return known;
    llvm::IRBuilder<> builder(function_.getEntryBlock().getTerminator());
    const auto read = [&](llvm::Value* index) {
      llvm::Value* offset = builder.CreateNUWMul(builder.CreateZExt(index, builder.getInt64Ty()),
                                                 builder.getInt64(sizeof(SimdgroupState)));
      llvm::Value* record = builder.CreateInBoundsGEP(builder.getInt8Ty(), function_.getArg(0), offset);
      return cpu::load_invariant(builder, builder.getInt32Ty(), cpu::field(builder, record, field));
    };
    const std::uint32_t step = field == offsetof(SimdgroupState, first_position) ? cpu::kSimdgroupWidth : 1;
    llvm::Value* last = builder.CreateSub(function_.getArg(1), builder.getInt32(1));
    known = builder.CreateAnd(builder.CreateICmpEQ(read(builder.getInt32(0)), builder.getInt32(0)),
                              builder.CreateICmpEQ(read(last), builder.CreateMul(last, builder.getInt32(step))));
    return known;
  }

 private:
  llvm::Function& function_;
  llvm::SmallDenseMap<std::uint64_t, llvm::Value*> known_;
};

class Shortener {
 public:
  Shortener(llvm::Function& function, SteadyFields& steady, const LoopOverSimdgroups& loop)
      : function_(function),
        steady_(steady),
        loop_(loop),
        header_(loop.loop->getHeader()),
        latch_(loop.loop->getLoopLatch()),
        count_(function.getArg(1)),
        builder_(loop.loop->getLoopPreheader()->getTerminator()) {}

  void run() {
    if (loop_.loop->getExitingBlock() != latch_ || header_ == latch_ || !loop_.compare->hasOneUse() ||
        loop_.compare->getPredicate() != llvm::CmpInst::ICMP_ULT || has_effects(*latch_) || !find_carried() ||
        !has_idle_way(*header_, 0))
      return;
    const Idleness idleness = follow(*header_, nullptr);
    if (grows_ == nullptr) return;
    llvm::Value* begin = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, idleness.begin, count_);
    llvm::Value* end = builder_.CreateSelect(grows_, begin, count_);
    loop_.compare->setOperand(1, end);
    builder_.SetInsertPoint(latch_->getTerminator());
    for (const auto& [phi, value] : idleness.values) {
      if (value == phi) continue;
      llvm::Value* last = builder_.CreateSelect(builder_.CreateICmpULT(end, count_), value, phi);
      phi->replaceUsesWithIf(last, [&](const llvm::Use& use) {
        return use.getUser() != last && !loop_.loop->contains(llvm::cast<llvm::Instruction>(use.getUser()));
      });
    }
  }

 private:
  static bool has_effects(const llvm::BasicBlock& block) {
    return llvm::any_of(block, [](const llvm::Instruction& i) { return i.mayHaveSideEffects(); });
  }

  bool is_invariant(const llvm::Value* value) const { return loop_.loop->isLoopInvariant(value); }

  /// Finds the phis of the latch that the next simdgroup, or what follows the loop, reads. Returns false where these
  /// read anything else.
  bool find_carried() {
    for (llvm::PHINode& phi : latch_->phis()) carried_[&phi] = nullptr;
    for (llvm::PHINode& phi : header_->phis()) {
      if (&phi == loop_.index) continue;
      auto* next = llvm::dyn_cast<llvm::PHINode>(phi.getIncomingValueForBlock(latch_));
      if (next == nullptr || next->getParent() != latch_ || carried_[next] != nullptr) return false;
      carried_[next] = &phi;
    }
    for (llvm::BasicBlock* block : loop_.loop->blocks())
      for (llvm::Instruction& instruction : *block)
        if (auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction); phi == nullptr || !carried_.contains(phi))
          for (const llvm::User* user : instruction.users())
            if (!loop_.loop->contains(llvm::cast<llvm::Instruction>(user))) return false;
    return true;
  }

  /// Whether simdgroups that are behind all bounds reach the latch from here without a trace.
  bool has_idle_way(llvm::BasicBlock& block, unsigned blocks) const {
    if (has_effects(block) || blocks > kMostBlocksWithoutWork) return false;
    const auto goes_on = [&](llvm::BasicBlock& next) {
      return &next == latch_ ? leaves_no_trace(block) : has_idle_way(next, blocks + 1);
    };
    if (const std::optional<Bound> bound = as_bound(block)) return goes_on(*bound->behind);
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    if (branch == nullptr || (branch->isConditional() && !is_invariant(branch->getCondition()))) return false;
    return llvm::all_of(llvm::successors(&block),
                        [&](llvm::BasicBlock* next) { return loop_.loop->contains(next) && goes_on(*next); });
  }

  /// Whether each phi of the latch is the same after any simdgroup that comes from `block`.
  bool leaves_no_trace(const llvm::BasicBlock& block) const {
    return llvm::all_of(carried_, [&](const auto& entry) {
      const llvm::Value* value = entry.first->getIncomingValueForBlock(&block);
      return is_invariant(value) || value == entry.second || entry.first->use_empty();
    });
  }

  Idleness follow(llvm::BasicBlock& block, llvm::BasicBlock* before) {
    if (&block == latch_) {
      Idleness idleness{builder_.getInt32(0), {}};
      for (const auto& [phi, former] : carried_) {
        llvm::Value* value = phi->getIncomingValueForBlock(before);
        idleness.values[phi] = is_invariant(value) ? value : phi;
      }
      return idleness;
    }
    if (const std::optional<Bound> bound = as_bound(block)) {
      Idleness idleness = follow(*bound->behind, &block);
      llvm::Value* begin = first_behind(*bound);
      idleness.begin = llvm::PatternMatch::match(idleness.begin, llvm::PatternMatch::m_Zero())
                           ? begin
                           : builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umax, idleness.begin, begin);
      return idleness;
    }
    const auto* branch = llvm::cast<llvm::BranchInst>(block.getTerminator());
    Idleness first = follow(*branch->getSuccessor(0), &block);
    if (branch->isUnconditional()) return first;
    Idleness second = follow(*branch->getSuccessor(1), &block);
    llvm::Value* condition = branch->getCondition();
    first.begin = builder_.CreateSelect(condition, first.begin, second.begin);
    llvm::IRBuilder<> at_end(latch_->getTerminator());
    for (auto& [phi, value] : first.values) value = at_end.CreateSelect(condition, value, second.values[phi]);
    return first;
  }

  std::optional<Bound> as_bound(llvm::BasicBlock& block) const {
    using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): patterns read as formulas
    llvm::Value* condition = nullptr;
    llvm::BasicBlock* yes = nullptr;
    llvm::BasicBlock* no = nullptr;
    if (!match(block.getTerminator(), m_Br(m_Value(condition), yes, no))) return std::nullopt;
    llvm::Value* value = nullptr;
    llvm::Value* bound = nullptr;
    llvm::Value* mask = nullptr;
    llvm::CmpPredicate predicate;
    const auto comparison = m_ICmp(predicate, m_Value(value), m_Value(bound));
    if (match(condition, m_SpecificICmp(llvm::CmpInst::ICMP_EQ, m_BitCast(m_Value(mask)), m_Zero())) &&
        match(mask, m_CombineOr(m_Freeze(comparison), comparison)) && value->getType()->isVectorTy()) {
      // Some lanes may be in front of the bound where the first one is.
      if (!is_less(predicate)) return std::nullopt;
      value = first_of_lanes(value);
      bound = llvm::getSplatValue(bound);
      std::swap(yes, no);
    } else if (!match(condition, comparison)) {
      return std::nullopt;
    } else if (predicate == llvm::CmpInst::ICMP_EQ && match(bound, m_Zero())) {
      bound = llvm::ConstantInt::get(bound->getType(), 1);
    } else if (const llvm::APInt* most = nullptr;
               predicate == llvm::CmpInst::ICMP_UGT && match(bound, m_APInt(most)) && !most->isMaxValue()) {
      bound = llvm::ConstantInt::get(bound->getType(), *most + 1);
      std::swap(yes, no);
    } else if (!is_less(predicate)) {
      return std::nullopt;
    }
    if (value == nullptr || bound == nullptr || !is_invariant(bound) || !bound->getType()->isIntegerTy(32) ||
        !loop_.loop->contains(no))
      return std::nullopt;
    const std::optional<Growth> growth = growth_of(value);
    return growth ? std::optional(Bound{*growth, bound, no}) : std::nullopt;
  }

  /// The fields are far from where signs matter, and a negative bound is one that none reaches.
  static bool is_less(llvm::CmpPredicate predicate) {
    return predicate == llvm::CmpInst::ICMP_ULT || predicate == llvm::CmpInst::ICMP_SLT;
  }

  /// `x` of a vector of x, x + 1 … x + 31, or of others that are no less.
  static llvm::Value* first_of_lanes(llvm::Value* vector) {
    using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): patterns read as formulas
    llvm::Value* first = nullptr;
    llvm::Constant* lanes = nullptr;
    if (!match(vector, m_c_Or(m_Value(first), m_Constant(lanes))) &&
        !match(vector, m_c_Add(m_Value(first), m_Constant(lanes))))
      return nullptr;
    for (unsigned i = 0; i < llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements(); ++i) {
      const auto* lane = llvm::dyn_cast_or_null<llvm::ConstantInt>(lanes->getAggregateElement(i));
      if (lane == nullptr || lane->getValue().uge(cpu::kSimdgroupWidth)) return nullptr;
    }
    return llvm::getSplatValue(first);
  }

  /// Of a place in the threadgroup, or of the last one of a simdgroup that begins there.
  std::optional<Growth> growth_of(llvm::Value* value) const {
    using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): patterns read as formulas
    llvm::Value* inner = nullptr;
    const llvm::APInt* number = nullptr;
    if (match(value, m_Or(m_Value(inner), m_APInt(number))) && number->ult(cpu::kSimdgroupWidth)) value = inner;
    // That changes no multiple of 32 below 1024.
    const bool is_rounded = match(value, m_And(m_Value(inner), m_SpecificInt(992)));
    if (is_rounded) value = inner;
    unsigned shift = 0;
    if (match(value, m_Shl(m_Value(inner), m_APInt(number))) && number->ule(5)) {
      value = inner;
      shift = static_cast<unsigned>(number->getZExtValue());
    }
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(value);
    if (load == nullptr || !load->getType()->isIntegerTy(32)) return std::nullopt;
    const std::optional<std::uint64_t> field = field_at(load->getPointerOperand());
    if (field == offsetof(SimdgroupState, first_position) && shift == 0) return Growth{*field, cpu::kSimdgroupWidth};
    if (field == offsetof(SimdgroupState, simdgroup_index_in_threadgroup) && (shift == 5 || !is_rounded))
      return Growth{*field, 1u << shift};
    return std::nullopt;
  }

  /// The offset in the record of the loop's simdgroup.
  std::optional<std::uint64_t> field_at(const llvm::Value* address) const {
    using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): patterns read as formulas
    const llvm::DataLayout& layout = function_.getDataLayout();
    llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
    llvm::APInt offset(layout.getIndexTypeSizeInBits(address->getType()), 0);
    while (const auto* step = llvm::dyn_cast<llvm::GEPOperator>(address)) {
      if (!step->collectOffset(layout, offset.getBitWidth(), variable, offset)) return std::nullopt;
      address = step->getPointerOperand();
    }
    if (address != function_.getArg(0) || variable.size() != 1 || !variable.front().second.isOne() ||
        !match(variable.front().first, m_Mul(m_ZExt(m_Specific(loop_.index)), m_SpecificInt(sizeof(SimdgroupState)))))
      return std::nullopt;
    return offset.getZExtValue();
  }

  /// How many simdgroups are in front of the bound, if the field grows steadily.
  llvm::Value* first_behind(const Bound& bound) {
    const auto [field, step] = bound.growth;
    llvm::Value* grows = steady_.grows(field);
    grows_ = grows_ == nullptr || grows_ == grows ? grows : builder_.CreateAnd(grows_, grows);
    llvm::Value* full = builder_.CreateUDiv(bound.bound, builder_.getInt32(step));
    llvm::Value* rest = builder_.CreateURem(bound.bound, builder_.getInt32(step));
    return builder_.CreateAdd(
        full, builder_.CreateZExt(builder_.CreateICmpNE(rest, builder_.getInt32(0)), builder_.getInt32Ty()));
  }

  llvm::Function& function_;
  SteadyFields& steady_;
  const LoopOverSimdgroups& loop_;
  llvm::BasicBlock* header_;
  llvm::BasicBlock* latch_;
  llvm::Value* count_;
  llvm::IRBuilder<> builder_;
  /// The phis of the latch, each with that of the header which holds what it was before.
  llvm::MapVector<llvm::PHINode*, llvm::PHINode*> carried_;
  /// Whether all bounds are of fields that grow.
  llvm::Value* grows_ = nullptr;
};

}  // namespace

void shorten_loops(llvm::Function& function) {
  llvm::DominatorTree dominators(function);
  llvm::LoopInfo loops(dominators);
  SteadyFields steady(function);
  for (const LoopOverSimdgroups& loop : find_simdgroup_loops(function, dominators, loops))
    Shortener(function, steady, loop).run();
}

}  // namespace pymetal::backend::simd
