// The thread that runs the command buffers of a queue.
#include "api/queue_worker.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "api/command_buffer_state.h"
#include "api/pass_order.h"
#include "pymetal/command_queue.h"
#include "pymetal/device.h"
#include "pymetal/event.h"
#include "support/process.h"
#include "support/stack.h"
#include "support/timeline.h"

namespace pymetal {
namespace {

/// A thread that waits runs no command buffer that may take longer: others may come that run beside it on the pool.
constexpr std::chrono::microseconds kLongestHelpInQueue(250);
/// Nor one that stands alone, if it may take longer than this: the thread must see its time run out, and signals.
constexpr std::chrono::milliseconds kLongestHelpAlone(50);
/// What a kernel's code may need of the stack of a thread that waits.
constexpr std::size_t kStackForHelp = std::size_t{512} << 10;
/// A nap is about as long as it takes to wake a thread that sleeps.
constexpr std::chrono::microseconds kNap(50);
constexpr int kNapsBeforeSleep = 10;
/// While more and more command buffers come, naps get longer, and after so many the first one has lain there enough.
constexpr std::chrono::microseconds kLongestNap(200);
constexpr int kNapsInStream = 6;
/// Command buffers that come so soon after each other are begun several at a time.
constexpr double kStreamSeconds = 20e-6;
/// As many wait to be released at most while the queue's thread is busy.
constexpr std::size_t kMostSpent = 64;

void collect_signals(const std::vector<Step>& steps, std::size_t first, std::vector<PendingSignal>& signals) {
  for (std::size_t i = first; i < steps.size(); ++i)
    if (const auto* signal = std::get_if<SignalEvent>(&steps[i]))
      signals.push_back({signal->event.get(), signal->value});
}

/// What a thread that waits runs at most of a command buffer that stands alone.
std::chrono::nanoseconds longest_help_alone(const CommandBufferState& state) {
  return state.stream.steps().size() == 1 ? std::chrono::nanoseconds(kLongestHelpAlone) : kLongestHelpInQueue;
}

}  // namespace

QueueWorker::QueueWorker(std::uint64_t max_in_flight)
    : max_in_flight_(max_in_flight), generation_(support::process_generation()) {
  support::spin_before_sleep(mutex_);
  WaitGraph::shared().add(this);
}

QueueWorker::~QueueWorker() { WaitGraph::shared().remove(this); }

void QueueWorker::require_this_process(const std::string& name) const {
  if (generation_ != support::process_generation())
    throw ResourceError(name + " was made before the process was forked, and its thread stayed behind (generation " +
                        std::to_string(generation_) + "); make a new queue in the child, or start it by spawn.");
}

void QueueWorker::enqueue(const CommandBuffer& buffer) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({&buffer});
}

void QueueWorker::commit(const std::shared_ptr<CommandBuffer>& buffer, bool is_enqueued) {
  const CommandBufferState& state = buffer->state();
  const auto longest_time = state.stream.longest_time();
  // Nobody learns of its progress but who waits for it.
  const bool is_private = longest_time && !state.stream.has_events() && state.scheduled_handlers.empty() &&
                          state.completed_handlers.empty();
  const bool is_short = longest_time && *longest_time <= kLongestHelpInQueue;
  const bool is_fit_for_waiter = longest_time && *longest_time <= longest_help_alone(state);
  // Released outside the lock.
  std::vector<std::shared_ptr<CommandBuffer>> spent;
  {
    const std::lock_guard lock(mutex_);
    spent.swap(spent_);
    if (!is_enqueued) entries_.push_back({buffer.get()});
    Entry& entry = is_enqueued ? *std::ranges::find(entries_, buffer.get(), &Entry::key) : entries_.back();
    entry.committed = buffer;
    entry.longest_time = longest_time;
    ++commit_count_;
    committed_count_.fetch_add(1, std::memory_order_relaxed);
    if (!is_started_) {
      std::thread([self = shared_from_this()] { self->work_loop(); }).detach();
      is_started_ = true;
    }
    const bool is_stream = state.kernel_start - std::exchange(last_commit_, state.kernel_start) < kStreamSeconds;
    const bool may_rest =
        is_napping_ && is_private && ((expects_waiter_ && is_fit_for_waiter) || (is_stream && is_short));
    if (is_idle_ && !may_rest) changed_.notify_one();
  }
  WaitGraph::shared().note_commit();
}

void QueueWorker::forget(const CommandBuffer& buffer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == &buffer; });
  changed_.notify_one();
}

void QueueWorker::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_one();
}

