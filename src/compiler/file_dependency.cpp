// Whether the file system still is what a compile found. Belongs to the core library, which looks for cached libraries.
#include "compiler/file_dependency.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace pymetal::compiler {

bool is_current(const FileDependency& dependency) {
  using Kind = FileDependency::Kind;
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(dependency.path, error);
  switch (dependency.kind) {
    case Kind::Missing:
      return status.type() == std::filesystem::file_type::not_found;
    case Kind::Folder:
      return std::filesystem::is_directory(status);
    case Kind::File:
      return std::filesystem::is_regular_file(status);
    case Kind::Contents:
      break;
  }
  if (!std::filesystem::is_regular_file(status)) return false;
  std::ifstream file(dependency.path, std::ios::binary);
  std::ostringstream text;
  if (!file) return false;
  text << file.rdbuf();
  return !file.bad() && digest_of(text.view()) == dependency.digest;
}

}  // namespace pymetal::compiler
