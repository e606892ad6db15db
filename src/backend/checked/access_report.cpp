// What threads do with memory that is not theirs: found, noted, and made harmless.
#include "backend/checked/access_report.h"

#include <pthread.h>

#include <algorithm>

#include "backend/cpu/live_memory.h"
#include "support/hexadecimal.h"

namespace pymetal::backend::checked {
namespace {

/// What bad accesses read.
alignas(kSpareBytes) constexpr std::byte kZeros[kSpareBytes]{};

AccessReport*& current_report() {
  thread_local AccessReport* report = nullptr;
  return report;
}

bool lies_in(std::uint64_t address, std::uint64_t size, std::uint64_t begin, std::uint64_t length) {
  return address >= begin && size <= length && address - begin <= length - size;
}

/// Whether the bytes lie on the stack of the calling thread, where a thread of the grid keeps its variables.
bool is_on_stack(std::uint64_t address, std::uint64_t size) {
  struct Stack {
    std::uint64_t begin = 0;
    std::uint64_t length = 0;
  };
  thread_local const Stack stack = [] {
    Stack found;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return found;
    void* begin = nullptr;
    std::size_t length = 0;
    if (pthread_attr_getstack(&attributes, &begin, &length) == 0)
      found = {reinterpret_cast<std::uint64_t>(begin), length};
    pthread_attr_destroy(&attributes);
    return found;
  }();
  return lies_in(address, size, stack.begin, stack.length);
}

std::uint64_t length_of(const ThreadgroupState& group, AccessTarget target, std::uint32_t index) {
  switch (target) {
    case AccessTarget::Buffer:
      return group.buffer_lengths[index];
    case AccessTarget::ThreadgroupArgument:
      return group.threadgroup_argument_lengths[index];
    case AccessTarget::ThreadgroupVariables:
      return group.threadgroup_variable_bytes;
    default:
      return 0;
  }
}

/// " of argument 'x'" where a binding of that kind has the index.
std::string argument_name(const ComputePipelineReflection& reflection, BindingType type, std::uint32_t index) {
  for (const Binding& binding : reflection.bindings)
    if (binding.type == type && binding.index == index && binding.is_used)
      return " of argument '" + binding.name + "' at ";
  return " of what is bound at ";
}

}  // namespace

AccessReport::AccessReport(const FrameSlab& frames) : frames_(frames), outer_(current_report()) {
  current_report() = this;
}

AccessReport::~AccessReport() { current_report() = outer_; }

AccessReport* AccessReport::current() { return current_report(); }

void AccessReport::note(const ThreadState& thread, AccessTarget target, std::uint32_t index, bool writes,
                        std::uint64_t offset, std::uint64_t size) {
  if (is_found_) return;
  is_found_ = true;
  target_ = target;
  index_ = index;
  writes_ = writes;
  offset_ = offset;
  size_ = size;
  length_ = target == AccessTarget::Constant ? index : length_of(*thread.threadgroup, target, index);
  std::ranges::copy(thread.thread_position_in_grid, position_);
}

bool AccessReport::may_access(const ThreadState& thread, std::uint64_t address, std::uint64_t size) const {
  const ThreadgroupState& group = *thread.threadgroup;
  for (std::uint32_t slot = 0; slot < kBufferSlots; ++slot)
    if (lies_in(address, size, group.buffers[slot], group.buffer_lengths[slot])) return true;
  return lies_in(address, size, reinterpret_cast<std::uint64_t>(group.threadgroup_memory),
                 group.threadgroup_memory_bytes) ||
         frames_.contains(address, size) || is_on_stack(address, size) || cpu::LiveMemory::contains(address, size);
}

void AccessReport::require_none(const std::string& function, const ComputePipelineReflection& reflection) const {
  if (!is_found_) return;
  std::string text = "Function '" + function + "' " + (writes_ ? "writes " : "reads ") + std::to_string(size_) +
                     (size_ == 1 ? " byte at " : " bytes at ");
  const std::string index = std::to_string(index_);
  const std::string place = "offset (" + std::to_string(static_cast<std::int64_t>(offset_)) + ")";
  const std::string length = ", which has " + std::to_string(length_) + " bytes";
  switch (target_) {
    case AccessTarget::Buffer:
      text += place + argument_name(reflection, BindingType::Buffer, index_) + "buffer index " + index + length;
      break;
    case AccessTarget::ThreadgroupArgument:
      text += place + argument_name(reflection, BindingType::ThreadgroupMemory, index_) + "threadgroup memory index " +
              index + length;
      break;
    case AccessTarget::ThreadgroupVariables:
      text += place + " of its threadgroup variables, which have " + std::to_string(length_) + " bytes in all";
      break;
    case AccessTarget::Constant:
      text += place + " of a constant of program scope" + length;
      break;
    case AccessTarget::Address:
      text += "address (" + support::hexadecimal(offset_) +
              "), where it has no memory: a pointer is wrong, or the buffer behind it is gone";
      break;
  }
  throw AccessError(text + " (thread " + std::to_string(position_[0]) + ", " + std::to_string(position_[1]) + ", " +
                    std::to_string(position_[2]) + " of the grid).");
}

extern "C" void* pymetal_bad_access(ThreadState* thread, std::uint32_t target, std::uint32_t index,
                                    std::uint32_t writes, std::uint64_t offset, std::uint64_t size) {
  AccessReport& report = *AccessReport::current();
  report.note(*thread, AccessTarget{target}, index, writes != 0, offset, size);
  return writes != 0 ? report.lost() : const_cast<std::byte*>(kZeros);
}

extern "C" bool pymetal_may_access(ThreadState* thread, std::uint64_t address, std::uint64_t size) {
  return AccessReport::current()->may_access(*thread, address, size);
}

}  // namespace pymetal::backend::checked