bool QueueWorker::wait_for_room(std::chrono::nanoseconds timeout) {
  const auto has_room = [&] { return committed_count_.load(std::memory_order_relaxed) < max_in_flight_; };
  if (has_room()) return true;
  if (timeout <= std::chrono::nanoseconds(0)) return false;
  help(nullptr, timeout);
  std::unique_lock lock(mutex_);
  ++waiters_for_room_;
  const bool found = has_room_.wait_for(lock, timeout, has_room);
  --waiters_for_room_;
  return found;
}

std::vector<PendingSignal> QueueWorker::pending_signals() {
  std::vector<PendingSignal> signals;
  const std::lock_guard lock(mutex_);
  if (!running_.empty() && running_.back()->unfinished > 0)
    collect_signals(running_.back()->buffer->state().stream.steps(), current_step_, signals);
  for (const Entry& entry : entries_)
    if (entry.committed != nullptr) collect_signals(entry.committed->state().stream.steps(), 0, signals);
  return signals;
}

std::string QueueWorker::describe_work() {
  const std::lock_guard lock(mutex_);
  if (!running_.empty())
    return running_.front()->buffer->command_queue()->name() + " runs " + running_.front()->buffer->name();
  if (entries_.empty()) return {};
  const auto next = std::ranges::find_if(entries_, [](const Entry& entry) { return entry.committed != nullptr; });
  const std::string name =
      next == entries_.end() ? std::string("A command queue") : next->committed->command_queue()->name();
  return name + " waits for a command buffer that is enqueued and not committed";
}

void QueueWorker::work_loop() {
  pthread_setname_np(pthread_self(), "pymetal-queue");
  // Naps end on time.
  prctl(PR_SET_TIMERSLACK, 1UL);
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!can_begin() || spent_.size() >= kMostSpent) release_spent(lock);
    if (!can_begin()) {
      sleep(lock);
      if (entries_.empty() && is_closed_) break;
      continue;
    }
    if (support::process_is_ending()) return;
    run_next(lock, false);
  }
  lock.unlock();
  in_flight_.wait_for_all();
}

void QueueWorker::sleep(std::unique_lock<QueueMutex>& lock) {
  const auto is_due = [&] { return can_begin() || (entries_.empty() && is_closed_); };
  is_idle_ = true;
  is_napping_ = true;
  int naps_in_sight = 0;
  std::uint64_t begun = begun_count_;
  std::uint64_t count = commit_count_;
  for (int naps = 0; is_napping_ && naps < kNapsBeforeSleep; ++naps) {
    const auto nap = std::min(kLongestNap, kNap * (1 << naps_in_sight));
    const bool is_woken = changed_.wait_for(lock, nap) == std::cv_status::no_timeout;
    const bool more_came = std::exchange(count, commit_count_) != commit_count_;
    if (is_due()) {
      if (is_woken || entries_.empty()) break;
      naps_in_sight = std::exchange(begun, begun_count_) == begun_count_ ? naps_in_sight + 1 : 0;
      // Who commits more is busy with that, and two threads would be in each other's way.
      if (more_came ? naps_in_sight == kNapsInStream : naps_in_sight > 0 || !expects_waiter_) {
        expects_waiter_ = false;
        break;
      }
    }
    if (more_came) naps = 0;
  }
  is_napping_ = false;
  changed_.wait(lock, is_due);
  is_idle_ = false;
}

bool QueueWorker::can_help(std::chrono::nanoseconds limit) const {
  if (!can_begin() || !running_.empty()) return false;
  const Entry& next = entries_.front();
  const std::chrono::nanoseconds longest =
      entries_.size() == 1 ? longest_help_alone(next.committed->state()) : kLongestHelpInQueue;
  return next.longest_time && *next.longest_time <= std::min(limit, longest);
}

void QueueWorker::help(const CommandBuffer* awaited, std::chrono::nanoseconds limit) {
  if (support::stack_left() < kStackForHelp) limit = std::chrono::nanoseconds(0);
  const auto is_enough = [&] {
    return awaited == nullptr ? committed_count_.load(std::memory_order_relaxed) < max_in_flight_
                              : std::ranges::find(entries_, awaited, &Entry::key) == entries_.end();
  };
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  expects_waiter_ = true;
  while (!is_enough() && can_help(limit - (std::chrono::steady_clock::now() - begin))) run_next(lock, true);
  if (is_idle_ && can_begin()) changed_.notify_one();
  release_spent(lock);
}

void QueueWorker::release_spent(std::unique_lock<QueueMutex>& lock) {
  std::vector<std::shared_ptr<CommandBuffer>> spent = std::exchange(spent_, {});
  lock.unlock();
  spent.clear();
  lock.lock();
}

