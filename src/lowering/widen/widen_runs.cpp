// Loads a group whose lanes read neighbouring elements, though not all in one row: every run of them at once.
#include "lowering/widen/widener.h"

namespace pymetal::lowering {

llvm::Value* Widener::concatenate(llvm::Value* low, llvm::Value* high) {
  const unsigned count = 2 * llvm::cast<llvm::FixedVectorType>(low->getType())->getNumElements();
  llvm::SmallVector<int, 64> elements;
  for (unsigned i = 0; i < count; ++i) elements.push_back(static_cast<int>(i));
  return builder_.CreateShuffleVector(low, high, elements);
}

/// The runs from `begin` to `end`, one after the other in a vector; where there are no more, anything.
llvm::Value* Widener::load_slots(const AccessGroup& group, const AccessGroup::Stretch& stretch, const LaneRuns& runs,
                                 unsigned begin, unsigned end) {
  auto* place = llvm::cast<llvm::LoadInst>(group.place.access);
  auto* type = llvm::FixedVectorType::get(place->getType(), stretch.length * (end - begin));
  if (begin >= runs.size()) return llvm::PoisonValue::get(type);
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(place->getType()).getFixedValue());
  if (runs.are_adjacent(begin, end, size * stretch.length)) {
    const std::int64_t from_place = size * (static_cast<std::int64_t>(stretch.index) - group.place.index);
    llvm::Value* base = at_lane(place->getPointerOperand(), runs[begin].leader);
    return builder_.CreateAlignedLoad(type, add_offset(base, runs[begin].offset + from_place),
                                      llvm::commonAlignment(place->getAlign(), static_cast<std::uint64_t>(size)));
  }
  const unsigned middle = begin + (end - begin) / 2;
  llvm::Value* low = load_slots(group, stretch, runs, begin, middle);
  return concatenate(low, load_slots(group, stretch, runs, middle, end));
}

/// The elements of a stretch for as many lanes as a register holds: a vector for each. Runs are halved until an element
/// is left, and neighbours' halves joined.
llvm::SmallVector<llvm::Value*, 8> Widener::sort_stretch(const AccessGroup& group, const AccessGroup::Stretch& stretch,
                                                         unsigned first_lane) {
  llvm::Type* element = group.place.access->getType();
  const unsigned lanes =
      lanes_per_register(static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(element).getFixedValue()));
  const LaneRuns runs(*group.pattern, first_lane, lanes);
  llvm::SmallVector<llvm::Value*, 8> registers;
  for (unsigned i = 0; i < stretch.length; ++i)
    registers.push_back(load_slots(group, stretch, runs, i * lanes / stretch.length, (i + 1) * lanes / stretch.length));
  for (unsigned length = stretch.length; length > 1; length /= 2) {
    llvm::SmallVector<llvm::Value*, 8> halves(registers.size());
    const unsigned half = length / 2;
    // Of registers that hold several stretches' parts, those of one part stand together.
    const std::size_t parts = stretch.length / length;
    const std::size_t in_a_part = registers.size() / parts;
    for (std::size_t part = 0; part < parts; ++part) {
      for (std::size_t pair = 0; pair < in_a_part / 2; ++pair) {
        llvm::Value* low = registers[part * in_a_part + 2 * pair];
        llvm::Value* high = registers[part * in_a_part + 2 * pair + 1];
        for (unsigned side = 0; side < 2; ++side) {
          llvm::SmallVector<int, kSimdgroupWidth> elements;
          for (unsigned i = 0; i < lanes; ++i) {
            // The last step also goes from memory's order to the lanes'.
            const unsigned slot = half == 1 ? runs.of_lane(i) : i / half;
            elements.push_back(static_cast<int>(slot * length + side * half + i % half));
          }
          halves[part * in_a_part + side * (in_a_part / 2) + pair] = builder_.CreateShuffleVector(low, high, elements);
        }
      }
    }
    registers = std::move(halves);
  }
  if (stretch.length == 1) {
    llvm::SmallVector<int, kSimdgroupWidth> elements;
    for (unsigned lane = 0; lane < lanes; ++lane) elements.push_back(static_cast<int>(runs.of_lane(lane)));
    registers.front() = builder_.CreateShuffleVector(registers.front(), elements);
  }
  return registers;
}

