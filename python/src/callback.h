// Python functions that threads of PyMetal call.
#pragma once

#include <cxxabi.h>

#include <memory>

#include "interpreter.h"

namespace pymetal::python {

/// May be copied, called and dropped on any thread. An exception goes to `sys.unraisablehook`.
class Callback {
 public:
  explicit Callback(nb::callable function)
      : function_(function.release().ptr(), [](PyObject* object) {
          const InterpreterAccess access;
          if (access) Py_DECREF(object);
        }) {}

  template <class... Arguments>
  void operator()(Arguments&&... arguments) const {
    const InterpreterAccess access;
    if (!access) return;
    try {
      nb::borrow<nb::callable>(function_.get())(std::forward<Arguments>(arguments)...);
    } catch (nb::python_error& error) {
      error.discard_as_unraisable(nb::handle(function_.get()));
    } catch (abi::__forced_unwind&) {
      // The interpreter has ended while the function ran, and Python kills the thread.
      park();
    }
  }

  PyObject* function() const { return function_.get(); }

 private:
  std::shared_ptr<PyObject> function_;
};

}  // namespace pymetal::python
