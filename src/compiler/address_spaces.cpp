// The token filter's rules for address spaces: device, threadgroup, thread and constant.
#include "clang/Basic/IdentifierTable.h"
#include "compiler/token_filter.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

/// `Name(…) thread {` and `Name(…) constant : …`: OpenCL's constructors take no generic qualifier. They lose `thread`,
/// and `constant` becomes the true constant space; otherwise `return {…}` finds no constructor.
bool TokenFilter::rewrite_constructor_qualifier() {
  const Token& token = peek();
  const bool is_constant = is(token, "constant");
  if (!is_constant && !is(token, "thread")) return false;
  if (at_ == 0 || parentheses_ != 0 || !previous().isOneOf(tok::r_paren, tok::kw_noexcept)) return false;
  if (!peek(1).isOneOf(tok::colon, tok::l_brace, tok::semi, tok::equal, tok::kw_noexcept)) return false;
  int depth = 0;
  std::size_t open = at_ - 1;
  for (;; --open) {
    if (input_[open].is(tok::r_paren)) ++depth;
    if (input_[open].is(tok::l_paren) && --depth == 0) break;
    if (open == 0) return false;
  }
  if (open == 0 || input_[open - 1].isNot(tok::identifier)) return false;
  if (!classes_.contains(input_[open - 1].getIdentifierInfo())) return false;
  if (is_constant && !has_only_constant_constructors(input_[open - 1].getIdentifierInfo()))
    emit(tok::kw___constant, token.getLocation());
  ++at_;
  return true;
}

/// A class all of whose constructors are for `constant` needs none that is told apart: its objects lie in the space of
/// program-scope variables.
bool TokenFilter::has_only_constant_constructors(const clang::IdentifierInfo* name) const {
  for (std::size_t i = 0; i + 1 < input_.size(); ++i) {
    if (input_[i].isNot(tok::identifier) || input_[i].getIdentifierInfo() != name || input_[i + 1].isNot(tok::l_paren))
      continue;
    int depth = 0;
    std::size_t close = i + 1;
    for (; close < input_.size(); ++close) {
      if (input_[close].is(tok::l_paren)) ++depth;
      if (input_[close].is(tok::r_paren) && --depth == 0) break;
    }
    if (close + 1 >= input_.size() || !is(input_[close + 1], "constant")) return false;
  }
  return true;
}

/// Whether the address space at `qualifier` belongs to a variable, and not to what a pointer or reference leads to.
bool TokenFilter::names_variable(std::size_t qualifier) const {
  int angles = 0;
  for (std::size_t i = qualifier + 1; i < input_.size(); ++i) {
    const Token& token = input_[i];
    if (token.is(tok::less)) {
      ++angles;
    } else if (token.is(tok::greater)) {
      --angles;
    } else if (token.is(tok::greatergreater)) {
      angles -= 2;
    } else if (angles <= 0) {
      if (token.isOneOf(tok::star, tok::amp, tok::comma, tok::r_paren)) return false;
      if (token.isOneOf(tok::equal, tok::semi, tok::l_square, tok::l_brace, tok::l_paren)) return true;
    }
    if (angles < 0) return false;
  }
  return false;
}

/// Whether the class that holds the method at the cursor, `f(…) const constant`, also has `f(…) const`. That one serves
/// every space already.
bool TokenFilter::has_const_overload() const {
  std::size_t close = at_ - 1;
  while (close > 0 && input_[close].isNot(tok::r_paren)) --close;
  const std::size_t open = matching_open(close);
  if (open < 2 || input_[open - 1].isNot(tok::identifier)) return false;
  int depth = 0;
  std::size_t begin = open;
  for (; begin > 0; --begin) {
    if (input_[begin].is(tok::r_brace)) ++depth;
    if (input_[begin].is(tok::l_brace) && depth-- == 0) break;
  }
  depth = 0;
  const std::size_t length = close - open;
  for (std::size_t i = begin; i + length + 2 < input_.size(); ++i) {
    if (input_[i].is(tok::l_brace)) ++depth;
    if (input_[i].is(tok::r_brace) && --depth == 0) return false;
    if (depth != 1 || i == open || input_[i].isNot(tok::l_paren) || input_[i + length].isNot(tok::r_paren)) continue;
    const Token& after = input_[i + length + 2];
    const bool has_space =
        is(after, "constant") || is(after, "device") || is(after, "thread") || is(after, "threadgroup");
    if (input_[i + length + 1].isNot(tok::kw_const) || has_space) continue;
    bool is_same = true;
    // The name before the parentheses, and what stands between them.
    for (std::size_t k = 0; k <= length && is_same; ++k) {
      const Token& theirs = input_[i + k - 1];
      const Token& ours = input_[open + k - 1];
      is_same = theirs.getKind() == ours.getKind() &&
                (theirs.isAnnotation() || theirs.isLiteral() || theirs.getIdentifierInfo() == ours.getIdentifierInfo());
    }
    if (is_same) return true;
  }
  return false;
}

