// Loads and stores that belong together: the members of a structure, or the components of a vector, of every lane.
#include "lowering/widen/access_groups.h"

#include <algorithm>

#include "llvm/IR/DataLayout.h"

namespace pymetal::lowering {
namespace {

/// Sorting out of wider rows costs more than fetching one by one.
constexpr std::int64_t kWidestStride = 8;

}  // namespace

/// Accesses that may still become a group.
struct AccessGroups::Candidate {
  const llvm::Value* base;
  llvm::Type* type;
  bool is_store;
  std::int64_t stride;
  std::vector<std::pair<std::int64_t, llvm::Instruction*>> accesses;
};

AccessGroups::AccessGroups(llvm::Function& kernel, const Shapes& shapes) {
  const llvm::DataLayout& layout = kernel.getDataLayout();
  for (llvm::BasicBlock& block : kernel) {
    std::vector<Candidate> open;
    for (llvm::Instruction& instruction : block) {
      auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
      auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
      const bool is_simple = (load != nullptr && load->isSimple()) || (store != nullptr && store->isSimple());
      // Nothing that memory may change under moves to another place.
      if (instruction.mayReadOrWriteMemory())
        std::erase_if(open, [&](Candidate& candidate) {
          const bool stays = candidate.is_store ? is_simple && store != nullptr : !instruction.mayWriteToMemory();
          std::vector<Candidate> one;
          if (!stays) one.push_back(std::move(candidate));
          close_all(one);
          return !stays;
        });
      if (!is_simple) continue;
      llvm::Type* type = load != nullptr ? load->getType() : store->getValueOperand()->getType();
      llvm::Value* pointer = load != nullptr ? load->getPointerOperand() : store->getPointerOperand();
      const Shape shape = shapes.of(pointer);
      if (!shape.is_strided() || !llvm::VectorType::isValidElementType(type) || type->isPointerTy()) continue;
      const auto size = static_cast<std::int64_t>(layout.getTypeStoreSize(type).getFixedValue());
      if (layout.getTypeSizeInBits(type) != layout.getTypeStoreSizeInBits(type)) continue;
      if (shape.stride % size != 0 || shape.stride < 2 * size || shape.stride > kWidestStride * size) continue;
      llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
      const llvm::Value* base = pointer->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
      const auto match = std::ranges::find_if(open, [&](const Candidate& candidate) {
        return candidate.base == base && candidate.type == type && candidate.is_store == (store != nullptr) &&
               candidate.stride == shape.stride &&
               (offset.getSExtValue() - candidate.accesses.front().first) % size == 0;
      });
      if (match != open.end())
        match->accesses.emplace_back(offset.getSExtValue(), &instruction);
      else
        open.push_back({base, type, store != nullptr, shape.stride, {{offset.getSExtValue(), &instruction}}});
    }
    close_all(open);
  }
}

void AccessGroups::close_all(std::vector<Candidate>& open) {
  for (Candidate& candidate : open) {
    const auto size = static_cast<std::int64_t>(
        candidate.accesses.front().second->getDataLayout().getTypeStoreSize(candidate.type).getFixedValue());
    std::int64_t lowest = candidate.accesses.front().first;
    std::int64_t highest = lowest;
    for (const auto& [offset, access] : candidate.accesses) {
      lowest = std::min(lowest, offset);
      highest = std::max(highest, offset);
    }
    // Members of two lanes must not overlap; two stores to one member would be one too many.
    if (highest - lowest >= candidate.stride) continue;
    auto group = std::make_unique<AccessGroup>();
    group->stride = static_cast<unsigned>(candidate.stride / size);
    group->width = static_cast<unsigned>((highest - lowest) / size + 1);
    for (const auto& [offset, access] : candidate.accesses)
      group->members.push_back({access, static_cast<unsigned>((offset - lowest) / size)});
    const auto same = [](const auto& a, const auto& b) { return a.index == b.index; };
    std::vector<AccessGroup::Member> sorted = group->members;
    std::ranges::sort(sorted, {}, &AccessGroup::Member::index);
    if (candidate.is_store && std::ranges::adjacent_find(sorted, same) != sorted.end()) continue;
    group->place = candidate.is_store ? group->members.back() : group->members.front();
    for (const AccessGroup::Member& member : group->members) groups_of_[member.access] = group.get();
    groups_.push_back(std::move(group));
  }
  open.clear();
}

}  // namespace pymetal::lowering
