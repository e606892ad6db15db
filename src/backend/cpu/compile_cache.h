// Keeps compiled libraries and kernels on disk. Keys cover all that decides the result; docs/adr/0007 tells of them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/cpu/kernel_code.h"
#include "compiler/library.h"
#include "pymetal/function_constant_values.h"
#include "support/disk_cache.h"

namespace pymetal::backend::cpu {

class CompileCache {
 public:
  using Digest = compiler::Digest;

  /// What is kept of a library apart from its bitcode, and what its kernels' keys are made from.
  struct CachedLibrary {
    compiler::Library library;
    Digest bitcode{};
    Digest identity{};
  };

  /// The cache of this process, or null where there is none: PYMETAL_CACHE=0, no folder, or a sanitizer's build.
  static CompileCache* shared();

  explicit CompileCache(std::filesystem::path folder, std::string build);

  Digest library_key(const compiler::LibrarySource& source) const;
  Digest kernel_key(const Digest& library, const std::string& function, const FunctionConstantValues& constants,
                    const CodeTarget& target) const;

  /// Nothing, where a file that the library was compiled from has changed.
  std::optional<CachedLibrary> find_library(const Digest& key);
  std::optional<std::string> find_bitcode(const Digest& bitcode);
  std::optional<KernelCode> find_kernel(const Digest& key);

  /// Returns the library's identity.
  Digest keep_library(const Digest& key, const compiler::Library& library);
  void keep_kernel(const Digest& key, const KernelCode& kernel);

  /// The identity that `library` would be kept under.
  static Digest identity_of(const compiler::Library& library);

 private:
  /// The compiler that runs is the one that the keys name: its file may have been replaced since.
  bool is_current_build() const;

  support::DiskCache disk_;
  std::string build_;
  std::string processor_;
};

}  // namespace pymetal::backend::cpu