/// The parenthesis that the one at `close` closes, or 0.
std::size_t TokenFilter::matching_open(std::size_t close) const {
  int depth = 0;
  for (std::size_t i = close; i > 0; --i) {
    if (input_[i].is(tok::r_paren)) ++depth;
    if (input_[i].is(tok::l_paren) && --depth == 0) return i;
  }
  return 0;
}

/// `constant` is plain `const` on a program-scope variable, and `const __generic` on what pointers lead to: OpenCL's
/// own constant space converts to no other, so a struct could not be copied out of it.
bool TokenFilter::rewrite_constant() {
  const Token& token = peek();
  if (!is(token, "constant")) return false;
  const bool qualifies_method =
      previous().isOneOf(tok::r_paren, tok::kw_noexcept) ||
      (previous().is(tok::kw_const) && at_ > 1 && input_[at_ - 2].isOneOf(tok::r_paren, tok::kw_noexcept));
  emit(tok::kw_const, token.getLocation());
  if (qualifies_method && has_const_overload())
    emit(tok::kw___constant, token.getLocation());
  else if (parentheses_ > 0 || qualifies_method || !names_variable(at_))
    emit(tok::kw___generic, token.getLocation());
  ++at_;
  return true;
}

/// Whether an overload nearby takes its first parameter as `const constant T&` where the one at the cursor takes it as
/// `const thread T&`.
bool TokenFilter::has_overload_for_constant() const {
  constexpr std::size_t kNear = 2000;
  if (at_ < 3 || previous().isNot(tok::kw_const) || input_[at_ - 2].isNot(tok::l_paren)) return false;
  const auto same = [](const Token& a, const Token& b) {
    return a.getKind() == b.getKind() && (a.isLiteral() || a.getIdentifierInfo() == b.getIdentifierInfo());
  };
  const auto is_overload = [&](std::size_t other) {
    if (!is(input_[other], "constant") || input_[other - 1].isNot(tok::kw_const) ||
        input_[other - 2].isNot(tok::l_paren) || !same(input_[other - 3], input_[at_ - 3]))
      return false;
    for (std::size_t i = 1; at_ + i < input_.size() && other + i < input_.size(); ++i) {
      if (input_[at_ + i].isAnnotation() || !same(input_[at_ + i], input_[other + i])) return false;
      if (input_[at_ + i].is(tok::amp)) return true;
    }
    return false;
  };
  const std::size_t first = at_ > kNear ? at_ - kNear : 3;
  const std::size_t last = std::min(input_.size(), at_ + kNear);
  for (std::size_t i = first; i < last; ++i)
    if (input_[i].is(tok::identifier) && is_overload(i)) return true;
  return false;
}

/// `const thread T&` must bind to temporaries, so it loses its `thread` unless an overload binds to them; every other
/// one is private.
bool TokenFilter::rewrite_thread() {
  const Token& token = peek();
  if (!is(token, "thread")) return false;
  bool is_const = previous().is(tok::kw_const);
  bool is_reference = false;
  int angles = 0;
  for (std::size_t i = at_ + 1; i < input_.size(); ++i) {
    const Token& next = input_[i];
    if (next.is(tok::less)) ++angles;
    if (next.is(tok::greater) && --angles < 0) break;
    if (angles > 0) continue;
    if (next.is(tok::kw_const)) is_const = true;
    if (next.is(tok::amp)) is_reference = true;
    if (next.isOneOf(tok::amp, tok::star, tok::comma, tok::r_paren, tok::l_paren, tok::semi, tok::l_brace, tok::equal))
      break;
  }
  if (!(is_const && is_reference) || has_overload_for_constant()) emit(tok::kw___private, token.getLocation());
  ++at_;
  return true;
}

bool TokenFilter::rewrite_device_and_threadgroup() {
  const Token& token = peek();
  if (is(token, "device")) {
    emit(tok::kw___global, token.getLocation());
  } else if (is(token, "threadgroup")) {
    emit(tok::kw___local, token.getLocation());
  } else {
    return false;
  }
  ++at_;
  return true;
}

/// `coherent` and `coherent(system)`: on the devices that exist, memory that threads share is coherent anyway.
bool TokenFilter::rewrite_coherent() {
  if (!is(peek(), "coherent") || previous().isOneOf(tok::period, tok::arrow, tok::coloncolon)) return false;
  ++at_;
  if (peek().is(tok::l_paren) && peek(1).is(tok::identifier) && peek(2).is(tok::r_paren)) at_ += 3;
  return true;
}

}  // namespace pymetal::compiler
