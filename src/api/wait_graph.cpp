// Which queue waits for which event, in the whole process: finds waits that can never end.
#include "api/wait_graph.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "api/queue_worker.h"
#include "pymetal/command_queue.h"
#include "pymetal/error.h"
#include "pymetal/event.h"
#include "pymetal/wait_limit.h"
#include "support/process.h"
#include "support/timeline.h"

namespace pymetal {
namespace {

std::string seconds_text(std::chrono::nanoseconds time) {
  std::string text = std::to_string(std::chrono::duration<double>(time).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

std::string limit_text() { return "PYMETAL_WAIT_TIMEOUT (" + seconds_text(*wait_timeout()) + ")"; }

}  // namespace

std::optional<std::chrono::nanoseconds> wait_timeout() {
  static const auto timeout = []() -> std::optional<std::chrono::nanoseconds> {
    const char* text = std::getenv("PYMETAL_WAIT_TIMEOUT");
    if (text == nullptr || *text == '\0') return std::nullopt;
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    if (*end != '\0' || !(seconds > 0) || seconds > 1e9)
      throw ValidationError(std::string("PYMETAL_WAIT_TIMEOUT is a positive number of seconds (") + text + ").");
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  }();
  return timeout;
}

std::string describe_queues() { return WaitGraph::shared().describe_queues(); }

void WaitLimit::check(const std::string& waiter) const {
  const std::optional<std::chrono::nanoseconds> limit = wait_timeout();
  if (limit && std::chrono::steady_clock::now() - begin_ > *limit)
    throw Error(waiter + ": the wait takes longer than " + limit_text() + ".\n" + describe_queues());
}

WaitGraph& WaitGraph::shared() {
  // Never destroyed: queues may run until the process ends. A forked child begins with an empty one.
  static std::atomic<WaitGraph*> graph{new WaitGraph};
  static std::atomic<unsigned> generation{support::process_generation()};
  unsigned seen = generation.load(std::memory_order_acquire);
  if (seen != support::process_generation() &&
      generation.compare_exchange_strong(seen, support::process_generation(), std::memory_order_acq_rel))
    graph.store(new WaitGraph, std::memory_order_release);
  return *graph.load(std::memory_order_acquire);
}

void WaitGraph::add(QueueWorker* queue) {
  const std::lock_guard lock(mutex_);
  queues_.push_back(queue);
}

void WaitGraph::remove(QueueWorker* queue) {
  const std::lock_guard lock(mutex_);
  std::erase(queues_, queue);
}

std::optional<CommandBufferFailure> WaitGraph::wait(QueueWorker& queue, const CommandBuffer& buffer, const Event& event,
                                                    std::uint64_t value) {
  support::Timeline& timeline = event.timeline();
  if (timeline.spin(value)) return std::nullopt;
  Blocked blocked{&queue, &buffer, &event, value, std::nullopt};
  {
    const std::lock_guard lock(mutex_);
    blocked_.push_back(&blocked);
    blocked_count_.fetch_add(1, std::memory_order_seq_cst);
  }
  find_cycles();
  const support::Deadline begin = std::chrono::steady_clock::now();
  const std::optional<std::chrono::nanoseconds> limit = wait_timeout();
  std::optional<CommandBufferFailure> failure;
  for (;;) {
    // The slice bounds the harm where a cycle is found between the look at it and the sleep.
    const support::Deadline now = std::chrono::steady_clock::now();
    if (timeline.wait(value, now + std::min<std::chrono::nanoseconds>(limit.value_or(std::chrono::milliseconds(100)),
                                                                      std::chrono::milliseconds(100))))
      break;
    {
      const std::lock_guard lock(mutex_);
      if (blocked.cycle) break;
    }
    if (limit && std::chrono::steady_clock::now() - begin > *limit) {
      failure = {CommandBufferError::Timeout, "The command buffer waits for " + event.name() + " to reach " +
                                                  std::to_string(value) + " longer than " + limit_text() + ".\n" +
                                                  describe_queues()};
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  // Also where another member of the cycle has failed meanwhile and made its signal: nobody kept the order.
  if (blocked.cycle)
    failure = {CommandBufferError::Timeout, "The command buffer waits in a cycle: " + *blocked.cycle + "."};
  std::erase(blocked_, &blocked);
  blocked_count_.fetch_sub(1, std::memory_order_seq_cst);
  return failure;
}

std::string WaitGraph::describe(const Blocked& blocked) {
  return blocked.buffer->command_queue()->name() + " waits in " + blocked.buffer->name() + " for " +
         blocked.event->name() + " to reach " + std::to_string(blocked.value) + " (it is " +
         std::to_string(blocked.event->timeline().value()) + ")";
}

void WaitGraph::find_cycles() {
  const std::lock_guard lock(mutex_);
  const std::vector<Blocked*> deadlocked = find_deadlocked();
  if (deadlocked.empty()) return;
  std::string text;
  for (const Blocked* blocked : deadlocked) text += (text.empty() ? "" : "; ") + describe(*blocked);
  text += deadlocked.size() == 1 ? ", which only commands behind the wait would signal"
                                 : "; each event would be signaled only by commands behind another's wait";
  for (Blocked* blocked : deadlocked) {
    blocked->cycle = text;
    blocked->event->timeline().wake();
  }
}

/// The rule: a wait cannot end when its exact value is signaled by commands that have been committed, and all commands
/// that would end it stand behind waits of the same kind. Where only higher values are pending (a queue's own next
/// step in a game of ping-pong), the right signal is still to be committed; a shared event may be signaled by the host.
std::vector<WaitGraph::Blocked*> WaitGraph::find_deadlocked() {
  std::map<const QueueWorker*, std::vector<PendingSignal>> pending;
  for (QueueWorker* queue : queues_) pending[queue] = queue->pending_signals();
  std::vector<Blocked*> candidates;
  for (Blocked* blocked : blocked_)
    if (!blocked->event->is_shared() && !blocked->cycle && blocked->event->timeline().value() < blocked->value)
      candidates.push_back(blocked);
  const auto is_candidate = [&](const QueueWorker* queue) {
    return std::ranges::find(candidates, queue, &Blocked::queue) != candidates.end();
  };
  const auto may_end = [&](const Blocked* blocked) {
    bool is_exact_value_pending = false;
    for (const auto& [queue, signals] : pending)
      for (const PendingSignal& signal : signals) {
        if (signal.event != blocked->event || signal.value < blocked->value) continue;
        if (!is_candidate(queue)) return true;
        is_exact_value_pending |= signal.value == blocked->value;
      }
    return !is_exact_value_pending;
  };
  while (std::erase_if(candidates, may_end) != 0) {
  }
  return candidates;
}

std::string WaitGraph::describe_queues() {
  const std::lock_guard lock(mutex_);
  std::string text = "What the queues wait for:";
  bool is_empty = true;
  for (QueueWorker* queue : queues_) {
    const auto blocked = std::ranges::find(blocked_, queue, &Blocked::queue);
    const std::string line = blocked == blocked_.end() ? queue->describe_work() : describe(**blocked);
    if (line.empty()) continue;
    text += "\n  " + line + ".";
    is_empty = false;
  }
  return is_empty ? text + " nothing." : text;
}

}  // namespace pymetal
