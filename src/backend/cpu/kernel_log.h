// What the code of kernels calls to hand messages to the host.
#pragma once

#include "backend/cpu/loaded_code.h"

namespace pymetal::backend::cpu {

LoadedCode::Symbol log_symbol();

}  // namespace pymetal::backend::cpu
