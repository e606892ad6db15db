// The seam between Metal's objects (api/) and the machines that run them: what a device must be able to do.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/function_info.h"
#include "compiler/library_source.h"
#include "pymetal/error.h"
#include "pymetal/function_constant_values.h"
#include "pymetal/geometry.h"
#include "pymetal/reflection.h"

namespace pymetal::backend {

inline constexpr std::uint32_t kBufferSlots = 32;
inline constexpr std::uint32_t kThreadgroupMemorySlots = 32;

/// A kernel reaches for memory that it has not: ends its command as a page fault.
class AccessError : public Error {
 public:
  using Error::Error;
};

struct DeviceInfo {
  /// What the program sees, and the short name that PYMETAL_DEVICE takes as well.
  std::string name;
  std::string short_name;
  Size max_threads_per_threadgroup;
  std::uint64_t registry_id = 0;
  std::uint64_t max_buffer_length = 0;
  std::uint64_t recommended_max_working_set_size = 0;
  std::uint64_t max_threadgroup_memory_length = 0;
  bool is_low_power = false;
  bool is_headless = false;
  bool is_removable = false;
  bool has_unified_memory = false;
};

/// What the host may do with the contents of a resource.
enum class HostAccess { None, Read, ReadAndWrite };

/// The storage behind one resource. Zero-filled when it is made.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual std::uint64_t length() const = 0;
  /// The address that device code sees.
  virtual std::uint64_t device_address() const = 0;
  /// The address that the host may use, or null.
  virtual void* host_pointer() const = 0;
  /// Opens or closes the host's mapping, where it was allocated with a guard.
  virtual void set_host_access(HostAccess) {}
};

using compiler::FunctionInfo;
using compiler::LibrarySource;

/// Compiled source. May be used by many threads at once.
class CompiledLibrary {
 public:
  virtual ~CompiledLibrary() = default;
  virtual const std::vector<std::string>& function_names() const = 0;
  /// The function of that name, or null. Throws CompileError where its compilation was deferred and fails now.
  virtual const FunctionInfo* find(std::string_view name) const = 0;
  /// What the compiler has warned of up to now.
  virtual std::vector<CompileDiagnostic> warnings() const = 0;
};

/// A compute function ready to run. Immutable; may be used by many threads at once.
class CompiledComputePipeline {
 public:
  virtual ~CompiledComputePipeline() = default;
  virtual const ComputePipelineReflection& reflection() const = 0;
  virtual std::uint32_t max_total_threads_per_threadgroup() const = 0;
  virtual std::uint32_t thread_execution_width() const = 0;
  /// Bytes that the function's own threadgroup variables take.
  virtual std::uint64_t static_threadgroup_memory_length() const = 0;
};

/// Runs a compute function over a grid.
struct DispatchCommand {
  std::shared_ptr<const CompiledComputePipeline> pipeline;
  /// Device address per buffer slot; 0 where nothing is bound.
  std::array<std::uint64_t, kBufferSlots> buffers{};
  /// Bytes from that address to the end of what is bound.
  std::array<std::uint64_t, kBufferSlots> buffer_lengths{};
  /// Bytes per `[[threadgroup(n)]]` argument; 0 where the pipeline has none.
  std::array<std::uint32_t, kThreadgroupMemorySlots> threadgroup_memory{};
  Size threads_per_grid;
  Size threads_per_threadgroup;
};

struct CopyBufferCommand {
  std::shared_ptr<const Memory> source;
  std::uint64_t source_offset = 0;
  std::shared_ptr<Memory> destination;
  std::uint64_t destination_offset = 0;
  std::uint64_t size = 0;
};

struct FillBufferCommand {
  std::shared_ptr<Memory> destination;
  Range range;
  std::uint8_t value = 0;
};

using Command = std::variant<DispatchCommand, CopyBufferCommand, FillBufferCommand>;

/// One kind of device. Every member function may be called from any thread.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual const DeviceInfo& info() const = 0;
  /// `is_guarded`: the host's mapping is one of its own, which can be closed. Throws ResourceError when the machine has
  /// no such memory.
  virtual std::shared_ptr<Memory> allocate(std::uint64_t length, StorageMode mode, bool is_guarded) = 0;
  /// Throws CompileError.
  virtual std::shared_ptr<const CompiledLibrary> compile_library(const LibrarySource& source) = 0;
  /// Throws PipelineError, and ValidationError where constants are of another type.
  virtual std::shared_ptr<const CompiledComputePipeline> make_compute_pipeline(
      const CompiledLibrary& library, std::string_view function, const FunctionConstantValues& constants) = 0;
  /// What the command takes at most, at a rough guess; nothing where it may take any time, such as a kernel with a loop
  /// that depends on its data.
  virtual std::optional<std::chrono::nanoseconds> longest_time(const Command&) const { return std::nullopt; }
  /// Runs one command to its end. Throws pymetal::Error when it cannot.
  virtual void execute(const Command& command) = 0;
};

}  // namespace pymetal::backend
