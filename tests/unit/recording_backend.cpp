// A device without a machine behind it: it records what it is told, and can be made to wait or to fail.
#include "recording_backend.h"

#include <algorithm>
#include <utility>

namespace pymetal::tests {
namespace {

class VectorMemory final : public backend::Memory {
 public:
  explicit VectorMemory(std::uint64_t length) : bytes_(length) {}
  std::uint64_t length() const override { return bytes_.size(); }
  std::uint64_t device_address() const override { return reinterpret_cast<std::uintptr_t>(bytes_.data()); }
  void* host_pointer() const override { return const_cast<std::uint8_t*>(bytes_.data()); }

 private:
  std::vector<std::uint8_t> bytes_;
};

class OneKernelLibrary final : public backend::CompiledLibrary {
 public:
  const std::vector<std::string>& function_names() const override { return names_; }
  const backend::FunctionInfo* find(std::string_view name) const override {
    return name == function_.name ? &function_ : nullptr;
  }
  std::vector<CompileDiagnostic> warnings() const override { return {}; }

 private:
  backend::FunctionInfo function_{"kernel_function", FunctionType::Kernel, 0, "symbol", {}, {}, 0, {}};
  std::vector<std::string> names_{function_.name};
};

class NoPipeline final : public backend::CompiledComputePipeline {
 public:
  const ComputePipelineReflection& reflection() const override { return reflection_; }
  std::uint32_t max_total_threads_per_threadgroup() const override { return 64; }
  std::uint32_t thread_execution_width() const override { return 32; }
  std::uint64_t static_threadgroup_memory_length() const override { return 0; }

 private:
  ComputePipelineReflection reflection_;
};

}  // namespace

RecordingBackend::RecordingBackend(std::string name) {
  info_.name = std::move(name);
  info_.max_threads_per_threadgroup = {1024, 1024, 64};
  info_.max_buffer_length = 1 << 20;
  info_.max_threadgroup_memory_length = 32768;
}

std::shared_ptr<backend::Memory> RecordingBackend::allocate(std::uint64_t length, StorageMode, bool) {
  return std::make_shared<VectorMemory>(length);
}

std::shared_ptr<const backend::CompiledLibrary> RecordingBackend::compile_library(const backend::LibrarySource&) {
  return std::make_shared<OneKernelLibrary>();
}

std::shared_ptr<const backend::CompiledComputePipeline> RecordingBackend::make_compute_pipeline(
    const backend::CompiledLibrary&, std::string_view, const FunctionConstantValues&) {
  return std::make_shared<NoPipeline>();
}

void RecordingBackend::execute(const backend::Command& command) {
  std::unique_lock lock(mutex_);
  most_at_once_ = std::max(most_at_once_, ++running_);
  if (party_ > 0) {
    const int round = arrived_++ / party_;
    gate_.notify_all();
    gate_.wait(lock, [&] { return arrived_ >= (round + 1) * party_; });
  }
  gate_.wait(lock, [&] { return !is_gate_closed_; });
  --running_;
  threads_.push_back(std::this_thread::get_id());
  if (!next_failure_.empty()) throw ResourceError(std::exchange(next_failure_, {}));
  if (const auto* fill = std::get_if<backend::FillBufferCommand>(&command)) fills_.push_back(fill->value);
  if (const auto* dispatch = std::get_if<backend::DispatchCommand>(&command)) dispatches_.push_back(*dispatch);
}

std::optional<std::chrono::nanoseconds> RecordingBackend::longest_time(const backend::Command&) const {
  const std::lock_guard lock(mutex_);
  return longest_time_;
}

void RecordingBackend::set_longest_time(std::optional<std::chrono::nanoseconds> time) {
  const std::lock_guard lock(mutex_);
  longest_time_ = time;
}

std::vector<std::thread::id> RecordingBackend::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_;
}

void RecordingBackend::close_gate() {
  const std::lock_guard lock(mutex_);
  is_gate_closed_ = true;
}

void RecordingBackend::open_gate() {
  const std::lock_guard lock(mutex_);
  is_gate_closed_ = false;
  gate_.notify_all();
}

void RecordingBackend::fail_next_with(std::string message) {
  const std::lock_guard lock(mutex_);
  next_failure_ = std::move(message);
}

void RecordingBackend::wait_for_each_other(int count) {
  const std::lock_guard lock(mutex_);
  party_ = count;
}

int RecordingBackend::most_at_once() const {
  const std::lock_guard lock(mutex_);
  return most_at_once_;
}

std::vector<int> RecordingBackend::fills() const {
  const std::lock_guard lock(mutex_);
  return fills_;
}

std::vector<backend::DispatchCommand> RecordingBackend::dispatches() const {
  const std::lock_guard lock(mutex_);
  return dispatches_;
}

}  // namespace pymetal::tests
