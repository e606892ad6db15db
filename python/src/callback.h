// Python functions that threads of PyMetal call.
#pragma once

#include <memory>

#include "bindings.h"

namespace pymetal::python {

/// The GIL, taken on a thread that may not hold it; not taken once the interpreter has begun to end.
class InterpreterAccess {
 public:
  InterpreterAccess();
  ~InterpreterAccess();
  InterpreterAccess(const InterpreterAccess&) = delete;
  InterpreterAccess& operator=(const InterpreterAccess&) = delete;
  explicit operator bool() const { return is_granted_; }

 private:
  bool is_granted_;
  PyGILState_STATE gil_ = PyGILState_UNLOCKED;
};

/// From now on no thread of PyMetal takes the GIL; waits a while for those that have it.
void close_interpreter();

/// May be copied, called and dropped on any thread. An exception goes to `sys.unraisablehook`.
class Callback {
 public:
  explicit Callback(nb::callable function);

  template <class... Arguments>
  void operator()(Arguments&&... arguments) const {
    const InterpreterAccess access;
    if (!access) return;
    try {
      nb::borrow<nb::callable>(function_.get())(std::forward<Arguments>(arguments)...);
    } catch (nb::python_error& error) {
      error.discard_as_unraisable(nb::handle(function_.get()));
    }
  }

  PyObject* function() const { return function_.get(); }

 private:
  std::shared_ptr<PyObject> function_;
};

}  // namespace pymetal::python
