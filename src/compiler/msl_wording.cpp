// Says in MSL's words what Clang says in its own.
#include "compiler/msl_wording.h"

#include <regex>
#include <utility>

namespace pymetal::compiler {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string short_scalar(const std::string& name) {
  if (name == "__bf16") return "bfloat";
  if (name == "signed char") return "char";
  constexpr std::string_view kUnsigned = "unsigned ";
  if (name.starts_with(kUnsigned)) return "u" + name.substr(kUnsigned.size());
  return name;
}

/// Replaces each match of `pattern` by what `rewrite` makes of it.
template <class Rewrite>
std::string rewrite_matches(const std::string& text, const std::regex& pattern, Rewrite rewrite) {
  std::string result;
  auto end = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), last; it != last; ++it) {
    result.append(end, (*it)[0].first);
    result += rewrite(*it);
    end = (*it)[0].second;
  }
  result.append(end, text.cend());
  return result;
}

}  // namespace

std::string to_msl_wording(std::string text) {
  static const std::regex vector(R"(\b(packed_)?vec<([a-z_0-9 ]+), ([234])>)");
  static const std::regex matrix(R"(\bmatrix<([a-z_0-9 ]+), ([234]), ([234])>)");
  static const std::regex also_known_as(R"('([^']*)' \(aka '([^']*)'\))");
  // Every variable lives in thread memory: only of what pointers and references lead to is it worth saying.
  static const std::regex thread_value(R"(__private ([^'*&]*'))");
  static const std::regex threadgroup_type(R"(__msl_type_of_(\w+)_[0-9]+)");

  replace_all(text, "metal::", "");
  text = rewrite_matches(text, vector, [](const std::smatch& m) {
    const std::string scalar = m[2].str() == "unsigned int" ? "uint" : short_scalar(m[2].str());
    return m[1].str() + scalar + m[3].str();
  });
  text = rewrite_matches(text, matrix,
                         [](const std::smatch& m) { return short_scalar(m[1].str()) + m[2].str() + "x" + m[3].str(); });
  replace_all(text, "*__private", "*");
  text = std::regex_replace(text, thread_value, "$1");
  for (auto [from, to] : {std::pair<const char*, const char*>{"const __generic ", "constant "},
                          {"__generic const ", "constant "},
                          {"__constant ", "constant "},
                          {"__generic ", ""},
                          {"__global", "device"},
                          {"__local", "threadgroup"},
                          {"__private ", "thread "},
                          {"__private", "thread"},
                          {"__bf16", "bfloat"}})
    replace_all(text, from, to);
  text = rewrite_matches(text, threadgroup_type, [](const std::smatch& m) { return "decltype(" + m[1].str() + ")"; });
  // 'float4' (aka 'float4') says the same thing twice.
  return rewrite_matches(text, also_known_as, [](const std::smatch& m) {
    return m[1].str() == m[2].str() ? "'" + m[1].str() + "'" : m[0].str();
  });
}

}  // namespace pymetal::compiler
