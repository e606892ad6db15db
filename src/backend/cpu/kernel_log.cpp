// What the code of kernels calls to hand messages to the host.
#include "backend/cpu/kernel_log.h"

#include "backend/cpu/kernel_fault.h"
#include "backend/shader_log.h"

namespace pymetal::backend::cpu {
namespace {

void deliver_log(std::uint32_t type, const char* subsystem, const char* category, const char* format,
                 const LogArgument* arguments, std::uint32_t count) noexcept {
  const OutsideKernel outside;
  deliver_shader_log(type, subsystem, category, format, arguments, count);
}

}  // namespace

LoadedCode::Symbol log_symbol() { return {kDeliverLog, reinterpret_cast<void*>(&deliver_log)}; }

}  // namespace pymetal::backend::cpu
