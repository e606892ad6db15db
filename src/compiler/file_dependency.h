// What a compile learnt from the file system: it has the same result while all of this stays true.
#pragma once

#include <string>

#include "compiler/digest.h"

namespace pymetal::compiler {

struct FileDependency {
  enum class Kind {
    /// Nothing bears this name.
    Missing,
    /// A folder.
    Folder,
    /// A file that was not read.
    File,
    /// A file with the contents of `digest`.
    Contents,
  };
  /// As the compiler asked for it; relative to the current folder, where it is relative.
  std::string path;
  Kind kind = Kind::Missing;
  Digest digest{};
};

/// Whether the file system would answer the same today.
bool is_current(const FileDependency& dependency);

}  // namespace pymetal::compiler
