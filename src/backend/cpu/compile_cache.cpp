// Keeps compiled libraries and kernels on disk.
#include "backend/cpu/compile_cache.h"

#include <algorithm>
#include <cstdlib>

#include "backend/cpu/build_id.h"
#include "backend/cpu/kernel_bytes.h"
#include "backend/cpu/machine.h"
#include "backend/cpu/toolchain.h"
#include "support/sanitizer.h"

namespace pymetal::backend::cpu {
namespace {

constexpr std::uint64_t kLimitBytes = std::uint64_t{1} << 30;

std::filesystem::path cache_folder() {
  const auto value_of = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (std::filesystem::path chosen = value_of("PYMETAL_CACHE_DIR"); !chosen.empty()) return chosen;
  // The specification of these variables has relative paths ignored.
  if (const std::filesystem::path base = value_of("XDG_CACHE_HOME"); base.is_absolute()) return base / "pymetal";
  if (const std::filesystem::path home = value_of("HOME"); home.is_absolute()) return home / ".cache" / "pymetal";
  return {};
}

std::unique_ptr<CompileCache> open_cache() {
  // Code that a sanitizer checks is none for other processes.
  if (support::has_address_sanitizer()) return nullptr;
#if __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return nullptr;
#else
  const char* choice = std::getenv("PYMETAL_CACHE");
  if (choice != nullptr && std::string_view(choice) == "0") return nullptr;
  std::filesystem::path folder = cache_folder();
  const std::string core = build_id_at(reinterpret_cast<const void*>(&cache_folder));
  const std::string toolchain = build_id_of_file(toolchain_path());
  if (folder.empty() || core.empty() || toolchain.empty() || processor_features().empty()) return nullptr;
  return std::make_unique<CompileCache>(std::move(folder), core + toolchain);
#endif
}

void add(compiler::Hasher& hasher, const FunctionConstantValue& value) {
  hasher.add(static_cast<std::uint64_t>(value.type));
  hasher.add(std::string_view(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()));
}

}  // namespace

CompileCache* CompileCache::shared() {
  // Never destroyed: threads may compile until the process ends.
  static CompileCache* const cache = open_cache().release();
  return cache;
}

CompileCache::CompileCache(std::filesystem::path folder, std::string build)
    : disk_(std::move(folder), kLimitBytes, &compiler::digest_of),
      build_(std::move(build)),
      processor_(processor_features()) {}

CompileCache::Digest CompileCache::library_key(const compiler::LibrarySource& source) const {
  compiler::Hasher hasher;
  hasher.add("library").add(build_).add(source.text).add(source.file_name).add(source.include_paths.size());
  for (const std::string& path : source.include_paths) hasher.add(path);
  const auto& [macros, math_mode, language_version, defer_instantiations] = source.options;
  hasher.add(macros.size());
  for (const auto& [name, value] : macros) hasher.add(name).add(value);
  hasher.add(static_cast<std::uint64_t>(math_mode)).add(static_cast<std::uint64_t>(language_version));
  hasher.add(std::uint64_t{defer_instantiations});
  return hasher.finish();
}

CompileCache::Digest CompileCache::kernel_key(const Digest& library, const std::string& function,
                                              const FunctionConstantValues& constants, const CodeTarget& target) const {
  compiler::Hasher hasher;
  const auto& [executor, cpu, layout] = target;
  const auto& [in_rows, is_full, is_one_row, short_row] = layout;
  hasher.add("kernel").add(build_).add(processor_).add(cpu).add(static_cast<std::uint64_t>(executor));
  hasher.add(std::uint64_t{in_rows})
      .add(std::uint64_t{is_full})
      .add(std::uint64_t{is_one_row})
      .add(std::uint64_t{short_row});
  hasher.add(library).add(function).add(constants.by_index().size());
  for (const auto& [index, value] : constants.by_index()) {
    hasher.add(index);
    add(hasher, value);
  }
  for (const auto& [name, value] : constants.by_name()) {
    hasher.add(name);
    add(hasher, value);
  }
  return hasher.finish();
}

CompileCache::Digest CompileCache::instantiation_key(const Digest& library, const std::string& function) const {
  return compiler::Hasher().add("instantiation").add(build_).add(library).add(function).finish();
}

CompileCache::Digest CompileCache::identity_of(const compiler::Library& library) {
  return compiler::digest_of((support::ByteWriter() << index_of(library).first).take());
}

std::optional<CompileCache::CachedLibrary> CompileCache::find_library(const Digest& key) {
  const std::optional<std::string> bytes = disk_.read(key);
  if (!bytes) return std::nullopt;
  CachedLibrary found;
  support::ByteReader reader(*bytes);
  reader >> found.index;
  if (!reader.is_complete() || !std::ranges::all_of(found.index.dependencies, compiler::is_current))
    return std::nullopt;
  found.identity = compiler::digest_of(*bytes);
  return found;
}

std::optional<std::string> CompileCache::find_contents(const Digest& contents) {
  std::optional<std::string> bytes = disk_.read(contents);
  if (bytes && compiler::digest_of(*bytes) != contents) bytes.reset();
  return bytes;
}

std::optional<FunctionInfo> CompileCache::find_function(const LibraryIndex& index, std::size_t function) {
  const LibraryIndex::Function& entry = index.functions[function];
  const std::optional<std::string> bytes = disk_.read_part(index.reflection, entry.offset, entry.size);
  if (!bytes || compiler::digest_of(*bytes) != entry.digest) return std::nullopt;
  std::optional<FunctionInfo> found(std::in_place);
  support::ByteReader reader(*bytes);
  reader >> *found;
  if (!reader.is_complete() || found->name != entry.name || found->module >= index.modules.size()) found.reset();
  return found;
}

std::optional<CompileCache::Instantiation> CompileCache::find_instantiation(const Digest& library,
                                                                            const std::string& function) {
  const std::optional<std::string> bytes = disk_.read(instantiation_key(library, function));
  if (!bytes) return std::nullopt;
  std::optional<Instantiation> found(std::in_place);
  support::ByteReader reader(*bytes);
  reader >> found->function >> found->warnings >> found->module;
  if (!reader.is_complete() || found->function.name != function || found->function.module != 0) found.reset();
  return found;
}

std::optional<KernelCode> CompileCache::find_kernel(const Digest& key) {
  const std::optional<std::string> bytes = disk_.read(key);
  return bytes ? kernel_from_bytes(*bytes) : std::nullopt;
}

CompileCache::Digest CompileCache::keep_library(const Digest& key, const compiler::Library& library) {
  const auto [index, reflection] = index_of(library);
  const std::string bytes = (support::ByteWriter() << index).take();
  if (library.is_cacheable && is_current_build()) {
    for (std::size_t i = 0; i < index.modules.size(); ++i) disk_.write(index.modules[i], library.modules[i]);
    if (index.has_syntax_tree) disk_.write(index.syntax_tree, library.syntax_tree);
    disk_.write(index.reflection, reflection);
    disk_.write(key, bytes);
  }
  return compiler::digest_of(bytes);
}

void CompileCache::keep_instantiation(const Digest& library, const compiler::Library& instantiation) {
  if (!instantiation.is_cacheable || !is_current_build()) return;
  const FunctionInfo& function = instantiation.functions.front();
  const Digest module = compiler::digest_of(instantiation.modules.front());
  disk_.write(module, instantiation.modules.front());
  disk_.write(instantiation_key(library, function.name),
              (support::ByteWriter() << function << instantiation.warnings << module).take());
}

void CompileCache::keep_kernel(const Digest& key, const KernelCode& kernel) {
  if (is_current_build()) disk_.write(key, to_bytes(kernel));
}

bool CompileCache::is_current_build() const { return build_.ends_with(toolchain_build_id()); }

}  // namespace pymetal::backend::cpu
