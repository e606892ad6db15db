// Turns the function of a simdgroup into one that runs those of a threadgroup.
#include "backend/simd/loop_over_simdgroups.h"

#include "backend/simd/simdgroup_state.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

namespace pymetal::backend::simd {
namespace {

/// Stands for a region where there is none to go to.
constexpr std::uint32_t kFinished = ~0u;

class Writer {
 public:
  Writer(llvm::Function& simdgroup, const BarrierRegions& regions, const KeptValues& kept)
      : simdgroup_(simdgroup),
        regions_(regions),
        kept_(kept),
        context_(simdgroup.getContext()),
        builder_(context_),
        word_(builder_.getInt32Ty()) {}

  llvm::Function* run() {
    llvm::PointerType* pointer = builder_.getPtrTy();
    function_ =
        llvm::Function::Create(llvm::FunctionType::get(builder_.getVoidTy(), {pointer, word_, pointer, pointer}, false),
                               llvm::GlobalValue::ExternalLinkage, kSimdgroupsFunction, simdgroup_.getParent());
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    // LLVM would have Intel's processors use half of theirs.
    function_->addFnAttr("prefer-vector-width", "512");
    for (const unsigned i : {0, 2, 3}) function_->addParamAttr(i, llvm::Attribute::NoAlias);
    for (const unsigned i : {0, 2}) function_->addParamAttr(i, llvm::Attribute::ReadOnly);
    entry_ = new_block("entry");
    builder_.SetInsertPoint(entry_);
    for (llvm::Instruction& instruction : simdgroup_.getEntryBlock())
      if (llvm::isa<llvm::AllocaInst>(instruction)) variables_[&instruction] = builder_.Insert(instruction.clone());
    for (unsigned i = 0; i < regions_.regions().size(); ++i) heads_.push_back(new_block("head"));
    done_ = new_block("done");
    llvm::ReturnInst::Create(context_, done_);
    if (!kept_.is_in_step) write_schedule();
    for (unsigned i = 0; i < regions_.regions().size(); ++i) write_region(i);
    builder_.SetInsertPoint(entry_);
    builder_.CreateBr(heads_.front());
    simdgroup_.eraseFromParent();
    return function_;
  }

 private:
  llvm::BasicBlock* new_block(const llvm::Twine& name) { return llvm::BasicBlock::Create(context_, name, function_); }

  /// The address of what belongs to a simdgroup, in an array of records of `size` bytes.
  llvm::Value* record(llvm::Value* array, llvm::Value* index, std::uint64_t size, const llvm::Twine& name) {
    llvm::Value* offset =
        builder_.CreateNUWMul(builder_.CreateZExt(index, builder_.getInt64Ty()), builder_.getInt64(size));
    return builder_.CreateInBoundsGEP(builder_.getInt8Ty(), array, offset, name);
  }

  llvm::Value* context_of(llvm::Value* index) {
    return record(function_->getArg(3), index, kept_.context_bytes, "context");
  }

