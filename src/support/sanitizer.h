// Whether a sanitizer watches this process.
#pragma once

#include "pymetal/export.h"

namespace pymetal::support {

/// PyMetal was built with the address sanitizer, or the process was started with its library in LD_PRELOAD.
PYMETAL_EXPORT bool has_address_sanitizer();

}  // namespace pymetal::support
