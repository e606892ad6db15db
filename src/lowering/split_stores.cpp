// Cuts stores of vectors that are longer than the machine's.
#include "lowering/split_stores.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::lowering {
namespace {

/// Whether a store is of several registers' length and no more than that.
bool is_long(const llvm::StoreInst& store, unsigned register_bytes) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(store.getValueOperand()->getType());
  if (type == nullptr || !store.isSimple() || llvm::isa<llvm::Constant>(store.getValueOperand())) return false;
  const llvm::DataLayout& layout = store.getDataLayout();
  const std::uint64_t size = layout.getTypeStoreSize(type->getElementType());
  const std::uint64_t bytes = size * type->getNumElements();
  return layout.getTypeSizeInBits(type->getElementType()) == 8 * size && bytes > register_bytes &&
         bytes % register_bytes == 0 && register_bytes % size == 0;
}

void split(llvm::StoreInst& store, unsigned register_bytes) {
  llvm::IRBuilder<> builder(&store);
  llvm::Value* value = store.getValueOperand();
  auto* type = llvm::cast<llvm::FixedVectorType>(value->getType());
  const auto size = static_cast<unsigned>(store.getDataLayout().getTypeStoreSize(type->getElementType()));
  const unsigned count = register_bytes / size;
  for (unsigned first = 0; first < type->getNumElements(); first += count) {
    llvm::SmallVector<int, 64> elements;
    for (unsigned i = 0; i < count; ++i) elements.push_back(static_cast<int>(first + i));
    llvm::StoreInst* part = builder.CreateAlignedStore(
        builder.CreateShuffleVector(value, elements),
        builder.CreateConstGEP1_64(builder.getInt8Ty(), store.getPointerOperand(), std::uint64_t{first} * size),
        llvm::commonAlignment(store.getAlign(), std::uint64_t{first} * size));
    part->copyMetadata(store);
  }
  store.eraseFromParent();
}

}  // namespace

llvm::PreservedAnalyses SplitStores::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool has_changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    if (store == nullptr || !is_long(*store, register_bytes_)) continue;
    split(*store, register_bytes_);
    has_changed = true;
  }
  if (!has_changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace pymetal::lowering
