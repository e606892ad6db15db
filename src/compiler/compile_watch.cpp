// Ends a compile that takes more time or memory than any program should: Clang has limits of its own only on some of
// what grows with the power of a source's length, and none that counts the whole.
#include "compiler/compile_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <new>

#include "compiler/wrapped_symbol.h"
#include "llvm/Support/CrashRecoveryContext.h"

/// Where this library's own code lies, as the linker says.
extern "C" {
[[gnu::visibility("hidden")]] extern const char __ehdr_start[];
[[gnu::visibility("hidden")]] extern const char etext[];
}

namespace pymetal::compiler {
namespace {

/// Clang parses and instantiates by recursion; its own limits on nesting keep well inside this.
constexpr unsigned kCompilerStackBytes = 256u << 20;
constexpr std::ptrdiff_t kUsableStackBytes = 240 << 20;
/// How much of a thread's time passes between two looks at it.
constexpr unsigned kTickMilliseconds = 50;
/// Smaller pieces are not worth a look at each.
constexpr std::size_t kLargeBytes = std::size_t{64} << 10;

/// What is known of the compile of one thread.
struct Watch {
  CompileLimits limits;
  llvm::CrashRecoveryContext* context = nullptr;
  timer_t timer{};
  bool has_timer = false;
  CompileEnd end = CompileEnd::Crashed;
  const char* stack = nullptr;
  std::uint64_t resident_before = 0;
  std::uint64_t large_bytes = 0;
  std::uint64_t looked_at = 0;
  /// Evaluations of constant expressions that go on, one for the other, and how many ticks there were meanwhile.
  volatile unsigned evaluations = 0;
  volatile unsigned evaluation_ticks = 0;
};

thread_local Watch* current_watch = nullptr;

/// Bytes of memory that the process has. To be called in signal handlers, too.
std::uint64_t resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128];
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  const char* at = text;
  while (*at != 0 && *at != ' ') ++at;
  std::uint64_t pages = 0;
  while (*at == ' ') ++at;
  for (; *at >= '0' && *at <= '9'; ++at) pages = pages * 10 + static_cast<unsigned>(*at - '0');
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

[[noreturn]] void end_compile(Watch& watch, CompileEnd end) {
  watch.end = end;
  current_watch = nullptr;
  watch.context->HandleExit(1);
}

/// Other threads make the process larger as well: so much must have been asked for by this one, too.
bool is_out_of_memory(const Watch& watch) {
  return watch.large_bytes > watch.limits.bytes && resident_bytes() > watch.resident_before + watch.limits.bytes;
}

/// Before so many bytes are allocated, which is a place where the compile may be left: the allocator is not at work.
void account(std::size_t size) {
  Watch* watch = current_watch;
  if (watch == nullptr) return;
  if (size > watch->limits.bytes) end_compile(*watch, CompileEnd::OutOfMemory);
  watch->large_bytes += size;
  if (watch->large_bytes < watch->looked_at + watch->limits.bytes / 16) return;
  watch->looked_at = watch->large_bytes;
  if (is_out_of_memory(*watch)) end_compile(*watch, CompileEnd::OutOfMemory);
}

const char* interrupted_at(const void* context) {
  const auto* state = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return reinterpret_cast<const char*>(state->uc_mcontext.gregs[REG_RIP]);
#else
  return reinterpret_cast<const char*>(state->uc_mcontext.pc);
#endif
}

void on_tick(int signal, siginfo_t* info, void* context) {
  Watch* watch = current_watch;
  if (watch == nullptr || info->si_code != SI_TIMER || info->si_value.sival_ptr != watch) return;
  if (watch->evaluations > 0) watch->evaluation_ticks = watch->evaluation_ticks + 1;
  // Elsewhere, in the allocator for one, something may be locked that everyone needs; the next tick comes soon.
  if (const char* at = interrupted_at(context); at < __ehdr_start || at >= etext) return;
  const int error = errno;
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  const std::uint64_t milliseconds =
      static_cast<std::uint64_t>(used.tv_sec) * 1000 + static_cast<std::uint64_t>(used.tv_nsec) / 1'000'000;
  errno = error;
  if (milliseconds < watch->limits.milliseconds) return;
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, signal);
  pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  end_compile(*watch, CompileEnd::OutOfTime);
}

/// The signal of the timers: one that nobody uses, for as long as the process lives. 0 if there is none.
int tick_signal() {
  static const int number = [] {
    for (int candidate = SIGRTMAX - 1; candidate > SIGRTMIN; --candidate) {
      struct sigaction old = {};
      if (sigaction(candidate, nullptr, &old) != 0 || (old.sa_flags & SA_SIGINFO) != 0 || old.sa_handler != SIG_DFL)
        continue;
      struct sigaction action = {};
      action.sa_sigaction = on_tick;
      action.sa_flags = SA_SIGINFO | SA_RESTART;
      sigemptyset(&action.sa_mask);
      if (sigaction(candidate, &action, nullptr) == 0) return candidate;
    }
    return 0;
  }();
  return number;
}

