// Which processor the code of kernels is made for.
#pragma once

#include <string>

namespace pymetal::backend::cpu {

/// The name of this machine's own processor, with all that it has.
inline constexpr const char* kNativeCpu = "native";

/// What PYMETAL_CPU says: "native", where it says nothing too, or a level that many processors share (x86-64-v2 has
/// SSE4.2, x86-64-v3 AVX2, x86-64-v4 AVX-512). Throws ValidationError for other names, and for levels that this machine
/// does not reach.
std::string chosen_cpu();

}  // namespace pymetal::backend::cpu
