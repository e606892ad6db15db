// Brings memory that a threadgroup is about to use near, in the order of addresses.
#include "backend/simd/walk_tiles.h"

#include <cstddef>

#include "backend/cpu/lower_inputs.h"
#include "backend/cpu/machine.h"
#include "backend/cpu/threadgroup_state.h"
#include "backend/simd/simdgroup_loops.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

/// A fraction of a first-level cache.
constexpr std::uint64_t kLargestTile = 16384;
constexpr std::uint64_t kMostAccesses = 8;
/// Addresses that take more to compute are let be.
constexpr unsigned kMostInstructionsOfWalk = 24;

/// A vector that lies in device memory, and is read or written there.
struct Access {
  llvm::Value* address = nullptr;
  llvm::Type* type = nullptr;
  bool is_store = false;
};

/// The loads from one buffer, or the stores to it, in their order.
struct Tile {
  llvm::SmallVector<llvm::Value*, 8> addresses;
  std::uint64_t bytes = 0;
  bool is_store = false;
};
/// By buffer; loads and stores apart.
using Tiles = llvm::MapVector<std::pair<const llvm::Value*, unsigned>, Tile>;

/// Whether the address may be computed in front of the loop, for any simdgroup; `cost` counts the instructions.
bool is_computable(const llvm::Value& value, const LoopOverSimdgroups& loop, unsigned& cost) {
  const auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
  if (instruction == nullptr || instruction == loop.index || !loop.loop->contains(instruction)) return true;
  if (++cost > kMostInstructionsOfWalk) return false;
  const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(instruction);
  if (!cpu::is_input(*instruction) && !llvm::isa<llvm::GetElementPtrInst, llvm::CastInst>(instruction) &&
      (binary == nullptr || binary->isIntDivRem()))
    return false;
  return llvm::all_of(instruction->operands(),
                      [&](const llvm::Use& operand) { return is_computable(*operand, loop, cost); });
}

std::optional<Access> as_access(llvm::Instruction& instruction) {
  Access access;
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    access = {load->getPointerOperand(), load->getType(), false};
  } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    access = {store->getPointerOperand(), store->getValueOperand()->getType(), true};
  } else if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_load)
      access = {call->getArgOperand(0), call->getType(), false};
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_store)
      access = {call->getArgOperand(1), call->getArgOperand(0)->getType(), true};
  }
  if (access.address == nullptr || !access.type->isVectorTy() ||
      access.address->getType()->getPointerAddressSpace() != lowering::kDeviceSpace)
    return std::nullopt;
  return access;
}

Tiles find_tiles(const LoopOverSimdgroups& loop, const llvm::LoopInfo& loops) {
  constexpr std::uint64_t kUnfit = ~std::uint64_t{0};
  Tiles tiles;
  for (llvm::BasicBlock* block : loop.loop->blocks()) {
    if (loops.getLoopFor(block) != loop.loop) continue;
    for (llvm::Instruction& instruction : *block) {
      const std::optional<Access> access = as_access(instruction);
      if (!access) continue;
      Tile& tile = tiles[{llvm::getUnderlyingObject(access->address), access->is_store ? 1u : 0u}];
      const std::uint64_t bytes = block->getDataLayout().getTypeStoreSize(access->type);
      unsigned cost = 0;
      // Vectors of several sizes, or at addresses that are not known before, make no tile.
      const bool fits = (tile.bytes == 0 || tile.bytes == bytes) && is_computable(*access->address, loop, cost);
      tile.bytes = fits ? bytes : kUnfit;
      tile.is_store = access->is_store;
      // Code for simdgroups that lie within a bound, and code for those that do not, have it in common.
      if (!llvm::is_contained(tile.addresses, access->address)) tile.addresses.push_back(access->address);
    }
  }
  tiles.remove_if([](const auto& entry) {
    const auto& [addresses, bytes, is_store] = entry.second;
    return bytes == kUnfit || addresses.size() < 2 || addresses.size() > kMostAccesses;
  });
  return tiles;
}

class Walker {
 public:
  Walker(const LoopOverSimdgroups& loop, llvm::Function& function)
      : loop_(loop),
        count_(function.getArg(1)),
        threadgroup_(function.getArg(2)),
        builder_(loop.loop->getLoopPreheader()->getTerminator()) {}

  void walk(const Tile& tile) {
    llvm::Type* word = builder_.getInt64Ty();
    llvm::Value* count = builder_.CreateZExt(count_, word);
    llvm::Value* of_one = builder_.CreateNUWMul(count, builder_.getInt64(tile.bytes));
    const auto address = [&](unsigned place, Copies& copies) {
      return builder_.CreatePtrToInt(copy(*tile.addresses[place], copies), word);
    };
    Copies of_first{.values = {{loop_.index, builder_.getInt32(0)}}};
    llvm::Value* start = address(0, of_first);
    llvm::Value* is_tile = builder_.CreateICmpULE(of_one, builder_.getInt64(kLargestTile / tile.addresses.size()));
    // The first one again where it is the only one.
    llvm::Value* second = builder_.CreateZExt(builder_.CreateICmpUGT(count_, builder_.getInt32(1)), count_->getType());
    Copies of_second{.values = {{loop_.index, second}}};
    is_tile = builder_.CreateAnd(
        is_tile,
        builder_.CreateICmpEQ(address(0, of_second), builder_.CreateAdd(start, builder_.getInt64(tile.bytes))));
    llvm::Value* end = start;
    for (unsigned i = 1; i <= tile.addresses.size(); ++i) {
      end = builder_.CreateAdd(end, of_one);
      if (i < tile.addresses.size())
        is_tile = builder_.CreateAnd(is_tile, builder_.CreateICmpEQ(address(i, of_first), end));
    }
    // Lines to write come as fast as they are wanted; earlier, they keep those to read waiting.
    llvm::Value* is_followed = builder_.getFalse();
    if (!tile.is_store) {
      Copies of_next{.values = {{loop_.index, builder_.getInt32(0)}}, .threadgroups_on = 1};
      is_followed = builder_.CreateICmpEQ(address(0, of_next), end);
    }
    prefetch(is_tile, start, end, is_followed, tile);
  }

