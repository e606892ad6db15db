// The device that every machine has: its CPU.
#include "backend/cpu/cpu_backend.h"

#include <cstring>

#include "backend/cpu/guarded_memory.h"
#include "backend/cpu/host_memory.h"
#include "backend/cpu/machine.h"
#include "backend/cpu/toolchain.h"

namespace pymetal::backend::cpu {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

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
  return load_toolchain().compile_library(source);
}

std::shared_ptr<const CompiledComputePipeline> CpuBackend::make_compute_pipeline(
    const CompiledLibrary& library, std::string_view function, const FunctionConstantValues& constants) {
  return load_toolchain().make_compute_pipeline(library, function, constants);
}

void CpuBackend::execute(const Command& command) {
  std::visit(Overloaded{[](const DispatchCommand& dispatch) { load_toolchain().dispatch(dispatch); },
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
