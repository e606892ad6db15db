// Which build of PyMetal this is.
#pragma once

#include <string>

namespace pymetal::backend::cpu {

/// The linker's identifier of the loaded library that holds `address`; empty where it has none.
std::string build_id_at(const void* address);

/// The linker's identifier of the library in the file `path`, without loading it; empty where it has none.
std::string build_id_of_file(const std::string& path);

}  // namespace pymetal::backend::cpu
