// Mutexes with a place in one order. A build with PYMETAL_CHECK_THREADS ends the process at the first lock that is
// taken out of order, and yields at random around locks, so that tests meet other schedules.
#pragma once

#include <pthread.h>

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

template <LockRank kRank>
void spin_before_sleep(Mutex<kRank>&) {}

#else

template <LockRank>
using Mutex = std::mutex;
using ConditionVariable = std::condition_variable;

/// For a mutex that many threads hold for less than a sleep and a wake-up take. Called before any of them sees it.
inline void spin_before_sleep(std::mutex& mutex) {
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_destroy(mutex.native_handle());
  pthread_mutex_init(mutex.native_handle(), &attributes);
  pthread_mutexattr_destroy(&attributes);
#endif
}

#endif

}  // namespace pymetal::support
