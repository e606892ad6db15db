// The passes of one queue that run at the same time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "api/command_stream.h"
#include "support/lock_order.h"
#include "support/thread_pool.h"

namespace pymetal {

/// So little work that to hand it to another thread takes longer.
inline constexpr std::chrono::microseconds kBriefTime(20);

/// Runs the commands of a pass to their end. Throws pymetal::Error.
void run_pass(backend::Backend& backend, const Pass& pass);

/// Only the thread that runs the queue's command buffers calls the members.
class PassesInFlight {
 public:
  /// Lets the pool run `work` and then `landed`, neither of which may throw. The pass must live until `landed` is
  /// called.
  void launch(const Pass& pass, std::function<void()> work, std::function<void()> landed);
  /// Waits for those that `pass` must follow.
  void wait_for_predecessors(const Pass& pass);
  void wait_for_all();

 private:
  struct Flight {
    std::uint64_t number;
    const Pass* pass;
    std::shared_ptr<support::ThreadPool::Ticket> ticket;
  };
  /// What the running passes tell the queue.
  struct Landings {
    support::Mutex<support::LockRank::PassesInFlight> mutex;
    support::ConditionVariable changed;
    std::vector<std::uint64_t> numbers;
  };
  /// Forgets the flights that have landed, and gives those that are left and meet the condition. Their passes live.
  template <class Condition>
  std::vector<Flight> flights_that(Condition&& condition);
  void wait_for(const std::vector<Flight>& flights);

  std::shared_ptr<Landings> landings_ = std::make_shared<Landings>();
  std::vector<Flight> flights_;
  std::uint64_t launch_count_ = 0;
};

}  // namespace pymetal
