// Guards the contents of buffers from the host while commands use them.
#include "api/hazard_guard.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "pymetal/buffer.h"
#include "pymetal/command_buffer.h"
#include "pymetal/error.h"
#include "pymetal/wait_limit.h"
#include "support/fault_handler.h"
#include "support/lock_order.h"

namespace pymetal {
namespace {

/// How long a touch waits for the commands: they may themselves wait for the thread that touches.
constexpr std::chrono::seconds kLongestWait(10);

ValidationMode mode_of_environment() {
  const char* text = std::getenv("PYMETAL_VALIDATION");
  const std::string value = text == nullptr ? "" : text;
  if (value.empty() || value == "0") return ValidationMode::Off;
  return value == "strict" ? ValidationMode::Strict : ValidationMode::Warn;
}

std::string print_and_wait(const Hazard& hazard, const std::function<void()>& wait) {
  std::fprintf(stderr, "PyMetal: %s\n", hazard.message.c_str());
  wait();
  return hazard.message;
}

std::atomic<HazardHandler> hazard_handler{&print_and_wait};
thread_local std::optional<std::string> pending_error;

void report(const std::string& message, const std::function<void()>& wait) {
  const std::string full = hazard_handler.load(std::memory_order_relaxed)({message}, wait);
  if (validation_mode() == ValidationMode::Strict) throw_at_next_call(full);
}

}  // namespace

ValidationMode validation_mode() {
  static const ValidationMode mode = mode_of_environment();
  return mode;
}

void set_hazard_handler(HazardHandler handler) {
  hazard_handler.store(handler == nullptr ? &print_and_wait : handler, std::memory_order_relaxed);
}

void throw_at_next_call(const std::string& message) { pending_error = message; }

namespace hazard_guard {
namespace {

/// A pass of an incomplete command buffer that uses a buffer.
struct Use {
  const CommandBuffer* commands;
  std::string pass;
  bool writes;
};

struct Guarded {
  const Buffer* buffer;
  backend::Memory* memory;
  std::vector<Use> uses;

  backend::HostAccess allowed() const {
    backend::HostAccess access = backend::HostAccess::ReadAndWrite;
    for (const Use& use : uses) {
      if (use.writes) return backend::HostAccess::None;
      access = backend::HostAccess::Read;
    }
    return access;
  }
};

struct Guard {
  support::Mutex<support::LockRank::HazardGuard> mutex;
  support::ConditionVariable reopened;
  /// By the first address of the host's mapping.
  std::map<std::uintptr_t, Guarded> buffers;

  Guarded* find(std::uintptr_t address) {
    auto next = buffers.upper_bound(address);
    if (next == buffers.begin()) return nullptr;
    const auto& [begin, guarded] = *--next;
    return address - begin < guarded.memory->length() ? &next->second : nullptr;
  }
  Guarded* find(const backend::Memory& memory) {
    return memory.host_pointer() == nullptr ? nullptr : find(reinterpret_cast<std::uintptr_t>(memory.host_pointer()));
  }
};

Guard& guard() {
  // Never destroyed: commands may run until the process ends.
  static auto* instance = new Guard;
  return *instance;
}

std::string describe(const Guarded& guarded, support::Touch touch) {
  const Use& use = guarded.uses.front();
  const char* verb = touch == support::Touch::Write ? "writes to" : touch == support::Touch::Read ? "reads" : "touches";
  return std::string("The host ") + verb + " the contents of " + guarded.buffer->name() + " while " +
         use.commands->name() + " is committed and not complete: its pass " + use.pass +
         (use.writes ? " may write them" : " may read them") +
         ". Call wait_until_completed() first, or use another buffer.";
}

void wait_until_open(std::uintptr_t address) {
  const std::chrono::nanoseconds limit =
      std::min<std::chrono::nanoseconds>(wait_timeout().value_or(kLongestWait), kLongestWait);
  std::unique_lock lock(guard().mutex);
  const auto is_open = [&] {
    const Guarded* guarded = guard().find(address);
    return guarded == nullptr || guarded->uses.empty();
  };
  if (guard().reopened.wait_for(lock, limit, is_open)) return;
  Guarded* guarded = guard().find(address);
  guarded->memory->set_host_access(backend::HostAccess::ReadAndWrite);
}

/// Called by the fault handler. Returns false for an address that is none of ours. Since only code outside PyMetal
/// touches guarded memory, the thread holds none of its locks.
bool handle_fault(std::uintptr_t address, support::Touch touch) {
  std::string message;
  {
    const std::lock_guard lock(guard().mutex);
    const Guarded* guarded = guard().find(address);
    if (guarded == nullptr) return false;
    // It may have been reopened since the fault: then the touch is simply tried again.
    if (guarded->uses.empty()) return true;
    if (guarded->allowed() == backend::HostAccess::Read) touch = support::Touch::Write;
    message = describe(*guarded, touch);
  }
  report(message, [address] { wait_until_open(address); });
  return true;
}

}  // namespace

const bool is_enabled = validation_mode() != ValidationMode::Off;

void watch_buffer(Buffer& buffer) {
  if (buffer.memory()->host_pointer() == nullptr) return;
  support::add_fault_handler(&handle_fault);
  const std::lock_guard lock(guard().mutex);
  const auto address = reinterpret_cast<std::uintptr_t>(buffer.memory()->host_pointer());
  guard().buffers[address] = {&buffer, buffer.memory().get(), {}};
}

void forget_buffer(Buffer& buffer) {
  std::string message;
  {
    const std::lock_guard lock(guard().mutex);
    const Guarded* guarded = guard().find(*buffer.memory());
    if (guarded == nullptr) return;
    if (!guarded->uses.empty())
      message = buffer.name() + " is released while " + guarded->uses.front().commands->name() +
                ", which retains no references, is committed and not complete. Keep the buffer until then.";
    guard().buffers.erase(reinterpret_cast<std::uintptr_t>(buffer.memory()->host_pointer()));
    guard().reopened.notify_all();
  }
  if (!message.empty()) report(message, [] {});
}

void close_for(const CommandBuffer& commands, const CommandStream& stream) {
  const std::lock_guard lock(guard().mutex);
  for (const Step& step : stream.steps())
    if (const auto* pass = std::get_if<Pass>(&step))
      for (const Access& access : pass->accesses)
        if (Guarded* guarded = guard().find(*access.memory)) {
          guarded->uses.push_back({&commands, pass->name, access.writes});
          guarded->memory->set_host_access(guarded->allowed());
        }
}

void reopen_after(const CommandBuffer& commands, const CommandStream& stream) {
  const std::lock_guard lock(guard().mutex);
  for (const Step& step : stream.steps())
    if (const auto* pass = std::get_if<Pass>(&step))
      for (const Access& access : pass->accesses)
        if (Guarded* guarded = guard().find(*access.memory)) {
          std::erase_if(guarded->uses, [&](const Use& use) { return use.commands == &commands; });
          guarded->memory->set_host_access(guarded->allowed());
        }
  guard().reopened.notify_all();
}

void throw_pending_error() {
  if (pending_error) throw ThreadingError(*std::exchange(pending_error, std::nullopt));
}

}  // namespace hazard_guard
}  // namespace pymetal
