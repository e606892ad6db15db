// What a program hands over to be compiled is checked here.
#include "api/source_rules.h"

#include <algorithm>
#include <string_view>

#include "pymetal/error.h"

namespace pymetal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// `NAME`, or `NAME(a, b)`.
bool is_macro_name(std::string_view name) {
  const auto end = std::ranges::find_if_not(name, is_name_part);
  if (name.empty() || !is_letter(name.front())) return false;
  const std::string_view parameters(end, name.end());
  if (parameters.empty()) return true;
  return parameters.front() == '(' && parameters.find(')') == parameters.size() - 1 &&
         std::ranges::all_of(parameters.substr(1, parameters.size() - 2),
                             [](char c) { return is_name_part(c) || c == ',' || c == ' ' || c == '.'; });
}

bool is_one_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\\')) return false;
  return true;
}

}  // namespace

void require_macros(const CompileOptions& options) {
  for (const auto& [name, value] : options.preprocessor_macros) {
    if (!is_macro_name(name))
      throw ValidationError("Device: the name of a preprocessor macro is an identifier, with parameters or without (" +
                            name + ").");
    if (!is_one_line(value))
      throw ValidationError("Device: the value of preprocessor macro '" + name + "' has more than one line (" + value +
                            ").");
  }
}

std::string without_byte_order_mark(std::string text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  return text;
}

}  // namespace pymetal