void QueueWorker::run_next(std::unique_lock<QueueMutex>& lock, bool is_alone) {
  const auto running = std::make_shared<Running>(Running{std::move(entries_.front().committed)});
  entries_.pop_front();
  running_.push_back(running);
  ++begun_count_;
  current_step_.store(0, std::memory_order_relaxed);
  is_driven_ = true;
  lock.unlock();
  run(running, is_alone);
  lock.lock();
  is_driven_ = false;
  finish_part(lock, *running);
}

void QueueWorker::run(const std::shared_ptr<Running>& running, bool is_alone) {
  CommandBuffer& buffer = *running->buffer;
  CommandBufferState& state = buffer.state();
  state.begin_running(running->buffer);
  const std::vector<Step>& steps = state.stream.steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    current_step_.store(i, std::memory_order_relaxed);
    if (std::holds_alternative<Pass>(steps[i])) {
      if (!state.has_failed()) run_pass_here_or_on_pool(running, i, is_alone);
    } else if (const auto* wait = std::get_if<WaitForEvent>(&steps[i])) {
      if (state.has_failed()) continue;
      if (auto failure = WaitGraph::shared().wait(*this, buffer, *wait->event, wait->value)) state.fail(*failure);
    } else {
      // Made even after a failure: who waits for it must not hang. What failed is in the command buffer's error.
      const auto& signal = std::get<SignalEvent>(steps[i]);
      in_flight_.wait_for_all();
      signal.event->timeline().advance(signal.value);
    }
  }
  current_step_.store(steps.size(), std::memory_order_relaxed);
}

const Step* QueueWorker::next_step(const std::vector<Step>& steps, std::size_t step) {
  if (step + 1 < steps.size()) return &steps[step + 1];
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || entries_.front().committed == nullptr) return nullptr;
  const std::vector<Step>& following = entries_.front().committed->state().stream.steps();
  return following.empty() ? nullptr : &following.front();
}

void QueueWorker::run_pass_here_or_on_pool(const std::shared_ptr<Running>& running, std::size_t step, bool is_alone) {
  CommandBufferState& state = running->buffer->state();
  const std::vector<Step>& steps = state.stream.steps();
  const Pass& pass = std::get<Pass>(steps[step]);
  backend::Backend& backend = running->buffer->device()->backend();
  in_flight_.wait_for_predecessors(pass);

  const auto run_and_note_failure = [&pass, &state, &backend] {
    try {
      run_pass(backend, pass);
    } catch (const std::exception& error) {
      state.fail(describe_failure(pass, error));
    }
  };
  const bool is_brief = pass.longest_time && *pass.longest_time <= kBriefTime;
  const bool may_overlap = !is_alone && !is_brief && support::ThreadPool::shared().concurrency() > 1;
  const Step* next = may_overlap ? next_step(steps, step) : nullptr;
  const auto* next_pass = next == nullptr ? nullptr : std::get_if<Pass>(next);
  if (next_pass == nullptr || must_follow(*next_pass, pass)) return run_and_note_failure();
  {
    const std::lock_guard lock(mutex_);
    ++running->unfinished;
  }
  in_flight_.launch(pass, run_and_note_failure, [self = shared_from_this(), running] {
    std::unique_lock lock(self->mutex_);
    self->finish_part(lock, *running);
    self->release_spent(lock);
  });
}

/// A thread that is woken for a single place would sleep again at once: one is woken when half of the places are free,
/// more only while they stay free, and all when nothing is left.
void QueueWorker::wake_for_room(std::uint64_t left) {
  if (waiters_for_room_ == 0) return;
  const std::uint64_t step = std::max<std::uint64_t>(1, max_in_flight_ / 8);
  if (left == 0)
    has_room_.notify_all();
  else if (left <= max_in_flight_ / 2 && left % step == 0)
    has_room_.notify_one();
}

void QueueWorker::finish_part(std::unique_lock<QueueMutex>& lock, Running& part) {
  if (--part.unfinished > 0 || is_completing_) return;
  is_completing_ = true;
  while (!running_.empty() && running_.front()->unfinished == 0) {
    Running& completed = *running_.front();
    lock.unlock();
    completed.buffer->state().complete(completed.buffer);
    lock.lock();
    spent_.push_back(std::move(completed.buffer));
    running_.pop_front();
    const std::uint64_t left = committed_count_.fetch_sub(1, std::memory_order_relaxed) - 1;
    wake_for_room(left);
  }
  is_completing_ = false;
}

}  // namespace pymetal
