// The bytes of compiled kernels, as a cache keeps them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/cpu/kernel_code.h"

namespace pymetal::backend::cpu {

std::string to_bytes(const KernelCode& code);

/// Nothing, where the bytes are no kernel, or its image points outside of itself.
std::optional<KernelCode> kernel_from_bytes(std::string_view bytes);

}  // namespace pymetal::backend::cpu
