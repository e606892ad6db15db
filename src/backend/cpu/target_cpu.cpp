// Which processor the code of kernels is made for.
#include "backend/cpu/target_cpu.h"

#include <cstdlib>

#include "pymetal/error.h"

namespace pymetal::backend::cpu {
namespace {

struct Level {
  const char* name;
  bool is_reached;
};

#if defined(__x86_64__)
const Level kLevels[] = {{"x86-64-v2", __builtin_cpu_supports("x86-64-v2") != 0},
                         {"x86-64-v3", __builtin_cpu_supports("x86-64-v3") != 0},
                         {"x86-64-v4", __builtin_cpu_supports("x86-64-v4") != 0}};
#else
const Level kLevels[] = {{kNativeCpu, true}};
#endif

}  // namespace

std::string chosen_cpu() {
  const char* text = std::getenv("PYMETAL_CPU");
  const std::string name = text == nullptr || *text == '\0' ? kNativeCpu : text;
  if (name == kNativeCpu) return name;
  std::string known = kNativeCpu;
  for (const Level& level : kLevels) {
    if (name == level.name && level.is_reached) return name;
    if (name == level.name)
      throw ValidationError("PYMETAL_CPU names a processor whose instructions this machine lacks (" + name + ").");
    known += std::string(", ") + level.name;
  }
  throw ValidationError("PYMETAL_CPU is none of " + known + " (" + name + ").");
}

}  // namespace pymetal::backend::cpu
