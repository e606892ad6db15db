// What the control groups of this process leave it of the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "pymetal/export.h"

namespace pymetal::support {

/// Both versions of control groups, and all groups from the process's own up to the root; the tightest limit counts.
/// Nothing where there is none. `root` is the folder in which `proc` and `sys` lie.
PYMETAL_EXPORT std::optional<double> control_group_cpus(const std::filesystem::path& root = "/");
PYMETAL_EXPORT std::optional<std::uint64_t> control_group_memory(const std::filesystem::path& root = "/");

}  // namespace pymetal::support
