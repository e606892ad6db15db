// Writes the function of a simdgroup from that of a thread. One class, whose parts lie in the files named below.
#pragma once

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "lowering/widen/access_groups.h"
#include "lowering/widen/divergence.h"
#include "lowering/widen/lane_runs.h"
#include "lowering/widen/linear_order.h"
#include "lowering/widen/private_arrays.h"
#include "lowering/widen/shapes.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

class Widener {
 public:
  Widener(llvm::Function& simdgroup, const Shapes& shapes, const LinearOrder& order, const Divergence& divergence,
          llvm::LoopInfo& loops, llvm::UniformityInfo& uniformity, const PrivateArrays& arrays,
          const AccessGroups& groups, ThreadLayout layout);

  /// Throws PipelineError for what has no meaning on a simdgroup.
  void run();

 private:
  /// Of memory through which lanes reach each other's values or their own.
  static constexpr llvm::Align kRoomAlignment = llvm::Align::Constant<64>();

  /// What stands for a value of the thread's function.
  struct Wide {
    /// The value itself where it is uniform, that of each class's leader where it has a pattern.
    llvm::SmallVector<llvm::Value*, 1> scalars;
    /// The value of every lane; made when it is first asked for, unless the value varies.
    llvm::Value* vector = nullptr;
    /// For a pattern that need not hold: whether it does. Null stands for true.
    llvm::Value* holds = nullptr;
  };

  // widen_control_flow.cpp
  void create_blocks();
  void reset_slots(const llvm::Loop* loop);
  void emit_node(unsigned index);
  void emit_guard(unsigned index);
  void emit_loop_end(unsigned index);
  void emit_terminator(unsigned index, llvm::BasicBlock& block);
  void take_edge(llvm::BasicBlock& from, llvm::BasicBlock& to, llvm::Value* edge_mask, bool may_be_empty);
  void merge_phi(llvm::PHINode& phi, llvm::Value* incoming, llvm::Value* edge_mask, bool is_joined, bool may_be_empty);
  llvm::AllocaInst* mask_slot(const llvm::BasicBlock* block);
  llvm::AllocaInst* slot(llvm::Type* type, const llvm::Twine& name);
  void repair_dominance();
  void promote_slots();

  // widen_values.cpp
  llvm::Type* wide_type(llvm::Type* type) const;
  llvm::Value* scalar(llvm::Value* value);
  llvm::Value* vector(llvm::Value* value);
  llvm::Value* splat(llvm::Value* scalar);
  llvm::Value* at_lane(llvm::Value* value, unsigned lane);
  llvm::Value* add_offset(llvm::Value* value, std::int64_t offset);
  llvm::Value* patterns_hold(llvm::ArrayRef<llvm::Value*> values);
  llvm::Constant* lane_numbers(llvm::Type* type, const LanePattern& pattern = LanePattern::strided(1)) const;
  llvm::Value* add_pattern(llvm::Value* base, const LanePattern& pattern);
  void set(llvm::Instruction& instruction, llvm::Value* value);
  void set_scalar(llvm::Instruction& instruction, llvm::Value* scalar);
  llvm::Value* any(llvm::Value* mask);
  llvm::Value* is_all_on();
  llvm::Value* spread(llvm::Value* mask, unsigned count, unsigned length);
  llvm::AllocaInst* make_room(llvm::Type* type, const llvm::Twine& name, llvm::MaybeAlign alignment);
  llvm::BasicBlock* new_block(const llvm::Twine& name, llvm::BasicBlock* before = nullptr);
  llvm::Value* input(llvm::StringRef name, llvm::Type* type, llvm::ArrayRef<llvm::Value*> arguments);
  llvm::Value* mask_bits(llvm::Value* mask);
  bool is_full(llvm::Value* mask) const;
  [[noreturn]] void reject(const llvm::Instruction& instruction) const;

  // widen_instructions.cpp
  void emit(llvm::Instruction& instruction);
  void emit_uniform(llvm::Instruction& instruction);
  void emit_patterned(llvm::Instruction& instruction);
  llvm::Value* does_not_wrap(llvm::CastInst& extension, std::int64_t least_step = 0, std::int64_t greatest_step = 0);
  llvm::Value* is_aligned(llvm::BinaryOperator& operation);
  llvm::Value* widen(llvm::Instruction& instruction);
  llvm::Value* widen_division(llvm::BinaryOperator& division);
  llvm::Value* widen_address(llvm::GetElementPtrInst& address, std::optional<unsigned> of_lane);
  llvm::Value* widen_intrinsic(llvm::IntrinsicInst& call);
  llvm::Value* widen_short_vector(llvm::Instruction& instruction);
  void emit_call(llvm::CallInst& call);
  llvm::Value* widen_input(llvm::CallInst& call, llvm::StringRef name);

