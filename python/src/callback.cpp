// Python functions that threads of PyMetal call.
#include "callback.h"

#include <condition_variable>
#include <mutex>

namespace pymetal::python {
namespace {

/// A handler that runs when the interpreter ends may finish; one that never returns must not hold it up.
constexpr std::chrono::seconds kPatience(1);

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  bool is_closed = false;
};

Gate& gate() {
  static auto* instance = new Gate;
  return *instance;
}

}  // namespace

InterpreterAccess::InterpreterAccess() {
  {
    const std::lock_guard lock(gate().mutex);
    is_granted_ = !gate().is_closed;
    if (is_granted_) ++gate().inside;
  }
  if (is_granted_) gil_ = PyGILState_Ensure();
}

InterpreterAccess::~InterpreterAccess() {
  if (!is_granted_) return;
  PyGILState_Release(gil_);
  const std::lock_guard lock(gate().mutex);
  --gate().inside;
  gate().changed.notify_all();
}

void close_interpreter() {
  const nb::gil_scoped_release release;
  std::unique_lock lock(gate().mutex);
  gate().is_closed = true;
  gate().changed.wait_for(lock, kPatience, [] { return gate().inside == 0; });
}

Callback::Callback(nb::callable function)
    : function_(function.release().ptr(), [](PyObject* object) {
        const InterpreterAccess access;
        if (access) Py_DECREF(object);
      }) {}

}  // namespace pymetal::python
