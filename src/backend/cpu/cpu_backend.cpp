// The device that every machine has: its CPU.
#include "backend/cpu/cpu_backend.h"

#include <cstdlib>
#include <cstring>

#include "backend/checked/executor.h"
#include "backend/cpu/cpu_library.h"
#include "backend/cpu/cpu_pipeline.h"
#include "backend/cpu/guarded_memory.h"
#include "backend/cpu/host_memory.h"
#include "backend/cpu/machine.h"
#include "backend/simd/executor.h"

namespace pymetal::backend::cpu {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// PYMETAL_EXECUTOR=checked runs thread by thread, and "simd" simdgroup by simdgroup: what is done where it says
/// nothing, except under the thread sanitizer, which sees the memory accesses of the checked executor's code alone.
Executor chosen_executor() {
#if __has_feature(thread_sanitizer)
  constexpr Executor kDefault = Executor::Checked;
#else
  constexpr Executor kDefault = Executor::Simd;
#endif
  const char* chosen = std::getenv("PYMETAL_EXECUTOR");
  const std::string_view name = chosen == nullptr ? "" : chosen;
  return name == "checked" ? Executor::Checked : name == "simd" ? Executor::Simd : kDefault;
}

std::byte* at(const Memory& memory, std::uint64_t offset) {
  return reinterpret_cast<std::byte*>(memory.device_address()) + offset;
}

}  // namespace

CpuBackend::CpuBackend() {
  const std::uint64_t memory = usable_memory();
  info_.name = "PyMetal CPU (" + processor_name() + ")";
  info_.short_name = "cpu";
  info_.max_threads_per_threadgroup = {1024, 1024, 1024};
  info_.registry_id = 0x100000001;
  info_.max_buffer_length = memory;
  info_.recommended_max_working_set_size = memory / 4 * 3;
  info_.max_threadgroup_memory_length = 32768;
  info_.is_headless = true;
  info_.has_unified_memory = true;
}

std::shared_ptr<Memory> CpuBackend::allocate(std::uint64_t length, StorageMode mode, bool is_guarded) {
  if (is_guarded && mode != StorageMode::Private) return std::make_shared<GuardedMemory>(length);
  return std::make_shared<HostMemory>(length);
}

std::shared_ptr<const CompiledLibrary> CpuBackend::compile_library(const LibrarySource& source) {
  return std::make_shared<CpuLibrary>(source);
}

std::shared_ptr<const CompiledComputePipeline> CpuBackend::make_compute_pipeline(
    const CompiledLibrary& compiled, std::string_view name, const FunctionConstantValues& constants) {
  const auto library = static_cast<const CpuLibrary&>(compiled).shared_from_this();
  const CodeTarget target{chosen_executor(), chosen_cpu(), {}};
  const KernelCode code = library->make_kernel(name, constants, target);
  const FunctionInfo& function = library->require(name);
  if (code.executor == Executor::Checked) return checked::load_pipeline(code, function);
  return simd::load_pipeline(code, function,
                             [library, name = function.name, constants, target](lowering::ThreadLayout layout) {
                               return library->make_variant(name, constants, {target.executor, target.cpu, layout});
                             });
}

std::optional<std::chrono::nanoseconds> CpuBackend::longest_time(const Command& command) const {
  // Memory that is touched for the first time comes at about 4 bytes a nanosecond.
  const auto time_of_bytes = [](std::uint64_t size) { return std::chrono::nanoseconds(100 + size / 4); };
  return std::visit(
      Overloaded{[](const DispatchCommand& dispatch) {
                   return static_cast<const CpuPipeline&>(*dispatch.pipeline).longest_time(dispatch);
                 },
                 [&](const CopyBufferCommand& copy) { return std::optional(time_of_bytes(copy.size)); },
                 [&](const FillBufferCommand& fill) { return std::optional(time_of_bytes(fill.range.length)); }},
      command);
}

void CpuBackend::execute(const Command& command) {
  std::visit(Overloaded{[](const DispatchCommand& dispatch) {
                          static_cast<const CpuPipeline&>(*dispatch.pipeline).dispatch(dispatch);
                        },
                        [](const CopyBufferCommand& copy) {
                          std::memmove(at(*copy.destination, copy.destination_offset),
                                       at(*copy.source, copy.source_offset), copy.size);
                        },
                        [](const FillBufferCommand& fill) {
                          std::memset(at(*fill.destination, fill.range.location), fill.value, fill.range.length);
                        }},
             command);
}

}  // namespace pymetal::backend::cpu
