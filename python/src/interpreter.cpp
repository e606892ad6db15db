// The GIL, given up and taken by threads of C++, also while the interpreter ends.
#include "interpreter.h"

#include <pthread.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace pymetal::python {
namespace {

/// A handler that runs when the interpreter ends may finish; one that never returns must not hold it up.
constexpr std::chrono::seconds kPatience(1);

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  /// The thread that closed it.
  std::optional<std::thread::id> closer;

  /// Returns false where it is closed to the calling thread.
  bool enter() {
    const std::lock_guard lock(mutex);
    if (closer && *closer != std::this_thread::get_id()) return false;
    ++inside;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex);
    --inside;
    changed.notify_all();
  }
};

Gate& gate() {
  // Never destroyed: threads meet it until the process ends.
  static auto* instance = new Gate;
  return *instance;
}

/// A child must not find the gate locked by a thread that the fork left behind.
const bool is_registered = [] {
  pthread_atfork([] { gate().mutex.lock(); }, [] { gate().mutex.unlock(); }, [] { gate().mutex.unlock(); });
  return true;
}();

}  // namespace

void close_interpreter() {
  PyThreadState* state = PyEval_SaveThread();
  {
    std::unique_lock lock(gate().mutex);
    gate().closer = std::this_thread::get_id();
    gate().changed.wait_for(lock, kPatience, [] { return gate().inside == 0; });
  }
  PyEval_RestoreThread(state);
}

void park() {
  for (;;) pause();
}

GilRelease::~GilRelease() {
  if (!gate().enter()) park();
  PyEval_RestoreThread(state_);
  gate().leave();
}

InterpreterAccess::InterpreterAccess() : is_granted_(gate().enter()) {
  if (is_granted_) gil_ = PyGILState_Ensure();
}

InterpreterAccess::~InterpreterAccess() {
  if (!is_granted_) return;
  PyGILState_Release(gil_);
  gate().leave();
}

}  // namespace pymetal::python
