// What the cache finds first of a compiled library.
#include "backend/cpu/library_index.h"

namespace pymetal::backend::cpu {

std::pair<LibraryIndex, std::string> index_of(const compiler::Library& library) {
  LibraryIndex index;
  std::string reflection;
  for (const compiler::FunctionInfo& function : library.functions) {
    const std::string bytes = (support::ByteWriter() << function).take();
    index.functions.push_back({function.name, reflection.size(), bytes.size(), compiler::digest_of(bytes)});
    reflection += bytes;
  }
  for (const std::string& module : library.modules) index.modules.push_back(compiler::digest_of(module));
  index.syntax_tree = compiler::digest_of(library.syntax_tree);
  index.reflection = compiler::digest_of(reflection);
  index.constants = library.constants;
  index.warnings = library.warnings;
  index.dependencies = library.dependencies;
  index.has_syntax_tree = !library.syntax_tree.empty();
  return {std::move(index), std::move(reflection)};
}

}  // namespace pymetal::backend::cpu
