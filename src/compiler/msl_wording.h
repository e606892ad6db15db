// Says in MSL's words what Clang says in its own.
#pragma once

#include <string>

namespace pymetal::compiler {

/// Rewrites types and qualifiers: `__global float *` to `device float *`, `vec<float, 4>` to `float4`.
std::string to_msl_wording(std::string text);

}  // namespace pymetal::compiler
