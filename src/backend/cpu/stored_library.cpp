// A compiled library whose parts come when they are needed: out of the cache, or from the compiler.
#include "backend/cpu/stored_library.h"

#include <algorithm>

#include "backend/cpu/toolchain.h"
#include "support/process.h"

namespace pymetal::backend::cpu {

StoredLibrary::StoredLibrary(const compiler::LibrarySource& source) {
  const support::ForkDelay delay;
  source_.file_name = source.file_name;
  source_.options = source.options;
  std::optional<CompileCache::CachedLibrary> found;
  const compiler::Digest key = cache_ == nullptr ? compiler::Digest{} : cache_->library_key(source);
  if (cache_ != nullptr) found = cache_->find_library(key);
  if (found) {
    index_ = std::move(found->index);
    identity_ = found->identity;
    is_cached_ = true;
    has_syntax_tree_ = false;
    source_ = source;
    library_.constants = index_.constants;
    library_.modules.resize(index_.modules.size());
    warnings_ = std::move(index_.warnings);
    for (const LibraryIndex::Function& function : index_.functions) names_.push_back(function.name);
  } else {
    library_ = load_toolchain().compile_library(source);
    is_cacheable_ = library_.is_cacheable;
    if (cache_ != nullptr) identity_ = cache_->keep_library(key, library_);
    warnings_ = library_.warnings;
    for (const FunctionInfo& function : library_.functions) names_.push_back(function.name);
  }
  for (const std::string& name : names_) {
    places_.emplace(name, functions_.size());
    functions_.emplace_back();
  }
}

std::vector<CompileDiagnostic> StoredLibrary::warnings() const {
  const support::ForkDelay delay;
  const std::lock_guard lock(warnings_mutex_);
  return warnings_;
}

/// Adds those that are new: what concerns the whole program is found again with every function.
void StoredLibrary::add_warnings(const std::vector<CompileDiagnostic>& warnings) const {
  const std::lock_guard lock(warnings_mutex_);
  for (const CompileDiagnostic& warning : warnings)
    if (std::ranges::none_of(warnings_, [text = to_string(warning)](const CompileDiagnostic& other) {
          return to_string(other) == text;
        }))
      warnings_.push_back(warning);
}

const FunctionInfo* StoredLibrary::find(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return nullptr;
  const support::ForkDelay delay;
  Function& function = functions_[found->second];
  const std::lock_guard lock(function.mutex);
  if (function.info == nullptr) load(found->second, function);
  return function.info.get();
}

void StoredLibrary::load(std::size_t place, Function& function) const {
  FunctionInfo info = declared(place);
  if (!info.is_deferred()) {
    function.info = std::make_unique<const FunctionInfo>(std::move(info));
    return;
  }
  std::optional<CompileCache::Instantiation> found;
  if (cache_ != nullptr && is_cacheable_) found = cache_->find_instantiation(identity_, info.name);
  if (found) {
    function.instantiation = std::make_unique<compiler::Library>();
    function.instantiation->functions = {std::move(found->function)};
    function.instantiation->constants = library_.constants;
    function.instantiation->warnings = std::move(found->warnings);
    function.instantiation->modules.resize(1);
    function.module = found->module;
  } else {
    instantiate(info, function);
  }
  function.info = std::make_unique<const FunctionInfo>(function.instantiation->functions.front());
  add_warnings(function.instantiation->warnings);
}

void StoredLibrary::instantiate(const FunctionInfo& declared, Function& function) const {
  const compiler::Library* library = nullptr;
  {
    const std::lock_guard lock(mutex_);
    library = &with_syntax_tree();
  }
  auto made = std::make_unique<compiler::Library>(load_toolchain().instantiate_function(*library, declared, source_));
  if (cache_ != nullptr) cache_->keep_instantiation(identity_, *made);
  function.instantiation = std::move(made);
  function.module.reset();
}

/// What the library tells of a function before it is instantiated.
FunctionInfo StoredLibrary::declared(std::size_t place) const {
  if (is_cached_)
    if (std::optional<FunctionInfo> found = cache_->find_function(index_, place)) return std::move(*found);
  const std::lock_guard lock(mutex_);
  if (library_.functions.empty()) compile_again();
  return library_.functions[place];
}

const compiler::Library& StoredLibrary::library_of(const FunctionInfo& function) const {
  const support::ForkDelay delay;
  const std::size_t place = places_.at(function.name);
  Function& entry = functions_[place];
  const std::lock_guard lock(entry.mutex);
  if (entry.instantiation == nullptr) {
    const std::lock_guard whole(mutex_);
    return with_module(function.module);
  }
  if (entry.module) {
    std::optional<std::string> found = cache_->find_contents(*entry.module);
    if (found) {
      entry.instantiation->modules.front() = std::move(*found);
      entry.module.reset();
    } else {
      instantiate(declared(place), entry);
    }
  }
  return *entry.instantiation;
}

/// Only what is missing changes: other threads may be reading the rest.
void StoredLibrary::compile_again() const {
  compiler::Library again = load_toolchain().compile_library(source_);
  if (CompileCache::identity_of(again) != identity_)
    throw PipelineError("The library must be compiled again, and a file that it includes has changed (" +
                        source_.file_name + ").");
  if (library_.functions.empty()) library_.functions = std::move(again.functions);
  for (std::size_t i = 0; i < library_.modules.size(); ++i)
    if (library_.modules[i].empty()) library_.modules[i] = std::move(again.modules[i]);
  if (!has_syntax_tree_) library_.syntax_tree = std::move(again.syntax_tree);
  has_syntax_tree_ = true;
}

const compiler::Library& StoredLibrary::with_module(std::uint32_t module) const {
  std::string& bitcode = library_.modules[module];
  if (!bitcode.empty()) return library_;
  if (std::optional<std::string> found = cache_->find_contents(index_.modules[module]))
    bitcode = std::move(*found);
  else
    compile_again();
  return library_;
}

const compiler::Library& StoredLibrary::with_syntax_tree() const {
  if (has_syntax_tree_) return library_;
  if (std::optional<std::string> found = cache_->find_contents(index_.syntax_tree)) {
    library_.syntax_tree = std::move(*found);
    has_syntax_tree_ = true;
  } else {
    compile_again();
  }
  return library_;
}

}  // namespace pymetal::backend::cpu
