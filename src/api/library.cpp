// Compiled MSL.
#include "pymetal/library.h"

#include <algorithm>
#include <numeric>

#include "backend/backend.h"
#include "pymetal/device.h"
#include "pymetal/function.h"

namespace pymetal {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

/// The names that are most like `name`, at most five.
std::vector<std::string> close_matches(const std::string& name, std::vector<std::string> names) {
  std::erase_if(names, [&](const std::string& candidate) {
    return edit_distance(name, candidate) > std::max(name.size(), candidate.size()) / 2;
  });
  std::ranges::sort(names, {},
                    [&](const std::string& candidate) { return std::pair(edit_distance(name, candidate), candidate); });
  if (names.size() > 5) names.resize(5);
  return names;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

}  // namespace

Library::Library(std::shared_ptr<Device> device, std::shared_ptr<const backend::CompiledLibrary> compiled)
    : device_(std::move(device)), compiled_(std::move(compiled)) {}
Library::~Library() = default;

std::vector<std::string> Library::function_names() const { return compiled_->function_names(); }

std::vector<CompileDiagnostic> Library::warnings() const { return compiled_->warnings(); }

std::shared_ptr<Function> Library::new_function(const std::string& name, const FunctionConstantValues& constants) {
  const backend::FunctionInfo* found = compiled_->find(name);
  if (found == nullptr) {
    const std::vector<std::string> similar = close_matches(name, function_names());
    throw ResourceError(describe("Library") + " holds no function of that name (" + name + ")" +
                        (similar.empty() ? "." : "; it holds " + quoted_list(similar) + "."));
  }
  std::map<std::string, FunctionConstant> dictionary;
  for (const FunctionConstant& constant : found->constants) dictionary.emplace(constant.name, constant);
  return std::make_shared<Function>(shared_from_this(), name, found->type, std::move(dictionary), constants);
}

}  // namespace pymetal
