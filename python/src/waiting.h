// Waits that let other Python threads run, and that Ctrl-C interrupts.
#pragma once

#include <algorithm>
#include <cmath>

#include "interpreter.h"

namespace pymetal::python {

/// Calls `wait_for(time)` without the GIL, a slice at a time, until it returns true or `timeout` seconds have passed;
/// returns whether it did. Between slices Python's signal handlers run. `describe()` begins the error for a wait that
/// exceeds PYMETAL_WAIT_TIMEOUT; one with a timeout of its own never does.
template <class WaitFor, class Describe>
bool wait_interruptibly(std::optional<double> timeout, WaitFor&& wait_for, Describe&& describe) {
  constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(50);
  using Clock = std::chrono::steady_clock;
  if (timeout && std::isnan(*timeout)) throw ValidationError(describe() + ": the timeout is no number (nan).");
  const WaitLimit limit;
  const Clock::time_point begin = Clock::now();
  for (;;) {
    std::chrono::nanoseconds slice = kSlice;
    if (timeout) {
      const double left = *timeout - std::chrono::duration<double>(Clock::now() - begin).count();
      slice = std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(left, 0.0, 0.05) * 1e9));
    }
    {
      const GilRelease release;
      if (wait_for(slice)) return true;
    }
    if (timeout && slice < kSlice && std::chrono::duration<double>(Clock::now() - begin).count() >= *timeout)
      return false;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!timeout) limit.check(describe());
  }
}

}  // namespace pymetal::python
