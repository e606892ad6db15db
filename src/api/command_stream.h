// The commands of one command buffer, and everything that must live until they have run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/backend.h"

namespace pymetal {

class Event;
class Fence;

/// What the commands of a pass do with one piece of memory.
struct Access {
  std::shared_ptr<backend::Memory> memory;
  bool writes = false;
  /// The device orders passes by it.
  bool is_tracked = true;
};

/// What one encoder has encoded.
struct Pass {
  std::string name;
  /// The commands may run at the same time, save where a barrier stands between them.
  bool is_concurrent = false;
  std::vector<backend::Command> commands;
  /// For each barrier the number of commands before it.
  std::vector<std::size_t> barriers;
  /// One for each piece of memory, ordered by its address, once the encoder has ended.
  std::vector<Access> accesses;
  std::vector<std::shared_ptr<const Fence>> waits;
  std::vector<std::shared_ptr<const Fence>> updates;
  /// What the commands take at most, one after the other, where that is known; set once the encoder has ended.
  std::optional<std::chrono::nanoseconds> longest_time;
};

struct SignalEvent {
  std::shared_ptr<Event> event;
  std::uint64_t value = 0;
};

struct WaitForEvent {
  std::shared_ptr<Event> event;
  std::uint64_t value = 0;
};

using Step = std::variant<Pass, SignalEvent, WaitForEvent>;

class CommandStream {
 public:
  Pass& begin_pass() { return std::get<Pass>(steps_.emplace_back(Pass())); }
  /// The pass of the open encoder.
  Pass& pass() { return std::get<Pass>(steps_.back()); }
  void append(Step step) { steps_.push_back(std::move(step)); }
  void retain(std::shared_ptr<const void> object) { retained_.push_back(std::move(object)); }

  /// Copies bytes to where they stay until the commands have run; aligned for any type of MSL.
  const std::byte* copy(const void* data, std::size_t length) {
    constexpr std::size_t kAlignment = 64;
    auto memory =
        std::shared_ptr<std::byte>(static_cast<std::byte*>(::operator new(length, std::align_val_t(kAlignment))),
                                   [](std::byte* bytes) { ::operator delete(bytes, std::align_val_t(kAlignment)); });
    std::memcpy(memory.get(), data, length);
    const std::byte* address = memory.get();
    retain(std::move(memory));
    return address;
  }

  const std::vector<Step>& steps() const { return steps_; }
  /// What all steps take at most; nothing where that is not known, as where one waits for an event.
  std::optional<std::chrono::nanoseconds> longest_time() const {
    std::chrono::nanoseconds time(0);
    for (const Step& step : steps_) {
      const auto* pass = std::get_if<Pass>(&step);
      if (std::holds_alternative<WaitForEvent>(step) || (pass != nullptr && !pass->longest_time)) return std::nullopt;
      if (pass != nullptr) time += *pass->longest_time;
    }
    return time;
  }
  bool has_events() const {
    return std::ranges::any_of(steps_, [](const Step& step) { return !std::holds_alternative<Pass>(step); });
  }

  /// Lets go of everything but a little memory, which goes with the command buffer.
  void clear() {
    retained_.clear();
    for (Step& step : steps_)
      if (auto* pass = std::get_if<Pass>(&step); pass != nullptr && pass->commands.size() <= kFewCommands) {
        pass->commands.clear();
        pass->accesses.clear();
        pass->waits.clear();
        pass->updates.clear();
      } else {
        step = SignalEvent();
      }
  }

 private:
  static constexpr std::size_t kFewCommands = 8;

  std::vector<Step> steps_;
  std::vector<std::shared_ptr<const void>> retained_;
};

}  // namespace pymetal