  llvm::Value* next_region_of(llvm::Value* index) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), context_of(index), kept_.next_region_offset);
  }

  /// Where simdgroups go their own ways: neighbours that stand at the same barrier run on together. None passes a
  /// barrier again before all others have passed theirs; one that has finished counts as arrived everywhere.
  void write_schedule() {
    builder_.SetInsertPoint(entry_);
    first_ = builder_.CreateAlloca(word_, nullptr, "first");
    end_ = builder_.CreateAlloca(word_, nullptr, "end");
    llvm::AllocaInst* has_run = builder_.CreateAlloca(builder_.getInt1Ty(), nullptr, "has_run");
    llvm::Value* count = function_->getArg(1);
    builder_.CreateStore(builder_.getInt32(0), first_);
    builder_.CreateStore(count, end_);
    builder_.CreateStore(builder_.getTrue(), has_run);
    seek_ = new_block("seek");
    llvm::BasicBlock* round = new_block("round");
    llvm::BasicBlock* again = new_block("again");
    llvm::BasicBlock* look = new_block("look");
    llvm::BasicBlock* pass = new_block("pass");
    llvm::BasicBlock* grow = new_block("grow");
    llvm::BasicBlock* compare = new_block("compare");
    llvm::BasicBlock* choose = new_block("choose");

    builder_.SetInsertPoint(seek_);
    llvm::Value* first = builder_.CreateLoad(word_, first_);
    builder_.CreateCondBr(builder_.CreateICmpEQ(first, count), round, look);
    builder_.SetInsertPoint(round);
    builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), has_run), again, done_);
    builder_.SetInsertPoint(again);
    builder_.CreateStore(builder_.getInt32(0), first_);
    builder_.CreateStore(builder_.getFalse(), has_run);
    builder_.CreateBr(seek_);

    builder_.SetInsertPoint(look);
    llvm::Value* region = builder_.CreateLoad(word_, next_region_of(first));
    llvm::Value* behind = builder_.CreateNUWAdd(first, builder_.getInt32(1));
    builder_.CreateCondBr(builder_.CreateICmpEQ(region, builder_.getInt32(kFinished)), pass, grow);
    builder_.SetInsertPoint(pass);
    builder_.CreateStore(behind, first_);
    builder_.CreateBr(seek_);
    builder_.SetInsertPoint(grow);
    llvm::PHINode* end = builder_.CreatePHI(word_, 2);
    end->addIncoming(behind, look);
    builder_.CreateCondBr(builder_.CreateICmpULT(end, count), compare, choose);
    builder_.SetInsertPoint(compare);
    end->addIncoming(builder_.CreateNUWAdd(end, builder_.getInt32(1)), compare);
    builder_.CreateCondBr(builder_.CreateICmpEQ(builder_.CreateLoad(word_, next_region_of(end)), region), grow, choose);
    builder_.SetInsertPoint(choose);
    builder_.CreateStore(end, end_);
    builder_.CreateStore(builder_.getTrue(), has_run);
    llvm::SwitchInst* choice = builder_.CreateSwitch(region, heads_.back(), heads_.size());
    for (unsigned i = 1; i + 1 < heads_.size(); ++i) choice->addCase(builder_.getInt32(i), heads_[i]);
  }

  void write_region(unsigned index) {
    const BarrierRegions::Region& region = regions_.regions()[index];
    llvm::BasicBlock* loop = new_block("simdgroup");
    llvm::BasicBlock* latch = new_block("next_simdgroup");
    llvm::BasicBlock* after = new_block("region_end");
    builder_.SetInsertPoint(heads_[index]);
    llvm::Value* first = builder_.getInt32(0);
    llvm::Value* end = function_->getArg(1);
    if (!kept_.is_in_step) {
      first = builder_.CreateLoad(word_, first_);
      end = builder_.CreateLoad(word_, end_);
    }
    builder_.CreateBr(loop);
    builder_.SetInsertPoint(loop);
    llvm::PHINode* i = builder_.CreatePHI(word_, 2, "i");
    i->addIncoming(first, heads_[index]);
    llvm::ValueToValueMapTy map;
    for (const auto& [from, to] : variables_) map[from] = to;
    map[simdgroup_.getArg(0)] = record(function_->getArg(0), i, sizeof(SimdgroupState), "simdgroup");
    map[simdgroup_.getArg(1)] = function_->getArg(2);
    llvm::Value* context = context_of(i);
    map[simdgroup_.getArg(2)] = context;
    map[simdgroup_.getArg(3)] = function_->getArg(0);
    map[simdgroup_.getArg(4)] = i;

    builder_.SetInsertPoint(latch);
    llvm::PHINode* next = builder_.CreatePHI(word_, 2, "next_region");
    copy_blocks(region, map, heads_[index], latch, *next);
    builder_.SetInsertPoint(loop);
    builder_.CreateBr(llvm::cast<llvm::BasicBlock>(map[region.first]));
    builder_.SetInsertPoint(latch);
    if (next->getNumIncomingValues() == 0) {
      // An endless loop.
      next->replaceAllUsesWith(llvm::PoisonValue::get(word_));
      next->eraseFromParent();
      builder_.CreateUnreachable();
      after->eraseFromParent();
      return;
    }
    if (!kept_.is_in_step) builder_.CreateStore(next, next_region_of(i));
    llvm::Value* following = builder_.CreateNUWAdd(i, builder_.getInt32(1));
    i->addIncoming(following, latch);
    builder_.CreateCondBr(builder_.CreateICmpULT(following, end), loop, after);
    builder_.SetInsertPoint(after);
    if (!kept_.is_in_step) {
      builder_.CreateStore(end, first_);
      builder_.CreateBr(seek_);
      return;
    }
    llvm::SwitchInst* choice = builder_.CreateSwitch(next, done_, region.next.size());
    for (const unsigned target : region.next) choice->addCase(builder_.getInt32(target), heads_[target]);
    if (llvm::none_of(next->incoming_values(), [&](llvm::Value* v) { return v == builder_.getInt32(kFinished); }))
      choice->setDefaultDest(heads_[region.next[0]]);
  }

  /// The code of a region for one simdgroup. What all share is read at `head`, before any simdgroup runs; ways out of
  /// the region lead to `latch`.
  void copy_blocks(const BarrierRegions::Region& region, llvm::ValueToValueMapTy& map, llvm::BasicBlock* head,
                   llvm::BasicBlock* latch, llvm::PHINode& next) {
    llvm::SmallVector<llvm::BasicBlock*, 16> copies;
    for (llvm::BasicBlock* block : region.blocks) {
      llvm::BasicBlock* copy = llvm::CloneBasicBlock(block, map, "", function_);
      map[block] = copy;
      copies.push_back(copy);
      for (llvm::PHINode& phi : copy->phis())
        phi.removeIncomingValueIf([&](unsigned i) { return !region.blocks.contains(phi.getIncomingBlock(i)); },
                                  /*DeletePHIIfEmpty=*/false);
      leave(*copy, latch, next);
    }
    for (const auto& [from, to] : variables_) {
      auto* copy = llvm::dyn_cast_or_null<llvm::Instruction>(map.lookup(from));
      if (copy == nullptr || copy == to) continue;
      copy->eraseFromParent();
      map[from] = to;
    }
    llvm::remapInstructionsInBlocks(copies, map);
    if (is_threadgroup_barrier(copies.front()->front())) copies.front()->front().eraseFromParent();
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(*copies.front())) {
      auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
      if (load != nullptr && is_shared(load->getPointerOperand()))
        load->moveBefore(*head, head->getTerminator()->getIterator());
    }
    for (llvm::BasicBlock* copy : copies)
      if (copy->getSinglePredecessor() != nullptr) llvm::FoldSingleEntryPHINodes(copy);
    for (llvm::BasicBlock* copy : copies) drop_idle_stores(*copy, map[simdgroup_.getArg(2)]);
  }

  bool is_shared(const llvm::Value* pointer) const {
    return llvm::any_of(kept_.shared,
                        [&](const llvm::Value* variable) { return variables_.lookup(variable) == pointer; });
  }

  /// Where a copied block leaves its region, it goes to the latch instead.
  void leave(llvm::BasicBlock& copy, llvm::BasicBlock* latch, llvm::PHINode& next) {
    llvm::Instruction* terminator = copy.getTerminator();
    std::uint32_t target = kFinished;
    if (terminator->getNumSuccessors() == 1) {
      const unsigned* begun = regions_.begun_by(terminator->getSuccessor(0));
      if (begun == nullptr) return;
      target = *begun;
    } else if (!llvm::isa<llvm::ReturnInst>(terminator)) {
      return;
    }
    next.addIncoming(builder_.getInt32(target), &copy);
    llvm::ReplaceInstWithInst(terminator, llvm::BranchInst::Create(latch));
  }

  /// Writing to a context what was read from the same place changes nothing.
  void drop_idle_stores(llvm::BasicBlock& block, const llvm::Value* context) const {
    const llvm::DataLayout& layout = block.getDataLayout();
    const auto offset = [&](const llvm::Value* pointer) {
      llvm::APInt bytes(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
      const llvm::Value* base = pointer->stripAndAccumulateInBoundsConstantOffsets(layout, bytes);
      return base == context ? std::optional(bytes.getZExtValue()) : std::nullopt;
    };
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(block)) {
      auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
      const auto* load = store ? llvm::dyn_cast<llvm::LoadInst>(store->getValueOperand()) : nullptr;
      if (load == nullptr) continue;
      const auto place = offset(store->getPointerOperand());
      if (place && *place >= kept_.variable_bytes && place == offset(load->getPointerOperand()))
        store->eraseFromParent();
    }
  }

  llvm::Function& simdgroup_;
  const BarrierRegions& regions_;
  const KeptValues& kept_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  llvm::Type* word_;
  llvm::Function* function_ = nullptr;
  llvm::BasicBlock* entry_ = nullptr;
  llvm::BasicBlock* done_ = nullptr;
  /// Where each region begins, for all simdgroups that run it together.
  llvm::SmallVector<llvm::BasicBlock*, 8> heads_;
  /// Local variables of the simdgroup's function, and what stands for them.
  llvm::MapVector<const llvm::Value*, llvm::Instruction*> variables_;
  /// Of a schedule: the simdgroups that run a region together, and where the next ones are looked for.
  llvm::AllocaInst* first_ = nullptr;
  llvm::AllocaInst* end_ = nullptr;
  llvm::BasicBlock* seek_ = nullptr;
};

}  // namespace

llvm::Function* loop_over_simdgroups(llvm::Function& simdgroup, const BarrierRegions& regions, const KeptValues& kept) {
  return Writer(simdgroup, regions, kept).run();
}

}  // namespace pymetal::backend::simd
