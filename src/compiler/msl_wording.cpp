// Says in MSL's words what Clang says in its own.
#include "compiler/msl_wording.h"

#include <array>
#include <mutex>
#include <regex>
#include <utility>

namespace pymetal::compiler {
namespace {

std::string short_scalar(const std::string& name) {
  if (name == "__bf16") return "bfloat";
  if (name == "signed char") return "char";
  return name;
}

/// A pattern, and a word that stands in all that it matches: to look for a word is a hundred times as fast.
class Pattern {
 public:
  Pattern(const char* word, const char* expression) : word_(word), expression_(expression) {}

  bool may_match(const std::string& text) const { return text.find(word_) != std::string::npos; }
  const std::regex& regex() const {
    std::call_once(once_, [this] { regex_ = expression_; });
    return regex_;
  }

 private:
  const char* word_;
  const char* expression_;
  mutable std::once_flag once_;
  mutable std::regex regex_;
};

struct Replacement {
  Pattern pattern;
  const char* text;
};

/// Replaces each match of `pattern` by what `rewrite` makes of it.
template <class Rewrite>
std::string rewrite_matches(std::string text, const Pattern& pattern, Rewrite rewrite) {
  if (!pattern.may_match(text)) return text;
  std::string result;
  auto end = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), pattern.regex()), last; it != last; ++it) {
    result.append(end, (*it)[0].first);
    result += rewrite(*it);
    end = (*it)[0].second;
  }
  result.append(end, text.cend());
  return result;
}

std::string replace_matches(std::string text, const Pattern& pattern, const char* replacement) {
  return pattern.may_match(text) ? std::regex_replace(text, pattern.regex(), replacement) : text;
}

/// What Clang says of OpenCL or of its own options, and what there is to say in Metal.
std::string rewrite_sentences(std::string text) {
  static const std::array kSentences = {
      Replacement{{"'default ", R"('default (new|delete)' is not supported in C\+\+ for OpenCL)"}, "Metal has no '$1'"},
      Replacement{{"not supported in", R"((is|are) not supported in C\+\+ for OpenCL( version [0-9]+)?)"},
                  "$1 not supported in Metal"},
      Replacement{{"OpenCL", R"(C\+\+ for OpenCL( version [0-9]+)?|OpenCL( C)?( version [0-9.]+)?)"}, "Metal"},
      Replacement{{"exceptions disabled", R"(cannot use '(\w+)' with exceptions disabled)"},
                  "Metal has no exceptions ('$1')"},
      Replacement{{"program scope variable", R"(program scope variable must reside in .* address space)"},
                  "a variable at program scope must be in the constant address space"},
      Replacement{{"default initialization of an object of const type",
                   R"(default initialization of an object of const type 'const (?:device )?(.*)')"},
                  "a variable in the constant address space must be initialized ('$1')"},
      Replacement{{"in global address space", R"(cannot be declared in global address space)"},
                  "cannot be declared in the device address space: pointers lead there"},
      Replacement{{"no viable overloaded operator[]", R"(no viable overloaded operator\[\] for type '([^']*[*\]])')"},
                  "the index into '$1' is not an integer"},
      Replacement{{"no setter defined", R"(no setter defined for property '([xyzwrgba]+)')"},
                  "the swizzle '$1' repeats a component and cannot be written"},
      Replacement{{"cannot bind reference",
                   R"(cannot bind reference in address space '(\w+)' to object in address space '(\w+)')"},
                  "cannot bind reference to '$2' to an object in address space '$1'"},
      Replacement{{"'this' argument to member function 'put_",
                   R"('this' argument to member function 'put_([xyzw]+)' is an rvalue.*)"},
                  "the components '$1' of a value that is no variable cannot be written"},
      // Clang infers device for what a program declares constant.
      Replacement{{"const-qualified type", R"((variable '\w+' with const-qualified type ')const device )"},
                  "$1constant "},
      Replacement{{"(skipping", R"(\(skipping ([0-9]+) contexts in backtrace; .*\))"}, "(skipping $1 contexts)"},
  };
  for (const Replacement& sentence : kSentences)
    text = replace_matches(std::move(text), sentence.pattern, sentence.text);
  return text;
}

}  // namespace

std::string to_msl_wording(std::string text) {
  static const Pattern vector{"vec<", R"(\b(packed_)?vec<([a-z_0-9 ]+), ([234])>)"};
  static const Pattern matrix{"matrix<", R"(\bmatrix<([a-z_0-9 ]+), ([234]), ([234])>)"};
  static const Pattern unsigned_scalar{"unsigned ", R"(\bunsigned (char|short|int|long)\b(?! long))"};
  static const Pattern signed_char{"signed char", R"(\bsigned char\b)"};
  static const Pattern also_known_as{"(aka", R"('([^']*)' \(aka '([^']*)'\))"};
  // A name that is offered keeps its namespace: it may be all that is missing.
  static const Pattern metal_scope{"metal::", R"((did you mean '(?:simply )?)?\bmetal::)"};
  // Every variable lives in thread memory: only of what pointers and references lead to is it worth saying.
  static const Pattern thread_value{"__private ", R"(__private ([^'*&]*'))"};
  static const Pattern thread_variable{"__private", R"(([*&])__private\b)"};
  static const Pattern threadgroup_type{"__msl_type_of_", R"(__msl_type_of_(\w+)_[0-9]+)"};
  static const Pattern attribute{"'msl_", R"('msl_(\w+)' attribute)"};
  static const std::array kWords = {
      Replacement{{"__", R"(\bconst __generic |\b__generic const |\b__constant )"}, "constant "},
      Replacement{{"__generic ", R"(\b__generic )"}, ""},
      // What stands behind the parameters of a method.
      Replacement{{" __generic", R"( __generic\b)"}, ""},
      Replacement{{"__global", R"(\b__global\b)"}, "device"},
      Replacement{{"__local", R"(\b__local\b)"}, "threadgroup"},
      Replacement{{"__private", R"(\b__private\b)"}, "thread"},
      Replacement{{"__bf16", R"(\b__bf16\b)"}, "bfloat"},
      Replacement{{"const constant", R"(\b(const )+constant\b)"}, "constant"},
  };

  text = rewrite_matches(std::move(text), metal_scope,
                         [](const std::smatch& m) { return m[1].matched ? m[0].str() : ""; });
  text = replace_matches(std::move(text), unsigned_scalar, "u$1");
  text = rewrite_matches(std::move(text), vector,
                         [](const std::smatch& m) { return m[1].str() + short_scalar(m[2].str()) + m[3].str(); });
  text = rewrite_matches(std::move(text), matrix,
                         [](const std::smatch& m) { return short_scalar(m[1].str()) + m[2].str() + "x" + m[3].str(); });
  text = replace_matches(std::move(text), signed_char, "char");
  text = replace_matches(std::move(text), thread_variable, "$1");
  text = replace_matches(std::move(text), thread_value, "$1");
  for (const auto& [pattern, word] : kWords) text = replace_matches(std::move(text), pattern, word);
  text = rewrite_matches(std::move(text), threadgroup_type,
                         [](const std::smatch& m) { return "decltype(" + m[1].str() + ")"; });
  text = replace_matches(std::move(text), attribute, "'$1' attribute");
  text = rewrite_sentences(std::move(text));
  // 'float4' (aka 'float4') says the same thing twice.
  return rewrite_matches(std::move(text), also_known_as, [](const std::smatch& m) {
    return m[1].str() == m[2].str() ? "'" + m[1].str() + "'" : m[0].str();
  });
}

}  // namespace pymetal::compiler