/// Without all lanes, or where the pattern does not hold, lanes read one after the other.
void Widener::load_runs(const AccessGroup& group) {
  auto* place = llvm::cast<llvm::LoadInst>(group.place.access);
  llvm::Type* element = place->getType();
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(element).getFixedValue());
  llvm::Value* condition = group_holds(group);
  if (!is_full(mask_)) condition = condition == nullptr ? is_all_on() : builder_.CreateAnd(condition, is_all_on());
  const auto by_runs = [&] {
    llvm::DenseMap<unsigned, llvm::Value*> elements;
    for (const AccessGroup::Stretch& stretch : group.stretches) {
      llvm::SmallVector<llvm::SmallVector<llvm::Value*, 8>, 4> parts;
      for (unsigned lane = 0; lane < kSimdgroupWidth; lane += lanes_per_register(size))
        parts.push_back(sort_stretch(group, stretch, lane));
      for (unsigned i = 0; i < stretch.length; ++i) {
        llvm::SmallVector<llvm::Value*, 4> joined;
        for (const auto& part : parts) joined.push_back(part[i]);
        for (; joined.size() > 1; joined.resize(joined.size() / 2))
          for (std::size_t k = 0; k < joined.size() / 2; ++k) joined[k] = concatenate(joined[2 * k], joined[2 * k + 1]);
        elements[stretch.index + i] = joined.front();
      }
    }
    Values members;
    for (const AccessGroup::Member& member : group.members) members.push_back(elements.lookup(member.index));
    return members;
  };
  const auto by_lanes = [&] {
    llvm::Type* pointer = place->getPointerOperandType();
    llvm::AllocaInst* addresses = make_room(wide_type(pointer), "addresses", kRoomAlignment);
    builder_.CreateAlignedStore(vector(place->getPointerOperand()), addresses, kRoomAlignment);
    llvm::Type* narrow = group.extension == nullptr ? nullptr : group.extension->getSrcTy();
    llvm::AllocaInst* indices = nullptr;
    if (narrow != nullptr) {
      indices = make_room(wide_type(narrow), "indices", kRoomAlignment);
      builder_.CreateAlignedStore(vector(group.extension->getOperand(0)), indices, kRoomAlignment);
    }
    llvm::SmallVector<llvm::AllocaInst*, 8> rooms;
    for (std::size_t i = 0; i < group.members.size(); ++i)
      rooms.push_back(make_room(wide_type(element), "lanes", kRoomAlignment));
    for_each_lane([&](llvm::Value* lane) {
      llvm::Value* address = builder_.CreateLoad(pointer, builder_.CreateInBoundsGEP(pointer, addresses, lane));
      llvm::Value* index =
          narrow == nullptr ? nullptr : builder_.CreateLoad(narrow, builder_.CreateInBoundsGEP(narrow, indices, lane));
      for (std::size_t i = 0; i < group.members.size(); ++i) {
        const AccessGroup::Member& member = group.members[i];
        llvm::Value* from = builder_.CreateGEP(builder_.getInt8Ty(), address, distance(group, member, index));
        builder_.CreateStore(
            builder_.CreateAlignedLoad(element, from, llvm::cast<llvm::LoadInst>(member.access)->getAlign()),
            builder_.CreateInBoundsGEP(element, rooms[i], lane));
      }
    });
    Values members;
    for (llvm::AllocaInst* room : rooms)
      members.push_back(builder_.CreateAlignedLoad(wide_type(element), room, kRoomAlignment));
    return members;
  };
  const Values values = either(condition, by_runs, by_lanes);
  for (std::size_t i = 0; i < values.size(); ++i) set(*group.members[i].access, values[i]);
}

}  // namespace pymetal::lowering
