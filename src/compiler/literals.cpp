// The token filter's rules for literals: MSL has no double, so `1.0` is a float, and `1.0bf` is a bfloat. Clang's own
// option for the first is lost when templates are instantiated, hence the suffix.
#include <cctype>
#include <string>

#include "compiler/token_filter.h"

namespace pymetal::compiler {

namespace tok = clang::tok;

/// `((__bf16)2.0f)`: Clang has no literals of the type.
void TokenFilter::emit_bfloat(const std::string& number) {
  const clang::SourceLocation at = input_[at_++].getLocation();
  emit(tok::l_paren, at);
  emit(tok::l_paren, at);
  emit(tok::kw___bf16, at);
  emit(tok::r_paren, at);
  clang::Token value;
  value.startToken();
  value.setKind(tok::numeric_constant);
  preprocessor_.CreateString(number + "f", value, at, at);
  output_.push_back(value);
  emit(tok::r_paren, at);
}

bool TokenFilter::rewrite_literal() {
  const clang::Token& token = peek();
  if (token.isNot(tok::numeric_constant)) return false;
  const std::string spelling = preprocessor_.getSpelling(token);
  const bool is_hexadecimal = spelling.size() > 1 && (spelling[1] == 'x' || spelling[1] == 'X');
  const bool is_floating = spelling.find_first_of(is_hexadecimal ? "pP" : ".eE") != std::string::npos;
  const bool has_suffix = !(std::isdigit(static_cast<unsigned char>(spelling.back())) || spelling.back() == '.');
  if (is_floating && !is_hexadecimal && llvm::StringRef(spelling).ends_with_insensitive("bf")) {
    emit_bfloat(spelling.substr(0, spelling.size() - 2));
    return true;
  }
  if (!is_floating || has_suffix) return false;
  clang::Token suffixed;
  suffixed.startToken();
  suffixed.setKind(tok::numeric_constant);
  preprocessor_.CreateString(spelling + "f", suffixed, token.getLocation(), token.getLocation());
  if (token.isAtStartOfLine()) suffixed.setFlag(clang::Token::StartOfLine);
  output_.push_back(suffixed);
  ++at_;
  return true;
}

}  // namespace pymetal::compiler
