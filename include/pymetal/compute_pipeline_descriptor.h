// What a compute pipeline state is made of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace pymetal {

class Function;

struct ComputePipelineDescriptor {
  std::string label;
  std::shared_ptr<Function> compute_function;
  /// A promise, which every dispatch is held to.
  bool thread_group_size_is_multiple_of_thread_execution_width = false;
  /// A lower limit than the function's own; 0 for none.
  std::uint64_t max_total_threads_per_threadgroup = 0;
};

}  // namespace pymetal
