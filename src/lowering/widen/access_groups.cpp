// Loads and stores that belong together: the members of a structure, or the components of a vector, of every lane.
#include "lowering/widen/access_groups.h"

#include <algorithm>
#include <bit>
#include <ranges>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Operator.h"
#include "lowering/widen/lane_runs.h"

namespace pymetal::lowering {
namespace {

/// Sorting out of wider rows costs more than fetching one by one.
constexpr std::int64_t kWidestStride = 8;

/// Accesses further apart than this do not belong together.
constexpr std::int64_t kFarthest = 1 << 16;
constexpr unsigned kLongestRow = kWidestStride * kSimdgroupWidth;

/// An address: a base, an index that is extended and scaled, and the bytes that are added to them, some of which were
/// added to the index as a step.
struct Address {
  const llvm::Value* base = nullptr;
  const llvm::Value* index = nullptr;
  unsigned opcode = 0;
  std::int64_t scale = 0;
  std::int64_t offset = 0;
  std::int64_t step = 0;
  llvm::CastInst* extension = nullptr;

  bool has_same_origin(const Address& other) const {
    return base == other.base && index == other.index && opcode == other.opcode && scale == other.scale;
  }
};

/// Splits a step off the index of an address. Steps that cannot make an index wrap around are offsets already.
void split_step(Address& address, const llvm::DataLayout& layout) {
  auto* outer = llvm::dyn_cast<llvm::GetElementPtrInst>(const_cast<llvm::Value*>(address.base));
  if (outer == nullptr) return;
  llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
  llvm::APInt constant(layout.getIndexTypeSizeInBits(outer->getType()), 0);
  if (!llvm::cast<llvm::GEPOperator>(outer)->collectOffset(layout, constant.getBitWidth(), variable, constant) ||
      variable.size() != 1)
    return;
  const auto& [index, scale] = variable.front();
  auto* extension = llvm::dyn_cast<llvm::CastInst>(index);
  if (!llvm::isa_and_nonnull<llvm::ZExtInst, llvm::SExtInst>(extension) ||
      extension->getSrcTy()->getScalarSizeInBits() < 32 || scale.getSignificantBits() > 31)
    return;
  llvm::Value* narrow = extension->getOperand(0);
  const auto* sum = llvm::dyn_cast<llvm::BinaryOperator>(narrow);
  const auto* step = sum != nullptr && sum->getOpcode() == llvm::Instruction::Add
                         ? llvm::dyn_cast<llvm::ConstantInt>(sum->getOperand(1))
                         : nullptr;
  if (step != nullptr && (step->getValue().getSignificantBits() > 31)) return;
  address.base = outer->getPointerOperand();
  address.index = step != nullptr ? sum->getOperand(0) : narrow;
  address.opcode = extension->getOpcode();
  address.scale = scale.getSExtValue();
  address.step = step != nullptr ? step->getSExtValue() : 0;
  address.offset += constant.getSExtValue() + address.step * address.scale;
  address.extension = extension;
}

Address take_apart(llvm::Value* pointer, const llvm::DataLayout& layout) {
  Address address;
  llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
  address.base = pointer->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
  split_step(address, layout);
  address.offset += offset.getSExtValue();
  return address;
}

/// Where each lane's lowest member lies in a row that no two lanes share an element of; empty where that is no short
/// row of mostly members.
std::vector<unsigned> find_row(const LanePattern& pattern, std::int64_t size,
                               llvm::ArrayRef<AccessGroup::Member> sorted) {
  if (!pattern.has_one_class()) return {};
  const unsigned width = sorted.back().index + 1;
  const auto [least, greatest] = pattern.range();
  std::vector<unsigned> row;
  for (const std::int64_t offset : pattern.offsets) {
    if ((offset - least) % size != 0) return {};
    row.push_back(static_cast<unsigned>((offset - least) / size));
  }
  if (const auto stride = pattern.stride()) {
    if (*stride < 2 * size || *stride > kWidestStride * size || width > *stride / size) return {};
    return row;
  }
  const std::int64_t length = (greatest - least) / size + width;
  if (length > kLongestRow || length > std::int64_t{2} * kSimdgroupWidth * std::ssize(sorted)) return {};
  std::vector<int> owners(static_cast<std::size_t>(length), -1);
  for (int lane = 0; lane < static_cast<int>(kSimdgroupWidth); ++lane)
    for (const AccessGroup::Member& member : sorted) {
      int& owner = owners[row[static_cast<unsigned>(lane)] + member.index];
      if (owner != -1 && owner != lane) return {};
      owner = lane;
    }
  return row;
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

/// How many loads read the stretches of all lanes.
unsigned count_loads(const AccessGroup& group, std::int64_t size) {
  unsigned loads = 0;
  const unsigned lanes = lanes_per_register(size);
  for (const AccessGroup::Stretch& stretch : group.stretches)
    for (unsigned first = 0; first < kSimdgroupWidth; first += lanes) {
      const unsigned in_a_register = lanes / stretch.length;
      const LaneRuns runs(*group.pattern, first, lanes);
      for (unsigned i = 0; i < lanes; i += in_a_register)
        loads += runs.loads(i, i + in_a_register, size * stretch.length);
    }
  return loads;
}

/// Whether stretches are the best way to load a group.
bool prefers_stretches(const AccessGroup& group, std::int64_t size) {
  if (group.pattern->stride() && !group.row.empty())
    return group.stretches.front().length * size == *group.pattern->stride();
  const unsigned loads = count_loads(group, size);
  if (!group.row.empty() && (group.row_length() + lanes_per_register(size) - 1) / lanes_per_register(size) < loads)
    return false;
  unsigned elements = 0;
  for (const AccessGroup::Stretch& stretch : group.stretches) elements += kSimdgroupWidth * stretch.length;
  // Less than fetching every element, which no machine does for less than 4 bytes.
  return size < 4 || loads <= elements / 2;
}

}  // namespace

unsigned AccessGroup::row_length() const { return std::ranges::max(row) + width; }

std::vector<int> AccessGroup::lanes_of_row() const {
  std::vector<int> lanes(row_length(), -1);
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane)
    for (const Member& member : members) lanes[row[lane] + member.index] = static_cast<int>(lane);
  return lanes;
}

/// Accesses that may still become a group.
struct AccessGroups::Candidate {
  llvm::Type* type;
  bool is_store;
  const LanePattern* pattern;
  std::vector<std::pair<Address, llvm::Instruction*>> accesses;

