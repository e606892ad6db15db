// A compiled library whose parts come when they are needed: out of the cache, or from the compiler.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "backend/cpu/compile_cache.h"

namespace pymetal::backend::cpu {

/// May be used by many threads at once. What it hands out lives as long as it does.
class StoredLibrary {
 public:
  /// Throws CompileError.
  explicit StoredLibrary(const compiler::LibrarySource& source);

  const std::vector<std::string>& function_names() const { return names_; }
  std::vector<CompileDiagnostic> warnings() const;
  /// The function of that name, or null. Throws CompileError where it was deferred and does not compile.
  const FunctionInfo* find(std::string_view name) const;
  /// The library that holds IR of a function that `find` has found.
  const compiler::Library& library_of(const FunctionInfo& function) const;

  /// What the keys of all that is made of it are made from.
  const compiler::Digest& identity() const { return identity_; }
  bool is_cacheable() const { return is_cacheable_; }

 private:
  struct Function {
    std::mutex mutex;
    std::unique_ptr<const FunctionInfo> info;
    /// Of a function that was deferred.
    std::unique_ptr<compiler::Library> instantiation;
    /// Of its module, while that has not been fetched.
    std::optional<compiler::Digest> module;
  };

  void load(std::size_t place, Function& function) const;
  void instantiate(const FunctionInfo& declared, Function& function) const;
  FunctionInfo declared(std::size_t place) const;
  void add_warnings(const std::vector<CompileDiagnostic>& warnings) const;

  // Each under mutex_.
  void compile_again() const;
  const compiler::Library& with_module(std::uint32_t module) const;
  const compiler::Library& with_syntax_tree() const;

  CompileCache* cache_ = CompileCache::shared();
  std::vector<std::string> names_;
  std::map<std::string_view, std::size_t> places_;
  /// By place. The mutex of one comes before mutex_, and that before warnings_mutex_.
  mutable std::deque<Function> functions_;

  mutable std::mutex mutex_;
  mutable compiler::Library library_;
  /// Of what was found in the cache: library_ holds what has been fetched since, and empty modules in place of others.
  LibraryIndex index_;
  bool is_cached_ = false;
  mutable bool has_syntax_tree_ = true;

  mutable std::mutex warnings_mutex_;
  mutable std::vector<CompileDiagnostic> warnings_;
  bool is_cacheable_ = true;
  compiler::Digest identity_{};
  /// To compile again what the cache has lost, and for the options of what is deferred.
  compiler::LibrarySource source_;
};

}  // namespace pymetal::backend::cpu
