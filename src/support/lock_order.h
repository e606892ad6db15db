// Mutexes with a place in one order. A build with PYMETAL_CHECK_THREADS ends the process at the first lock that is
// taken out of order, and yields at random around locks, so that tests meet other schedules.
#pragma once

#include <condition_variable>
#include <mutex>

#include "pymetal/export.h"

namespace pymetal::support {

/// A thread that holds a mutex takes only mutexes of a higher rank. Python's GIL comes before them all: nobody asks for
/// it while holding one. Labels, and mutexes inside one function, are leaves and bear no rank.
enum class LockRank : int {
  CommandBuffer = 1,
  WaitGraph,
  QueueWorker,
  Completion,
  PassesInFlight,
  HazardGuard,
  SharedEventWatch,
  SerialThread,
  ThreadPool,
};

#ifdef PYMETAL_CHECK_THREADS

PYMETAL_EXPORT void note_lock(LockRank rank);
PYMETAL_EXPORT void note_unlock(LockRank rank);
/// Gives way to other threads now and then.
PYMETAL_EXPORT void perturb();

template <LockRank kRank>
class Mutex {
 public:
  void lock() {
    note_lock(kRank);
    perturb();
    mutex_.lock();
  }
  void unlock() {
    mutex_.unlock();
    note_unlock(kRank);
    perturb();
  }

 private:
  std::mutex mutex_;
};
using ConditionVariable = std::condition_variable_any;

#else

template <LockRank>
using Mutex = std::mutex;
using ConditionVariable = std::condition_variable;

#endif

}  // namespace pymetal::support
