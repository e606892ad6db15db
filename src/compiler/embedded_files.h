// The standard library's headers and its precompiled form, which are part of this shared library.
#pragma once

#include <span>
#include <string_view>

namespace pymetal::compiler {

struct EmbeddedFile {
  /// Relative to the folder that `#include <…>` searches: "metal_stdlib", "simd/simd.h".
  std::string_view path;
  std::string_view contents;
};

std::span<const EmbeddedFile> standard_library_headers();

/// Where the compiler finds them: a folder that exists in its memory only.
inline constexpr const char* kStandardLibraryFolder = "/pymetal/stdlib";

/// Empty while PyMetal is built and the header is being precompiled.
std::string_view precompiled_standard_library();

/// Bitcode of src/device.
std::string_view device_library_bitcode();

}  // namespace pymetal::compiler
