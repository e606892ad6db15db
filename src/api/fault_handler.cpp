// Takes the memory faults of this process that concern guarded buffers.
#include "api/fault_handler.h"

#include <signal.h>
#include <ucontext.h>

#include <cerrno>
#include <mutex>

namespace pymetal::hazard_guard {
namespace {

bool (*handle_fault)(std::uintptr_t, Touch) = nullptr;
struct sigaction previous;

Touch touch_of([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  // Bit 1 of the page fault's error code: Intel SDM volume 3, 4.7.
  constexpr greg_t kWriteBit = 2;
  const greg_t code = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR];
  return (code & kWriteBit) != 0 ? Touch::Write : Touch::Read;
#else
  return Touch::Unknown;
#endif
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (handle_fault(reinterpret_cast<std::uintptr_t>(info->si_addr), touch_of(context))) {
    errno = saved_errno;
    return;
  }
  if ((previous.sa_flags & SA_SIGINFO) != 0)
    previous.sa_sigaction(signal, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(signal);
  else
    sigaction(signal, &previous, nullptr);  // The instruction faults again, and the process ends as it would have.
}

}  // namespace

void install_fault_handler(bool (*handle)(std::uintptr_t, Touch)) {
  static std::once_flag once;
  std::call_once(once, [handle] {
    handle_fault = handle;
    struct sigaction action {};
    action.sa_sigaction = &on_fault;
    // A report may run code that touches another guarded buffer.
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous);
  });
}

}  // namespace pymetal::hazard_guard