  // widen_memory.cpp
  void emit_alloca(llvm::AllocaInst& variable);
  void emit_load(llvm::LoadInst& load);
  void emit_store(llvm::StoreInst& store);
  llvm::Value* load_in_a_row(llvm::LoadInst& load, std::int64_t stride);
  void store_in_a_row(llvm::StoreInst& store, std::int64_t stride);
  void store_row(llvm::StoreInst& store, const LanePattern::Row& row);
  llvm::Value* gather(llvm::LoadInst& load);
  void scatter(llvm::StoreInst& store);
  void load_group(const AccessGroup& group);
  void store_group(const AccessGroup& group);
  // widen_runs.cpp
  void load_runs(const AccessGroup& group);
  llvm::Value* load_slots(const AccessGroup& group, const AccessGroup::Stretch& stretch, const LaneRuns& runs,
                          unsigned begin, unsigned end);
  llvm::SmallVector<llvm::Value*, 8> sort_stretch(const AccessGroup& group, const AccessGroup::Stretch& stretch,
                                                  unsigned first_lane);
  llvm::Value* concatenate(llvm::Value* low, llvm::Value* high);
  llvm::Value* group_holds(const AccessGroup& group);
  llvm::Value* distance(const AccessGroup& group, const AccessGroup::Member& member, llvm::Value* index);
  llvm::Value* mask_of_row(const AccessGroup& group);
  llvm::SmallVector<llvm::Value*, 8> interleave(llvm::ArrayRef<llvm::Value*> vectors);
  llvm::Value* sort_into_row(const AccessGroup& group);
  llvm::Value* first_of_row(const AccessGroup& group, llvm::Value* pointer, std::int64_t element_size);
  /// What one of two pieces of code yields.
  using Values = llvm::SmallVector<llvm::Value*, 8>;
  Values either(llvm::Value* condition, llvm::function_ref<Values()> likely, llvm::function_ref<Values()> unlikely);

  // widen_cross_lane.cpp
  llvm::Value* emit_cross_lane(llvm::CallInst& call, llvm::StringRef name);
  llvm::Value* reduce(llvm::StringRef operation, bool is_signed, llvm::Value* values, llvm::Value* mask);
  llvm::Value* scan(llvm::StringRef operation, bool is_exclusive, llvm::Value* values, llvm::Value* mask);
  llvm::Value* move(llvm::StringRef operation, llvm::Value* values, llvm::Value* operand);
  llvm::Value* permute(llvm::Value* values, llvm::Value* sources);
  llvm::Value* source_lanes(llvm::StringRef operation, llvm::Value* operand);
  llvm::Value* component(llvm::Value* value, unsigned index);
  llvm::Value* matrix_product(llvm::CallInst& call);
  llvm::Constant* identity(llvm::StringRef operation, bool is_signed, llvm::Type* type) const;
  llvm::Value* combine(llvm::StringRef operation, bool is_signed, llvm::Value* a, llvm::Value* b);

  // widen_lane_by_lane.cpp
  void emit_atomic(llvm::Instruction& instruction);
  void emit_lane_by_lane(llvm::Instruction& instruction);
  llvm::Value* lane_by_lane(llvm::Instruction& instruction);
  void for_each_lane(llvm::function_ref<void(llvm::Value*)> run_lane);
  llvm::Value* lane_after_lane(llvm::Instruction& instruction);
  /// Vectors that lie in memory, to be taken apart by words; with the last word that was read.
  struct Room {
    llvm::AllocaInst* memory = nullptr;
    llvm::Value* word = nullptr;
  };
  /// The operands of an operation that lanes do one after the other.
  struct LaneOperands {
    explicit LaneOperands(const llvm::Instruction& operation) : operation(operation) {}
    const llvm::Instruction& operation;
    llvm::SmallDenseMap<llvm::Value*, Room, 4> rooms;
  };
  llvm::Value* of_lane(llvm::Value* value, unsigned lane, LaneOperands& operands);
  llvm::Value* load_again(llvm::LoadInst& load, unsigned lane, const llvm::Instruction& operation);
  llvm::Value* aggregate(llvm::AtomicRMWInst& atomic);
  llvm::Value* emit_for_lane(llvm::Instruction& instruction, llvm::ArrayRef<llvm::Value*> operands);

  llvm::Function& simdgroup_;
  llvm::Module& module_;
  llvm::LLVMContext& context_;
  const llvm::DataLayout& layout_of_data_;
  const Shapes& shapes_;
  const LinearOrder& order_;
  const Divergence& divergence_;
  llvm::LoopInfo& loops_;
  llvm::UniformityInfo& uniformity_;
  const PrivateArrays& arrays_;
  const AccessGroups& groups_;
  ThreadLayout layout_;
  llvm::IRBuilder<> builder_;

  llvm::BasicBlock* entry_ = nullptr;
  /// Per node: where one enters it, and where its own code begins, behind the guard.
  std::vector<llvm::BasicBlock*> doors_;
  std::vector<llvm::BasicBlock*> bodies_;
  /// The lanes that are threads at all.
  llvm::Value* entry_mask_ = nullptr;
  /// The lanes that are on in the block being written.
  llvm::Value* mask_ = nullptr;
  llvm::DenseMap<llvm::Value*, Wide> values_;
  llvm::DenseMap<const llvm::BasicBlock*, llvm::AllocaInst*> mask_slots_;
  llvm::DenseMap<const llvm::Loop*, llvm::AllocaInst*> round_slots_;
  llvm::DenseMap<const llvm::PHINode*, llvm::AllocaInst*> phi_slots_;
  llvm::SmallVector<llvm::AllocaInst*, 32> slots_;
  /// The loop that each written block belongs to, for the repair of dominance.
  llvm::DenseMap<const llvm::BasicBlock*, llvm::Loop*> loop_of_;
  llvm::DenseMap<const llvm::Loop*, llvm::BasicBlock*> written_headers_;
  llvm::Loop* current_loop_ = nullptr;
  /// Whether the code being written runs only where a pattern does not hold.
  bool is_rare_ = false;
};

}  // namespace pymetal::lowering
