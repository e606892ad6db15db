// Says in MSL's words what Clang says in its own.
#include "compiler/msl_wording.h"

#include <array>
#include <regex>
#include <utility>

namespace pymetal::compiler {
namespace {

std::string short_scalar(const std::string& name) {
  if (name == "__bf16") return "bfloat";
  if (name == "signed char") return "char";
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

/// What Clang says of OpenCL or of its own options, and what there is to say in Metal.
std::string rewrite_sentences(std::string text) {
  struct Sentence {
    std::regex pattern;
    const char* replacement;
  };
  static const std::array kSentences = {
      Sentence{std::regex(R"('default (new|delete)' is not supported in C\+\+ for OpenCL)"), "Metal has no '$1'"},
      Sentence{std::regex(R"((is|are) not supported in C\+\+ for OpenCL( version [0-9]+)?)"),
               "$1 not supported in Metal"},
      Sentence{std::regex(R"(C\+\+ for OpenCL( version [0-9]+)?|OpenCL( C)?( version [0-9.]+)?)"), "Metal"},
      Sentence{std::regex(R"(cannot use '(\w+)' with exceptions disabled)"), "Metal has no exceptions ('$1')"},
      Sentence{std::regex(R"(program scope variable must reside in .* address space)"),
               "a variable at program scope must be in the constant address space"},
      Sentence{std::regex(R"(no setter defined for property '([xyzwrgba]+)')"),
               "the swizzle '$1' repeats a component and cannot be written"},
      Sentence{std::regex(R"('this' argument to member function 'put_([xyzw]+)' is an rvalue.*)"),
               "the components '$1' of a value that is no variable cannot be written"},
      Sentence{std::regex(R"(cannot bind reference in address space '(\w+)' to object in address space '(\w+)')"),
               "cannot bind reference to '$2' to an object in address space '$1'"},
      // Clang infers device for what a program declares constant.
      Sentence{std::regex(R"((variable '\w+' with const-qualified type ')const device )"), "$1constant "},
      Sentence{std::regex(R"(\(skipping ([0-9]+) contexts in backtrace; .*\))"), "(skipping $1 contexts)"},
  };
  for (const Sentence& sentence : kSentences) text = std::regex_replace(text, sentence.pattern, sentence.replacement);
  return text;
}

}  // namespace

std::string to_msl_wording(std::string text) {
  static const std::regex vector(R"(\b(packed_)?vec<([a-z_0-9 ]+), ([234])>)");
  static const std::regex matrix(R"(\bmatrix<([a-z_0-9 ]+), ([234]), ([234])>)");
  static const std::regex unsigned_scalar(R"(\bunsigned (char|short|int|long)\b(?! long))");
  static const std::regex signed_char(R"(\bsigned char\b)");
  static const std::regex also_known_as(R"('([^']*)' \(aka '([^']*)'\))");
  // A name that is offered keeps its namespace: it may be all that is missing.
  static const std::regex metal_scope(R"((did you mean '(?:simply )?)?\bmetal::)");
  // Every variable lives in thread memory: only of what pointers and references lead to is it worth saying.
  static const std::regex thread_value(R"(__private ([^'*&]*'))");
  static const std::regex thread_variable(R"(([*&])__private\b)");
  static const std::regex threadgroup_type(R"(__msl_type_of_(\w+)_[0-9]+)");
  static const std::regex attribute(R"('msl_(\w+)' attribute)");
  using Word = std::pair<std::regex, const char*>;
  static const std::array kWords = {
      Word{R"(\bconst __generic |\b__generic const |\b__constant )", "constant "},
      Word{R"(\b__generic )", ""},
      Word{R"(\b__global\b)", "device"},
      Word{R"(\b__local\b)", "threadgroup"},
      Word{R"(\b__private\b)", "thread"},
      Word{R"(\b__bf16\b)", "bfloat"},
      Word{R"(\b(const )+constant\b)", "constant"},
  };

  text = rewrite_matches(text, metal_scope, [](const std::smatch& m) { return m[1].matched ? m[0].str() : ""; });
  text = std::regex_replace(text, unsigned_scalar, "u$1");
  text = rewrite_matches(text, vector,
                         [](const std::smatch& m) { return m[1].str() + short_scalar(m[2].str()) + m[3].str(); });
  text = rewrite_matches(text, matrix,
                         [](const std::smatch& m) { return short_scalar(m[1].str()) + m[2].str() + "x" + m[3].str(); });
  text = std::regex_replace(text, signed_char, "char");
  text = std::regex_replace(text, thread_variable, "$1");
  text = std::regex_replace(text, thread_value, "$1");
  for (const auto& [pattern, word] : kWords) text = std::regex_replace(text, pattern, word);
  text = rewrite_matches(text, threadgroup_type, [](const std::smatch& m) { return "decltype(" + m[1].str() + ")"; });
  text = std::regex_replace(text, attribute, "'$1' attribute");
  text = rewrite_sentences(std::move(text));
  // 'float4' (aka 'float4') says the same thing twice.
  return rewrite_matches(text, also_known_as, [](const std::smatch& m) {
    return m[1].str() == m[2].str() ? "'" + m[1].str() + "'" : m[0].str();
  });
}

}  // namespace pymetal::compiler
