// Keeps compiled libraries and kernels on disk. Keys cover all that decides the result; docs/adr/0007 tells of them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/cpu/kernel_code.h"
#include "backend/cpu/library_index.h"
#include "compiler/library.h"
#include "pymetal/function_constant_values.h"
#include "support/disk_cache.h"

namespace pymetal::backend::cpu {

class CompileCache {
 public:
  using Digest = compiler::Digest;

  /// A library's index, and what the keys of all that is made of it are made from.
  struct CachedLibrary {
    LibraryIndex index;
    Digest identity{};
  };
  /// A function that a library has deferred, and that has been instantiated since.
  struct Instantiation {
    FunctionInfo function;
    std::vector<CompileDiagnostic> warnings;
    Digest module{};
  };

  /// The cache of this process, or null where there is none: PYMETAL_CACHE=0, no folder, or a sanitizer's build.
  static CompileCache* shared();

  explicit CompileCache(std::filesystem::path folder, std::string build);

  Digest library_key(const compiler::LibrarySource& source) const;
  Digest kernel_key(const Digest& library, const std::string& function, const FunctionConstantValues& constants,
                    const CodeTarget& target) const;

  /// Nothing, where a file that the library was compiled from has changed.
  std::optional<CachedLibrary> find_library(const Digest& key);
  /// A module of a library, or its syntax tree, by the digest of its contents.
  std::optional<std::string> find_contents(const Digest& contents);
  std::optional<FunctionInfo> find_function(const LibraryIndex& index, std::size_t function);
  std::optional<Instantiation> find_instantiation(const Digest& library, const std::string& function);
  std::optional<KernelCode> find_kernel(const Digest& key);

  /// Returns the library's identity.
  Digest keep_library(const Digest& key, const compiler::Library& library);
  void keep_instantiation(const Digest& library, const compiler::Library& instantiation);
  void keep_kernel(const Digest& key, const KernelCode& kernel);

  /// The identity that `library` would be kept under.
  static Digest identity_of(const compiler::Library& library);

 private:
  Digest instantiation_key(const Digest& library, const std::string& function) const;
  /// The compiler that runs is the one that the keys name: its file may have been replaced since.
  bool is_current_build() const;

  support::DiskCache disk_;
  std::string build_;
  std::string processor_;
};

}  // namespace pymetal::backend::cpu
