// Makes loads and stores of what a thread copies or fills.
#include "lowering/widen/expand_copies.h"

#include <algorithm>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/LowerMemIntrinsics.h"

namespace pymetal::lowering {
namespace {

constexpr std::uint64_t kWordBytes = 4;
/// Bytes that need no loop.
constexpr std::uint64_t kFew = 256;

struct Part {
  std::uint64_t offset = 0;
  llvm::IntegerType* type = nullptr;
};

class Expander {
 public:
  explicit Expander(llvm::MemIntrinsic& intrinsic) : builder_(&intrinsic) {
    const auto* length = llvm::dyn_cast<llvm::ConstantInt>(intrinsic.getLength());
    if (length != nullptr && !intrinsic.isVolatile()) length_ = length->getZExtValue();
  }

  void copy(llvm::MemTransferInst& transfer, const llvm::TargetTransformInfo& target) {
    if (length_ && *length_ <= kFew) return copy_at_once(transfer);
    if (auto* move = llvm::dyn_cast<llvm::MemMoveInst>(&transfer))
      llvm::expandMemMoveAsLoop(move, target);
    else
      llvm::expandMemCpyAsLoop(llvm::cast<llvm::MemCpyInst>(&transfer), target);
  }

  void fill(llvm::MemSetInst& fill) {
    const llvm::Align alignment = fill.getDestAlign().valueOrOne();
    if (!length_) return llvm::expandMemSetAsLoop(&fill);
    if (*length_ <= kFew) {
      for (const Part& part : parts(alignment)) store(filled(fill, part.type), fill, part.offset);
    } else if (alignment >= kWordBytes && *length_ % kWordBytes == 0) {
      llvm::Value* word = filled(fill, builder_.getInt32Ty());
      const auto [body, index] =
          llvm::SplitBlockAndInsertSimpleForLoop(builder_.getInt64(*length_ / kWordBytes), fill.getIterator());
      builder_.SetInsertPoint(body);
      builder_.CreateAlignedStore(word, builder_.CreateInBoundsGEP(word->getType(), fill.getRawDest(), index),
                                  llvm::Align(kWordBytes));
    } else {
      llvm::expandMemSetAsLoop(&fill);
    }
  }

 private:
  /// All is read before anything is written, so that places may overlap.
  void copy_at_once(llvm::MemTransferInst& transfer) {
    const llvm::Align from = transfer.getSourceAlign().valueOrOne();
    llvm::SmallVector<std::pair<llvm::Value*, std::uint64_t>, 64> values;
    for (const Part& part : parts(std::min(from, transfer.getDestAlign().valueOrOne())))
      values.emplace_back(builder_.CreateAlignedLoad(part.type, address(transfer.getRawSource(), part.offset),
                                                     llvm::commonAlignment(from, part.offset)),
                          part.offset);
    for (const auto& [value, offset] : values) store(value, transfer, offset);
  }

  llvm::SmallVector<Part, 64> parts(llvm::Align alignment) {
    llvm::SmallVector<Part, 64> found;
    for (std::uint64_t offset = 0; offset < *length_;) {
      std::uint64_t bytes = std::min(kWordBytes, alignment.value());
      while (bytes > *length_ - offset) bytes /= 2;
      found.push_back({offset, builder_.getIntNTy(static_cast<unsigned>(bytes) * 8)});
      offset += bytes;
    }
    return found;
  }

  llvm::Value* address(llvm::Value* base, std::uint64_t offset) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, offset);
  }

  void store(llvm::Value* value, llvm::MemIntrinsic& intrinsic, std::uint64_t offset) {
    builder_.CreateAlignedStore(value, address(intrinsic.getRawDest(), offset),
                                llvm::commonAlignment(intrinsic.getDestAlign().valueOrOne(), offset));
  }

  /// The byte of a fill, over and over.
  llvm::Value* filled(llvm::MemSetInst& fill, llvm::IntegerType* type) {
    const llvm::APInt ones = llvm::APInt::getSplat(type->getBitWidth(), llvm::APInt(8, 1));
    return builder_.CreateMul(builder_.CreateZExt(fill.getValue(), type), builder_.getInt(ones));
  }

  llvm::IRBuilder<> builder_;
  /// Where it is known.
  std::optional<std::uint64_t> length_;
};

}  // namespace

void expand_copies(llvm::Function& kernel, const llvm::TargetTransformInfo& target) {
  llvm::SmallVector<llvm::MemIntrinsic*, 8> found;
  for (llvm::Instruction& instruction : llvm::instructions(kernel))
    if (auto* intrinsic = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) found.push_back(intrinsic);
  for (llvm::MemIntrinsic* intrinsic : found) {
    Expander expander(*intrinsic);
    if (auto* transfer = llvm::dyn_cast<llvm::MemTransferInst>(intrinsic))
      expander.copy(*transfer, target);
    else
      expander.fill(llvm::cast<llvm::MemSetInst>(*intrinsic));
    intrinsic->eraseFromParent();
  }
}

}  // namespace pymetal::lowering
