// Ends a kernel that touches memory which is not there, and not the process.
#include "backend/cpu/kernel_fault.h"

#include <setjmp.h>

#include <atomic>

#include "backend/backend.h"
#include "support/fault_handler.h"
#include "support/hexadecimal.h"
#include "support/process.h"

namespace pymetal::backend::cpu {
namespace {

/// Where the thread goes on when the code of a kernel faults.
struct Recovery {
  sigjmp_buf point;
  std::uintptr_t address = 0;
  support::Touch touch = support::Touch::Unknown;
};

/// That of this thread, or null outside of kernels.
thread_local Recovery* recovery = nullptr;

/// In the signal handler.
bool leave_kernel(std::uintptr_t address, support::Touch touch) {
  Recovery* const here = recovery;
  if (here == nullptr) return false;
  here->address = address;
  here->touch = touch;
  siglongjmp(here->point, 1);
}

void install_handler() {
  static std::atomic<bool> is_installed{false};
  if (is_installed.load(std::memory_order_acquire)) return;
  const support::ForkDelay delay;
  support::add_fault_handler(&leave_kernel);
  is_installed.store(true, std::memory_order_release);
}

/// Makes `here` the thread's recovery while it lives.
class Armed {
 public:
  explicit Armed(Recovery* here) : outer_(recovery) { recovery = here; }
  ~Armed() { recovery = outer_; }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

 private:
  Recovery* outer_;
};

}  // namespace

void run_kernel_code(const std::string& function, const std::function<void()>& work) {
  install_handler();
  Recovery here;
  const Armed armed(&here);
  // The handler lets the signal through again, so that no mask need be restored.
  if (sigsetjmp(here.point, 0) == 0) return work();
  recovery = nullptr;
  const char* verb = here.touch == support::Touch::Write  ? "writes to"
                     : here.touch == support::Touch::Read ? "reads"
                                                          : "touches";
  throw AccessError("Function '" + function + "' " + verb + " memory that is not there (address " +
                    support::hexadecimal(here.address) +
                    "); with PYMETAL_EXECUTOR=checked the message tells which access it is.");
}

OutsideKernel::OutsideKernel() : suspended_(recovery) { recovery = nullptr; }
OutsideKernel::~OutsideKernel() { recovery = static_cast<Recovery*>(suspended_); }

}  // namespace pymetal::backend::cpu
