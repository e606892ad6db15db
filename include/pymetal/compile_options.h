// How a library is compiled from source.
#pragma once

#include <map>
#include <string>

#include "pymetal/enums.h"

namespace pymetal {

struct CompileOptions {
  /// Macros defined before the first line of the source. An empty value defines the name alone.
  std::map<std::string, std::string> preprocessor_macros;
  MathMode math_mode = MathMode::Fast;
  LanguageVersion language_version = LanguageVersion::Version3_1;
  /// Leaves the functions that the source instantiates explicitly under a `host_name` for later: each is compiled, and
  /// its errors are found, when it is first asked for. PYMETAL_DEFER_INSTANTIATIONS=1 does so in every library.
  bool defer_instantiations = false;
};

}  // namespace pymetal
