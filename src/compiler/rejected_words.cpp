// The token filter's rule for words of C++ that Clang takes and MSL does not.
#include "clang/Basic/IdentifierTable.h"
#include "compiler/token_filter.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

/// Whether the cursor is in the parameters of `operator""_x`: C++ has the types of literals only there.
bool TokenFilter::in_literal_operator() const {
  std::size_t open = at_;
  while (open > 0 && input_[open].isOneOf(tok::kw_unsigned, tok::kw_long, tok::kw_int, tok::kw_double)) --open;
  if (open < 3 || input_[open].isNot(tok::l_paren)) return false;
  const std::size_t name = open - 1;
  return input_[name].is(tok::string_literal) ? input_[name - 1].is(tok::kw_operator)
                                              : input_[name - 1].is(tok::string_literal);
}

/// `asm("…");` as a statement is left out.
bool TokenFilter::reject_assembly() {
  report(peek().getLocation(), "Metal has no inline assembly ('asm')");
  while (!peek().isOneOf(tok::semi, tok::r_brace, tok::eof)) ++at_;
  return true;
}

/// Reports a word that Metal does not have, and goes on with what may have been meant, so that no second error follows.
bool TokenFilter::reject_word() {
  const Token token = peek();
  if (token.is(tok::kw_asm) && in_body() && at_ == statement_) return reject_assembly();
  if (!token.isOneOf(tok::kw_double, tok::kw_long, tok::kw_goto, tok::kw_virtual, tok::kw_thread_local,
                     tok::kw_register) ||
      preprocessor_.getSourceManager().isInSystemHeader(token.getLocation()) || in_literal_operator())
    return false;
  if (token.is(tok::kw_double)) {
    report(token.getLocation(), "'double' is not supported in Metal; use 'float'");
    if (previous().is(tok::kw_long)) output_.pop_back();
    emit(tok::kw_float, token.getLocation());
  } else if (token.is(tok::kw_long) && peek(1).is(tok::kw_long)) {
    report(token.getLocation(), "'long long' is not supported in Metal; 'long' has 64 bits");
    ++at_;
    copy();
    return true;
  } else if (token.is(tok::kw_goto)) {
    report(token.getLocation(), "'goto' is not supported in Metal");
    copy();
    return true;
  } else if (token.is(tok::kw_virtual)) {
    report(token.getLocation(), "Metal has no virtual functions or base classes ('virtual')");
  } else if (token.isOneOf(tok::kw_thread_local, tok::kw_register)) {
    report(token.getLocation(), "'" + token.getIdentifierInfo()->getName().str() + "' is not supported in Metal");
  } else {
    return false;
  }
  ++at_;
  return true;
}

/// Clang tries `a<b<c<…` as a type and as an expression, and each of these in both ways again: time doubles with every
/// level.
bool TokenFilter::reject_nesting() {
  unsigned depth = 0;
  for (std::size_t i = 1; i < input_.size(); ++i) {
    const Token& token = input_[i];
    if (token.is(tok::less) && input_[i - 1].is(tok::identifier)) {
      if (++depth <= kDeepestTemplateArguments) continue;
      report(token.getLocation(), "template arguments are nested too deeply (more than " +
                                      std::to_string(kDeepestTemplateArguments) + " levels)");
      return true;
    }
    if (token.isNot(tok::identifier) && token.isNot(tok::coloncolon)) depth = 0;
  }
  return false;
}

}  // namespace pymetal::compiler
