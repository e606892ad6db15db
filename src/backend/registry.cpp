// The devices of this machine.
#include "backend/registry.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "backend/cpu/cpu_backend.h"

namespace pymetal::backend {
namespace {

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return std::tolower(c); });
  return lowered;
}

}  // namespace

std::span<const std::shared_ptr<Backend>> all_backends() {
  // Never destroyed: queues may run until the process ends.
  static const auto* backends = new std::vector<std::shared_ptr<Backend>>{std::make_shared<cpu::CpuBackend>()};
  return *backends;
}

std::shared_ptr<Backend> find_backend(std::string_view name) {
  const std::string wanted = lower_case(name);
  std::vector<std::shared_ptr<Backend>> matches;
  std::string names;
  for (const std::shared_ptr<Backend>& backend : all_backends()) {
    const DeviceInfo& info = backend->info();
    names += (names.empty() ? "'" : ", '") + info.short_name + "' (" + info.name + ")";
    if (lower_case(info.short_name) == wanted || lower_case(info.name) == wanted) return backend;
    if (lower_case(info.name).find(wanted) != std::string::npos) matches.push_back(backend);
  }
  if (matches.size() == 1) return matches.front();
  throw ResourceError("PYMETAL_DEVICE names " + std::string(matches.empty() ? "no device" : "several devices") +
                      " of this machine (" + std::string(name) + "); it has " + names + ".");
}

std::shared_ptr<Backend> default_backend() {
  const char* name = std::getenv("PYMETAL_DEVICE");
  return name == nullptr || *name == '\0' ? all_backends().front() : find_backend(name);
}

}  // namespace pymetal::backend