  bool takes(const Address& address, std::int64_t size) const {
    const Address& first = accesses.front().first;
    return first.has_same_origin(address) && (address.step == first.step || pattern->has_one_class()) &&
           std::abs(address.offset - first.offset) <= kFarthest && (address.offset - first.offset) % size == 0;
  }

  /// Whether the stores gathered so far write other places than one behind them: to other memory, or beside them.
  bool may_move_behind(llvm::StoreInst& store) const {
    llvm::Value* pointer = store.getPointerOperand();
    const unsigned spaces[] = {accesses.front().second->getOperand(1)->getType()->getPointerAddressSpace(),
                               pointer->getType()->getPointerAddressSpace()};
    if (spaces[0] != spaces[1] && spaces[0] != kGenericSpace && spaces[1] != kGenericSpace) return true;
    const llvm::DataLayout& layout = store.getDataLayout();
    return store.getValueOperand()->getType() == type &&
           takes(take_apart(pointer, layout), static_cast<std::int64_t>(layout.getTypeStoreSize(type).getFixedValue()));
  }
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
          const bool stays = candidate.is_store ? is_simple && store != nullptr && candidate.may_move_behind(*store)
                                                : !instruction.mayWriteToMemory();
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
      const Address address = take_apart(pointer, layout);
      const auto match = std::ranges::find_if(open, [&](const Candidate& candidate) {
        return candidate.type == type && candidate.is_store == (store != nullptr) &&
               candidate.pattern == shape.pattern && candidate.takes(address, size);
      });
      if (match != open.end())
        match->accesses.emplace_back(address, &instruction);
      else
        open.push_back({type, store != nullptr, shape.pattern, {{address, &instruction}}});
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
  const auto by_offset = [](const auto& a, const auto& b) { return a.first.offset < b.first.offset; };
  const std::int64_t lowest = std::ranges::min_element(candidate.accesses, by_offset)->first.offset;
  auto group = std::make_unique<AccessGroup>();
  group->pattern = candidate.pattern;
  for (const auto& [address, access] : candidate.accesses)
    group->members.push_back({access, static_cast<unsigned>((address.offset - lowest) / size), address.step});
  std::vector<AccessGroup::Member> sorted = group->members;
  std::ranges::sort(sorted, {}, &AccessGroup::Member::index);
  group->width = sorted.back().index + 1;
  group->row = find_row(*candidate.pattern, size, sorted);
  if (candidate.is_store) {
    // Two stores to one member would be one too many.
    const auto same = [](const auto& a, const auto& b) { return a.index == b.index; };
    if (group->row.empty() || std::ranges::adjacent_find(sorted, same) != sorted.end()) return;
  } else {
    group->stretches = cut(sorted, lanes_per_register(size));
    const bool is_better = prefers_stretches(*group, size);
    if (!is_better) group->stretches.clear();
    if (!is_better && group->row.empty()) return;
  }
  const std::size_t place = candidate.is_store ? group->members.size() - 1 : 0;
  group->place = group->members[place];
  const auto differs = [&](const AccessGroup::Member& member) { return member.step != group->place.step; };
  if (std::ranges::any_of(group->members, differs)) {
    group->extension = candidate.accesses[place].first.extension;
    group->step_size = candidate.accesses[place].first.scale;
  }
  for (const AccessGroup::Member& member : group->members) groups_of_[member.access] = group.get();
  groups_.push_back(std::move(group));
}

}  // namespace pymetal::lowering
