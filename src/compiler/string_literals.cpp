// The token filter's rule for strings. Clang puts literals into OpenCL's constant space, which converts to no other;
// MSL's `constant char *` is a plain pointer to const here. So a literal becomes the array of a constant that leads
// anywhere.
#include "clang/Lex/LiteralSupport.h"
#include "compiler/token_filter.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

/// Whether the literal at the cursor is the text of a declaration, which must stay one: a message, a symbol's name, the
/// initialiser of an array.
bool TokenFilter::string_belongs_to_declaration() const {
  if (attribute_ > 0 || previous().is(tok::kw_extern) || previous().is(tok::kw_operator)) return true;
  if (previous().is(tok::equal) && at_ > 1 && input_[at_ - 2].is(tok::r_square)) return true;
  int depth = 0;
  bool is_inside = false;
  for (std::size_t i = statement_; i < at_; ++i) {
    const Token& token = input_[i];
    if (token.isOneOf(tok::kw_static_assert, tok::kw__Static_assert)) return true;
    if (depth == 0)
      is_inside = token.isOneOf(tok::kw___attribute, tok::kw_asm) || (is_inside && token.is(tok::l_paren));
    if (is_inside && token.is(tok::l_paren)) ++depth;
    if (is_inside && token.is(tok::r_paren)) --depth;
  }
  return depth > 0;
}

bool TokenFilter::rewrite_string() {
  if (peek().isNot(tok::string_literal) || string_belongs_to_declaration()) return false;
  const clang::SourceLocation location = peek().getLocation();
  std::vector<Token> parts;
  while (peek(parts.size()).is(tok::string_literal)) parts.push_back(peek(parts.size()));
  const clang::StringLiteralParser literal(parts, preprocessor_);
  if (literal.hadError) return false;
  at_ += parts.size();
  // __mtl_string<104, 105, 0>::value. The first location is unlike the others: Clang finds the first token by it.
  const clang::SourceLocation inside = location.getLocWithOffset(1);
  emit_identifier("__mtl_string", location);
  emit(tok::less, inside);
  for (const char c : literal.GetString()) {
    emit_number(static_cast<unsigned char>(c), inside);
    emit(tok::comma, inside);
  }
  emit_number(0, inside);
  emit(tok::greater, inside);
  emit(tok::coloncolon, inside);
  emit_identifier("value", inside);
  return true;
}

}  // namespace pymetal::compiler
