// What the cache finds first of a compiled library: enough to answer what it holds. The rest is read piece by piece.
#pragma once

#include <string>
#include <vector>

#include "compiler/library_bytes.h"

namespace pymetal::backend::cpu {

using compiler::FunctionInfo;

struct LibraryIndex {
  /// A function's place among the bytes that all reflection makes.
  struct Function {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    compiler::Digest digest{};
  };
  std::vector<compiler::Digest> modules;
  compiler::Digest syntax_tree{};
  compiler::Digest reflection{};
  std::vector<Function> functions;
  std::vector<compiler::FunctionConstantInfo> constants;
  std::vector<CompileDiagnostic> warnings;
  std::vector<compiler::FileDependency> dependencies;
  bool has_syntax_tree = false;
};

inline auto fields(LibraryIndex::Function& function) {
  auto& [name, offset, size, digest] = function;
  return std::tie(name, offset, size, digest);
}

inline auto fields(LibraryIndex& index) {
  auto& [modules, syntax_tree, reflection, functions, constants, warnings, dependencies, has_syntax_tree] = index;
  return std::tie(modules, syntax_tree, reflection, functions, constants, warnings, dependencies, has_syntax_tree);
}

/// The index of `library`, and the bytes that it refers to as `reflection`.
std::pair<LibraryIndex, std::string> index_of(const compiler::Library& library);

}  // namespace pymetal::backend::cpu
