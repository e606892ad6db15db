// What a program hands over to be compiled.
#pragma once

#include <string>
#include <vector>

#include "pymetal/compile_options.h"

namespace pymetal::compiler {

struct LibrarySource {
  std::string text;
  /// The name that diagnostics print.
  std::string file_name = "program_source";
  /// Folders that #include "…" and #include <…> search, first to last.
  std::vector<std::string> include_paths;
  CompileOptions options;
};

}  // namespace pymetal::compiler
