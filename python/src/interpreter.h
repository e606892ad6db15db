// The GIL, given up and taken by threads of C++, also while the interpreter ends.
//
// A thread that asks for the GIL of an interpreter that has ended is killed by Python (before 3.14), which C++ code on
// its stack does not survive. So a gate stands before each such place; it closes when the interpreter begins to end,
// and from then on threads park in front of it until the process is gone.
#pragma once

#include "bindings.h"

namespace pymetal::python {

/// Closes the gate, and waits a while for threads that have passed it. The calling thread may go on.
void close_interpreter();

/// Sleeps until the process ends.
[[noreturn]] void park();

/// Gives the GIL up while it lives.
class GilRelease {
 public:
  GilRelease() : state_(PyEval_SaveThread()) {}
  ~GilRelease();
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* state_;
};

/// The GIL, taken on a thread that may not hold it; not taken once the gate is closed.
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

}  // namespace pymetal::python