 private:
  /// Values as another simdgroup, or the same one of another threadgroup, has them.
  struct Copies {
    llvm::DenseMap<llvm::Value*, llvm::Value*> values;
    unsigned threadgroups_on = 0;
  };

  llvm::Value* copy(llvm::Value& value, Copies& copies) {
    if (llvm::Value* known = copies.values.lookup(&value)) return known;
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
    if (instruction == nullptr || !needs_copy(*instruction, copies)) return &value;
    llvm::Instruction* clone = instruction->clone();
    for (llvm::Use& operand : clone->operands()) operand.set(copy(*operand, copies));
    clone->dropPoisonGeneratingFlags();
    builder_.Insert(clone);
    llvm::Value* result = clone;
    if (is_threadgroup_position(*instruction))
      result = builder_.CreateAdd(clone, llvm::ConstantInt::get(clone->getType(), copies.threadgroups_on));
    copies.values[&value] = result;
    return result;
  }

  /// In front of the loop, only what depends on the threadgroup. It need not be all: what is prefetched is a guess.
  bool needs_copy(const llvm::Instruction& instruction, const Copies& copies) const {
    if (loop_.loop->contains(&instruction)) return true;
    if (copies.threadgroups_on == 0 || copies.values.size() >= kMostInstructionsOfWalk) return false;
    return is_threadgroup_position(instruction) || llvm::isa<llvm::CastInst>(instruction) ||
           (llvm::isa<llvm::BinaryOperator>(instruction) && !instruction.isIntDivRem());
  }

  /// Along x: the next threadgroup is the next one there.
  bool is_threadgroup_position(const llvm::Instruction& instruction) const {
    static_assert(offsetof(cpu::ThreadgroupState, threadgroup_position_in_grid) == 0);
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    return load != nullptr && load->getPointerOperand() == threadgroup_ && load->getType()->isIntegerTy(32);
  }

  /// The tile from `start` to `end`; where the next threadgroup's follows, that one: so its memory comes while this
  /// threadgroup computes, whose own has come before.
  void prefetch(llvm::Value* condition, llvm::Value* start, llvm::Value* end, llvm::Value* is_followed,
                const Tile& tile) {
    llvm::Type* pointer = tile.addresses.front()->getType();
    llvm::Value* to_next = builder_.CreateSelect(is_followed, builder_.CreateSub(end, start), builder_.getInt64(0));
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    llvm::BasicBlock* after = llvm::SplitBlock(before, &*builder_.GetInsertPoint());
    llvm::Function* function = before->getParent();
    auto* walk = llvm::BasicBlock::Create(function->getContext(), "walk", function, after);
    before->getTerminator()->eraseFromParent();
    builder_.SetInsertPoint(before);
    builder_.CreateCondBr(condition, walk, after);
    builder_.SetInsertPoint(walk);
    llvm::PHINode* line = builder_.CreatePHI(start->getType(), 2, "line");
    llvm::Value* address = builder_.CreateIntToPtr(builder_.CreateAdd(line, to_next), pointer);
    builder_.CreateIntrinsic(
        llvm::Intrinsic::prefetch, {pointer},
        {address, builder_.getInt32(tile.is_store ? 1 : 0), builder_.getInt32(3), builder_.getInt32(1)});
    llvm::Value* next = builder_.CreateAdd(line, builder_.getInt64(cpu::kCacheLine));
    line->addIncoming(start, before);
    line->addIncoming(next, walk);
    builder_.CreateCondBr(builder_.CreateICmpULT(next, end), walk, after);
    builder_.SetInsertPoint(after->getTerminator());
  }

  const LoopOverSimdgroups& loop_;
  llvm::Value* count_;
  llvm::Value* threadgroup_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void walk_tiles(llvm::Function& function) {
  llvm::DominatorTree dominators(function);
  llvm::LoopInfo loops(dominators);
  // Found before any is written: new blocks are unknown to the analyses.
  llvm::SmallVector<std::pair<LoopOverSimdgroups, Tiles>, 4> found;
  for (const LoopOverSimdgroups& loop : find_simdgroup_loops(function, dominators, loops))
    found.emplace_back(loop, find_tiles(loop, loops));
  for (const auto& [loop, tiles] : found) {
    Walker walker(loop, function);
    for (const auto& [buffer, tile] : tiles) walker.walk(tile);
  }
}

}  // namespace pymetal::backend::simd