/// Begins to watch the calling thread.
void begin(Watch& watch) {
  watch.context = llvm::CrashRecoveryContext::GetCurrent();
  watch.stack = static_cast<const char*>(__builtin_frame_address(0));
  watch.resident_before = resident_bytes();
  current_watch = &watch;
  const int signal = tick_signal();
  if (signal == 0) return;
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, signal);
  pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_value.sival_ptr = &watch;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  watch.has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &watch.timer) == 0;
  if (!watch.has_timer) return;
  const timespec tick = {0, kTickMilliseconds * 1'000'000L};
  const itimerspec ticks = {tick, tick};
  timer_settime(watch.timer, 0, &ticks, nullptr);
}

/// Keeps LLVM's crash handlers installed while any compile runs, and no longer: Python has handlers of its own.
class CrashHandlers {
 public:
  CrashHandlers() {
    const std::lock_guard lock(mutex());
    if (count()++ == 0) llvm::CrashRecoveryContext::Enable();
  }
  ~CrashHandlers() {
    const std::lock_guard lock(mutex());
    if (--count() == 0) llvm::CrashRecoveryContext::Disable();
  }
  CrashHandlers(const CrashHandlers&) = delete;
  CrashHandlers& operator=(const CrashHandlers&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static int& count() {
    static int instance = 0;
    return instance;
  }
};

}  // namespace

void begin_evaluation() {
  if (current_watch != nullptr) current_watch->evaluations = current_watch->evaluations + 1;
}

unsigned end_evaluation() {
  Watch* watch = current_watch;
  if (watch == nullptr) return 0;
  watch->evaluations = watch->evaluations - 1;
  const unsigned limit = watch->limits.evaluation_milliseconds;
  return watch->evaluation_ticks * kTickMilliseconds < limit ? 0 : std::max(limit / 1000, 1u);
}

CompileEnd run_watched(llvm::function_ref<void()> work, const CompileLimits& limits) {
  const CrashHandlers handlers;
  llvm::CrashRecoveryContext context;
  Watch watch;
  watch.limits = limits;
  const bool has_finished = context.RunSafelyOnThread(
      [&] {
        begin(watch);
        work();
        current_watch = nullptr;
      },
      kCompilerStackBytes);
  if (watch.has_timer) timer_delete(watch.timer);
  return has_finished ? CompileEnd::Finished : watch.end;
}

}  // namespace pymetal::compiler

#define IS_STACK_NEARLY_EXHAUSTED _ZN5clang21isStackNearlyExhaustedEv
#define NEW _Znwm
#define NEW_OR_NULL _ZnwmRKSt9nothrow_t
#define NEW_ALIGNED_OR_NULL _ZnwmSt11align_val_tRKSt9nothrow_t

extern "C" {
/// Clang would go on with another thread and another stack, which nobody watches, long before this one ends.
bool WRAP(IS_STACK_NEARLY_EXHAUSTED)() {
  using namespace pymetal::compiler;
  if (current_watch != nullptr &&
      current_watch->stack - static_cast<const char*>(__builtin_frame_address(0)) > kUsableStackBytes)
    end_compile(*current_watch, CompileEnd::OutOfStack);
  return false;
}

void* REAL(malloc)(std::size_t);
void* REAL(calloc)(std::size_t, std::size_t);
void* REAL(realloc)(void*, std::size_t);
void* REAL(NEW)(std::size_t);
void* REAL(NEW_OR_NULL)(std::size_t, const std::nothrow_t&);
void* REAL(NEW_ALIGNED_OR_NULL)(std::size_t, std::align_val_t, const std::nothrow_t&);

void* WRAP(malloc)(std::size_t size) {
  if (size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(size);
  return REAL(malloc)(size);
}

void* WRAP(calloc)(std::size_t count, std::size_t size) {
  // Where the product has too many bits, the allocator refuses.
  if (count * size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(count * size);
  return REAL(calloc)(count, size);
}

void* WRAP(realloc)(void* old, std::size_t size) {
  if (size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(size);
  return REAL(realloc)(old, size);
}

void* WRAP(NEW)(std::size_t size) {
  if (size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(size);
  return REAL(NEW)(size);
}

void* WRAP(NEW_OR_NULL)(std::size_t size, const std::nothrow_t& none) {
  if (size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(size);
  return REAL(NEW_OR_NULL)(size, none);
}

void* WRAP(NEW_ALIGNED_OR_NULL)(std::size_t size, std::align_val_t alignment, const std::nothrow_t& none) {
  if (size >= pymetal::compiler::kLargeBytes) [[unlikely]]
    pymetal::compiler::account(size);
  return REAL(NEW_ALIGNED_OR_NULL)(size, alignment, none);
}
}
