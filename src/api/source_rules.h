// What a program hands over to be compiled is checked here.
#pragma once

#include <string>

#include "pymetal/compile_options.h"

namespace pymetal {

/// Throws ValidationError for macros that `#define` would take for something else.
void require_macros(const CompileOptions& options);

/// The text without the mark that some editors put before UTF-8.
std::string without_byte_order_mark(std::string text);

}  // namespace pymetal
