// The thread that runs the command buffers of a queue.
#include "api/queue_worker.h"

#include <pthread.h>

#include <algorithm>
#include <thread>

#include "api/command_buffer_state.h"
#include "api/pass_order.h"
#include "pymetal/command_queue.h"
#include "pymetal/device.h"
#include "pymetal/event.h"
#include "support/process.h"
#include "support/timeline.h"

namespace pymetal {
namespace {

void collect_signals(const std::vector<Step>& steps, std::size_t first, std::vector<PendingSignal>& signals) {
  for (std::size_t i = first; i < steps.size(); ++i)
    if (const auto* signal = std::get_if<SignalEvent>(&steps[i]))
      signals.push_back({signal->event.get(), signal->value});
}

}  // namespace

QueueWorker::QueueWorker(std::uint64_t max_in_flight)
    : max_in_flight_(max_in_flight), generation_(support::process_generation()) {
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
  entries_.push_back({&buffer, nullptr});
}

void QueueWorker::commit(const std::shared_ptr<CommandBuffer>& buffer, bool is_enqueued) {
  {
    const std::lock_guard lock(mutex_);
    if (is_enqueued)
      std::ranges::find(entries_, buffer.get(), &Entry::key)->committed = buffer;
    else
      entries_.push_back({buffer.get(), buffer});
    ++committed_count_;
    if (!is_started_) {
      std::thread([self = shared_from_this()] { self->work_loop(); }).detach();
      is_started_ = true;
    }
    if (is_idle_) changed_.notify_one();
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
  std::unique_lock lock(mutex_);
  return has_room_.wait_for(lock, timeout, [&] { return committed_count_ < max_in_flight_; });
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
  std::unique_lock lock(mutex_);
  for (;;) {
    is_idle_ = true;
    changed_.wait(lock, [&] { return entries_.empty() ? is_closed_ : entries_.front().committed != nullptr; });
    is_idle_ = false;
    if (support::process_is_ending()) return;
    if (entries_.empty()) break;
    auto running = std::make_shared<Running>(Running{std::move(entries_.front().committed)});
    entries_.pop_front();
    running_.push_back(running);
    current_step_ = 0;
    lock.unlock();
    run(running);
    // Outside the lock: this may be the last reference to the buffer, and with it to the queue.
    running.reset();
    lock.lock();
  }
  lock.unlock();
  in_flight_.wait_for_all();
}

void QueueWorker::run(const std::shared_ptr<Running>& running) {
  CommandBuffer& buffer = *running->buffer;
  CommandBufferState& state = buffer.state();
  state.begin_running(running->buffer);
  const std::vector<Step>& steps = state.stream.steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    {
      const std::lock_guard lock(mutex_);
      current_step_ = i;
    }
    if (std::holds_alternative<Pass>(steps[i])) {
      if (!state.has_failed()) run_pass_here_or_on_pool(running, i);
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
  {
    const std::lock_guard lock(mutex_);
    current_step_ = steps.size();
  }
  finish_part(*running);
}

const Step* QueueWorker::next_step(const std::vector<Step>& steps, std::size_t step) {
  if (step + 1 < steps.size()) return &steps[step + 1];
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || entries_.front().committed == nullptr) return nullptr;
  const std::vector<Step>& following = entries_.front().committed->state().stream.steps();
  return following.empty() ? nullptr : &following.front();
}

void QueueWorker::run_pass_here_or_on_pool(const std::shared_ptr<Running>& running, std::size_t step) {
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
  const Step* next = support::ThreadPool::shared().concurrency() > 1 ? next_step(steps, step) : nullptr;
  const auto* next_pass = next == nullptr ? nullptr : std::get_if<Pass>(next);
  if (next_pass == nullptr || must_follow(*next_pass, pass)) return run_and_note_failure();
  {
    const std::lock_guard lock(mutex_);
    ++running->unfinished;
  }
  in_flight_.launch(pass, run_and_note_failure, [self = shared_from_this(), running] { self->finish_part(*running); });
}

void QueueWorker::finish_part(Running& running) {
  {
    const std::lock_guard lock(mutex_);
    if (--running.unfinished > 0) return;
  }
  complete_in_order();
}

void QueueWorker::complete_in_order() {
  std::unique_lock lock(mutex_);
  if (is_completing_) return;
  is_completing_ = true;
  while (!running_.empty() && running_.front()->unfinished == 0) {
    std::shared_ptr<Running> running = running_.front();
    lock.unlock();
    running->buffer->state().complete(running->buffer);
    lock.lock();
    running_.pop_front();
    --committed_count_;
    has_room_.notify_all();
    // Outside the lock: this may be the last reference to the buffer, and with it to the queue.
    lock.unlock();
    running.reset();
    lock.lock();
  }
  is_completing_ = false;
}

}  // namespace pymetal
