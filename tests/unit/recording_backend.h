// A device without a machine behind it: it records what it is told, and can be made to wait or to fail.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backend/backend.h"

namespace pymetal::tests {

class RecordingBackend final : public backend::Backend {
 public:
  explicit RecordingBackend(std::string name = "recorder");

  const backend::DeviceInfo& info() const override { return info_; }
  std::shared_ptr<backend::Memory> allocate(std::uint64_t length, StorageMode mode, bool is_guarded) override;
  std::shared_ptr<const backend::CompiledLibrary> compile_library(const backend::LibrarySource& source) override;
  std::shared_ptr<const backend::CompiledComputePipeline> make_compute_pipeline(
      const backend::CompiledLibrary& library, std::string_view function,
      const FunctionConstantValues& constants) override;
  std::optional<std::chrono::nanoseconds> longest_time(const backend::Command&) const override;
  void execute(const backend::Command& command) override;

  /// Commands say that they take no more than that; nothing at first.
  void set_longest_time(std::optional<std::chrono::nanoseconds> time);
  /// The thread of each command that has run.
  std::vector<std::thread::id> threads() const;

  /// Commands wait from here on, until `open_gate`.
  void close_gate();
  void open_gate();
  void fail_next_with(std::string message);
  /// Each command waits until so many run at once: a test hangs where they do not overlap.
  void wait_for_each_other(int count);
  int most_at_once() const;

  /// The value of each fill that has run.
  std::vector<int> fills() const;
  std::vector<backend::DispatchCommand> dispatches() const;

 private:
  backend::DeviceInfo info_;
  mutable std::mutex mutex_;
  std::condition_variable gate_;
  bool is_gate_closed_ = false;
  std::string next_failure_;
  int party_ = 0;
  int arrived_ = 0;
  int running_ = 0;
  int most_at_once_ = 0;
  std::vector<int> fills_;
  std::vector<std::thread::id> threads_;
  std::optional<std::chrono::nanoseconds> longest_time_;
  std::vector<backend::DispatchCommand> dispatches_;
};

}  // namespace pymetal::tests
