// Whether a sanitizer watches this process.
#include "support/sanitizer.h"

#include <dlfcn.h>

namespace pymetal::support {

bool has_address_sanitizer() {
  static const bool is_there = dlsym(RTLD_DEFAULT, "__asan_init") != nullptr;
  return is_there;
}

}  // namespace pymetal::support
