// Reports of validation as Python warnings, and the names of Python's threads.
#include "bindings.h"
#include "callback.h"

namespace pymetal::python {
namespace {

nb::object& warning_type() {
  static auto* type = new nb::object;
  return *type;
}

/// Python has a state for this thread: it may run Python code.
bool is_python_thread() { return PyGILState_GetThisThreadState() != nullptr; }

std::string python_thread_name() {
  if (!is_python_thread()) return "a thread of C++";
  const InterpreterAccess access;
  if (!access) return "a thread";
  try {
    return nb::cast<std::string>(nb::module_::import_("threading").attr("current_thread")().attr("name"));
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("the name of a thread");
    return "a thread";
  }
}

/// Keeps the exception that may be under way while other code of this thread is interrupted.
class SavedException {
 public:
  SavedException() { PyErr_Fetch(&type_, &value_, &traceback_); }
  ~SavedException() { PyErr_Restore(type_, value_, traceback_); }
  SavedException(const SavedException&) = delete;
  SavedException& operator=(const SavedException&) = delete;

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* traceback_ = nullptr;
};

/// Runs inside the handler of the fault that the touch raised: on the stack of the thread that touched.
std::string report_hazard(const Hazard& hazard, const std::function<void()>& wait) {
  if (!is_python_thread()) {
    std::fprintf(stderr, "PyMetal: %s\n", hazard.message.c_str());
    wait();
    return hazard.message;
  }
  std::string message = hazard.message;
  const InterpreterAccess access;
  if (!access) {
    wait();
    return message;
  }
  const SavedException saved;
  try {
    nb::module_ reports = nb::module_::import_("pymetal._hazards");
    const nb::object place = reports.attr("place_of_touch")();
    message += nb::cast<std::string>(place.attr("text"));
    {
      const GilRelease release;
      wait();
    }
    if (validation_mode() == ValidationMode::Warn) reports.attr("warn")(message, place, warning_type());
  } catch (nb::python_error& error) {
    // A filter has made the warning an error. The code that touched the buffer cannot raise it; the next call can.
    throw_at_next_call(message);
  }
  return message;
}

}  // namespace

void bind_hazards(nb::module_& module) {
  warning_type() = nb::steal(PyErr_NewExceptionWithDoc(
      "pymetal.HazardWarning",
      "The host touched a buffer while a command buffer used it. Only with PYMETAL_VALIDATION=1.", PyExc_RuntimeWarning,
      nullptr));
  module.attr("HazardWarning") = warning_type();
  set_hazard_handler(&report_hazard);
  set_thread_name_source(&python_thread_name);
}

}  // namespace pymetal::python
