// Takes the memory faults of this process that PyMetal knows what to do with.
#include "support/fault_handler.h"

#include <signal.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>

namespace pymetal::support {
namespace {

/// Written under a lock, read by the signal handler.
std::array<std::atomic<FaultHandler>, 4> handlers{};

/// What a signal was handled by before.
struct sigaction previous_of_segv;
struct sigaction previous_of_bus;

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
  for (const std::atomic<FaultHandler>& entry : handlers) {
    const FaultHandler handler = entry.load(std::memory_order_acquire);
    if (handler == nullptr) break;
    if (handler(reinterpret_cast<std::uintptr_t>(info->si_addr), touch_of(context))) {
      errno = saved_errno;
      return;
    }
  }
  struct sigaction& previous = signal == SIGBUS ? previous_of_bus : previous_of_segv;
  if ((previous.sa_flags & SA_SIGINFO) != 0)
    previous.sa_sigaction(signal, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(signal);
  else
    sigaction(signal, &previous, nullptr);  // The instruction faults again, and the process ends as it would have.
}

}  // namespace

void add_fault_handler(FaultHandler handler) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::size_t count = 0;
  for (; count < handlers.size() && handlers[count].load(std::memory_order_relaxed) != nullptr; ++count)
    if (handlers[count].load(std::memory_order_relaxed) == handler) return;
  if (count == handlers.size()) return;
  handlers[count].store(handler, std::memory_order_release);
  if (count > 0) return;
  struct sigaction action {};
  action.sa_sigaction = &on_fault;
  // A report may run code that touches another guarded buffer.
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_of_segv);
  sigaction(SIGBUS, &action, &previous_of_bus);
}

}  // namespace pymetal::support
