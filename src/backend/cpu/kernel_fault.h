// Ends a kernel that touches memory which is not there, and not the process.
#pragma once

#include <functional>
#include <string>

namespace pymetal::backend::cpu {

/// Runs `work`, which calls the code of a kernel. Where that code faults, `work` is left without being unwound: between
/// here and the kernel no frame may own anything. Throws AccessError then, which names the function.
void run_kernel_code(const std::string& function, const std::function<void()>& work);

/// While it lives, faults of this thread are faults of the process again: for what a kernel calls and what may own
/// something.
class OutsideKernel {
 public:
  OutsideKernel();
  ~OutsideKernel();
  OutsideKernel(const OutsideKernel&) = delete;
  OutsideKernel& operator=(const OutsideKernel&) = delete;

 private:
  void* suspended_;
};

}  // namespace pymetal::backend::cpu
