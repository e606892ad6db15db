// Loads and stores that belong together: the members of a structure, or the components of a vector, of every lane.
#include "lowering/widen/access_groups.h"

#include <algorithm>
#include <bit>
#include <ranges>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DataLayout.h"
#include "lowering/widen/lane_runs.h"

namespace pymetal::lowering {
namespace {

/// Sorting out of wider rows costs more than fetching one by one.
constexpr std::int64_t kWidestStride = 8;

/// Elements from lane to lane where those of all lanes make one row, or 0.
unsigned stride_of_row(const LanePattern& pattern, std::int64_t size) {
  const std::int64_t stride = pattern.stride().value_or(0);
  const bool is_row = stride % size == 0 && stride >= 2 * size && stride <= kWidestStride * size;
  return is_row ? static_cast<unsigned>(stride / size) : 0;
}

/// Cuts the members, sorted by index, into stretches.
std::vector<AccessGroup::Stretch> cut(llvm::ArrayRef<AccessGroup::Member> sorted, unsigned longest) {
  std::vector<AccessGroup::Stretch> stretches;
  for (std::size_t i = 0; i < sorted.size();) {
    unsigned index = sorted[i].index;
    unsigned end = index + 1;
    for (++i; i < sorted.size() && sorted[i].index <= end; ++i) end = sorted[i].index + 1;
    while (index < end) {
      stretches.push_back({index, std::min(std::bit_floor(end - index), longest)});
      index += stretches.back().length;
    }
  }
  return stretches;
}

/// Whether loading stretches takes fewer steps than fetching every element. No machine fetches less than 4 bytes.
bool pays(const AccessGroup& group, std::int64_t size) {
  unsigned loads = 0;
  unsigned elements = 0;
  const unsigned lanes = lanes_per_register(size);
  for (const AccessGroup::Stretch& stretch : group.stretches)
    for (unsigned first = 0; first < kSimdgroupWidth; first += lanes) {
      const unsigned in_a_register = lanes / stretch.length;
      const LaneRuns runs(*group.pattern, first, lanes);
      for (unsigned i = 0; i < lanes; i += in_a_register)
        loads += runs.loads(i, i + in_a_register, size * stretch.length);
      elements += lanes * stretch.length;
    }
  return size < 4 || loads <= elements / 2;
}

}  // namespace

/// Accesses that may still become a group.
struct AccessGroups::Candidate {
  const llvm::Value* base;
  llvm::Type* type;
  bool is_store;
  const LanePattern* pattern;
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
      if (!shape.is_patterned() || !llvm::VectorType::isValidElementType(type) || type->isPointerTy()) continue;
      const auto size = static_cast<std::int64_t>(layout.getTypeStoreSize(type).getFixedValue());
      if (layout.getTypeSizeInBits(type) != layout.getTypeStoreSizeInBits(type) ||
          !std::has_single_bit(std::uint64_t(size)) || size > 8)
        continue;
      // Neighbours in a thread's own array do not lie side by side.
      if (llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(pointer, /*MaxLookup=*/0))) continue;
      const std::optional<std::int64_t> stride = shape.pattern->stride();
      if (stride == size || stride == -size) continue;
      if (store != nullptr && stride_of_row(*shape.pattern, size) == 0) continue;
      llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
      const llvm::Value* base = pointer->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
      const auto match = std::ranges::find_if(open, [&](const Candidate& candidate) {
        return candidate.base == base && candidate.type == type && candidate.is_store == (store != nullptr) &&
               candidate.pattern == shape.pattern &&
               (offset.getSExtValue() - candidate.accesses.front().first) % size == 0;
      });
      if (match != open.end())
        match->accesses.emplace_back(offset.getSExtValue(), &instruction);
      else
        open.push_back({base, type, store != nullptr, shape.pattern, {{offset.getSExtValue(), &instruction}}});
    }
    close_all(open);
  }
}

void AccessGroups::close_all(std::vector<Candidate>& open) {
  for (Candidate& candidate : open) close(candidate);
  open.clear();
}

void AccessGroups::close(Candidate& candidate) {
  const auto size = static_cast<std::int64_t>(
      candidate.accesses.front().second->getDataLayout().getTypeStoreSize(candidate.type).getFixedValue());
  const auto [lowest, highest] = std::ranges::minmax(candidate.accesses | std::views::keys);
  auto group = std::make_unique<AccessGroup>();
  group->pattern = candidate.pattern;
  group->stride = stride_of_row(*candidate.pattern, size);
  group->width = static_cast<unsigned>((highest - lowest) / size + 1);
  for (const auto& [offset, access] : candidate.accesses)
    group->members.push_back({access, static_cast<unsigned>((offset - lowest) / size)});
  std::vector<AccessGroup::Member> sorted = group->members;
  std::ranges::sort(sorted, {}, &AccessGroup::Member::index);
  // Members of two lanes must not overlap in a row.
  if (group->width > group->stride) group->stride = 0;
  if (candidate.is_store) {
    // Two stores to one member would be one too many.
    const auto same = [](const auto& a, const auto& b) { return a.index == b.index; };
    if (group->stride == 0 || std::ranges::adjacent_find(sorted, same) != sorted.end()) return;
  } else {
    group->stretches = cut(sorted, lanes_per_register(size));
    const bool is_better = group->stride != 0 ? group->stretches.front().length == group->stride : pays(*group, size);
    if (!is_better) group->stretches.clear();
    if (!is_better && group->stride == 0) return;
  }
  group->place = candidate.is_store ? group->members.back() : group->members.front();
  for (const AccessGroup::Member& member : group->members) groups_of_[member.access] = group.get();
  groups_.push_back(std::move(group));
}

}  // namespace pymetal::lowering
