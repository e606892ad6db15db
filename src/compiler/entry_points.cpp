// The token filter's rules for what names and parametrises entry points.
#include <algorithm>

#include "clang/Basic/IdentifierTable.h"
#include "compiler/attribute_table.h"
#include "compiler/token_filter.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

/// `kernel`, `vertex` and `fragment` become attributes, so that none of the rules of OpenCL's kernels apply.
bool TokenFilter::rewrite_entry_point_keyword() {
  const Token& token = peek();
  if (!is(token, "kernel") && !is(token, "vertex") && !is(token, "fragment")) return false;
  // A member or a variable may bear the name.
  if (in_body() || parentheses_ > 0 || previous().is(tok::coloncolon)) return false;
  if (peek(1).isOneOf(tok::semi, tok::equal, tok::comma)) return false;
  const clang::SourceLocation location = token.getLocation();
  emit(tok::kw___attribute, location);
  emit(tok::l_paren, location);
  emit(tok::l_paren, location);
  emit_identifier((kGnuAttributePrefix + token.getIdentifierInfo()->getName()).str(), location);
  emit(tok::r_paren, location);
  emit(tok::r_paren, location);
  ++at_;
  return true;
}

/// `template [[host_name("x")]] [[kernel]] void f<float>(…);`: the grammar allows no `[[…]]` there, but GNU attributes.
bool TokenFilter::rewrite_explicit_instantiation() {
  if (peek().isNot(tok::kw_template) || peek(1).isNot(tok::l_square) || peek(2).isNot(tok::l_square)) return false;
  if (defers_ && instantiates_for_host(at_)) emit(tok::kw_extern, peek().getLocation());
  copy();
  while (peek().is(tok::l_square) && peek(1).is(tok::l_square)) {
    at_ += 2;
    const clang::SourceLocation location = peek().getLocation();
    emit(tok::kw___attribute, location);
    emit(tok::l_paren, location);
    emit(tok::l_paren, location);
    bool expects_name = true;
    int depth = 0;
    while (peek().isNot(tok::eof) && !(peek().is(tok::r_square) && peek(1).is(tok::r_square))) {
      if (const clang::IdentifierInfo* name = peek().getIdentifierInfo(); name != nullptr && expects_name) {
        emit_identifier((kGnuAttributePrefix + name->getName()).str(), peek().getLocation());
        ++at_;
        expects_name = false;
        continue;
      }
      if (peek().is(tok::l_paren)) ++depth;
      if (peek().is(tok::r_paren)) --depth;
      if (peek().is(tok::comma) && depth == 0) expects_name = true;
      copy();
    }
    emit(tok::r_paren, location);
    emit(tok::r_paren, location);
    at_ = std::min(at_ + 2, input_.size() - 1);
  }
  return true;
}

/// Whether a `template [[host_name("x")]]` begins at `at`.
bool TokenFilter::instantiates_for_host(std::size_t at) const {
  if (input_[at++].isNot(tok::kw_template) || input_[at].isNot(tok::l_square)) return false;
  for (int depth = 0; at + 1 < input_.size(); ++at) {
    if (input_[at].is(tok::l_square)) ++depth;
    if (input_[at].is(tok::r_square)) --depth;
    if (depth == 0 && input_[at + 1].isNot(tok::l_square)) return false;
    if (depth == 2 && is(input_[at], "host_name")) return true;
  }
  return false;
}

/// `constexpr constant T x [[function_constant(n)]]` has no value yet: it loses its `constexpr`.
bool TokenFilter::rewrite_function_constant() {
  if (peek().isNot(tok::kw_constexpr) || in_body()) return false;
  for (std::size_t i = at_ + 1; i < input_.size() && !input_[i].isOneOf(tok::semi, tok::l_brace, tok::equal); ++i) {
    if (!is(input_[i], "function_constant")) continue;
    ++at_;
    return true;
  }
  return false;
}

/// `R (*f)(…)` as a template parameter becomes `R f(…)`: OpenCL would make the pointee generic, which no function is.
bool TokenFilter::rewrite_function_pointer_parameter() {
  if (template_parameters_ == 0 || peek().isNot(tok::l_paren) || peek(1).isNot(tok::star) ||
      peek(2).isNot(tok::identifier) || peek(3).isNot(tok::r_paren) || peek(4).isNot(tok::l_paren))
    return false;
  output_.push_back(peek(2));
  --parentheses_;
  at_ += 4;
  return true;
}

/// Whether a template has a parameter of the type `name`.
bool TokenFilter::is_type_of_template_parameter(const clang::IdentifierInfo* name) const {
  for (std::size_t i = 0; i + 1 < input_.size(); ++i) {
    if (input_[i].isNot(tok::kw_template) || input_[i + 1].isNot(tok::less)) continue;
    int angles = 0;
    for (++i; i < input_.size(); ++i) {
      if (input_[i].is(tok::identifier) && input_[i].getIdentifierInfo() == name) return true;
      if (input_[i].is(tok::less)) ++angles;
      if (input_[i].is(tok::greater)) --angles;
      if (input_[i].is(tok::greatergreater)) angles -= 2;
      if (angles <= 0 || input_[i].isOneOf(tok::semi, tok::l_brace)) break;
    }
  }
  return false;
}

/// `using F = R (*)(…);` becomes `using F = __add_pointer(R (…));`, for the same reason; or `using F = R (…);` where
/// templates take an F, which is a pointer again there.
bool TokenFilter::rewrite_function_pointer_alias() {
  if (peek().isNot(tok::l_paren) || peek(1).isNot(tok::star) || peek(2).isNot(tok::r_paren) ||
      peek(3).isNot(tok::l_paren))
    return false;
  bool is_alias = false;
  for (std::size_t i = statement_; i < at_; ++i) is_alias |= input_[i].is(tok::kw_using);
  if (!is_alias) return false;
  std::size_t equal = output_.size();
  while (equal > 0 && output_[equal - 1].isNot(tok::equal)) --equal;
  std::size_t close = at_ + 3;
  for (int depth = 0; close < input_.size(); ++close) {
    if (input_[close].is(tok::l_paren)) ++depth;
    if (input_[close].is(tok::r_paren) && --depth == 0) break;
  }
  if (equal < 2 || close == input_.size()) return false;
  const Token& name = output_[equal - 2];
  if (name.is(tok::identifier) && is_type_of_template_parameter(name.getIdentifierInfo())) {
    --parentheses_;
    at_ += 3;
    return true;
  }
  const Token end = input_[close];
  input_.insert(input_.begin() + close, end);
  const auto opening = static_cast<std::ptrdiff_t>(output_.size());
  emit(tok::kw___add_pointer, peek().getLocation());
  emit(tok::l_paren, peek().getLocation());
  std::rotate(output_.begin() + equal, output_.begin() + opening, output_.end());
  at_ += 3;
  return true;
}

/// `device float *data[8] [[id(0)]]`: behind the brackets C++ takes the attribute for one of the type, so it moves to
/// the name.
void TokenFilter::move_attribute_to_name() {
  if (attribute_ > 0 || peek().isNot(tok::identifier)) return;
  std::size_t attribute = at_ + 1;
  if (input_[attribute].is(tok::r_paren)) ++attribute;
  if (attribute + 1 >= input_.size() || input_[attribute].isNot(tok::l_square) ||
      input_[attribute + 1].is(tok::l_square))
    return;
  while (input_[attribute].is(tok::l_square) && !begins_attribute(attribute)) {
    attribute = matching_square(attribute);
    if (attribute == 0) return;
    ++attribute;
  }
  while (begins_attribute(attribute)) {
    const std::size_t end = matching_square(attribute) + 1;
    if (end == 1) return;
    std::rotate(input_.begin() + at_ + 1, input_.begin() + attribute, input_.begin() + end);
    attribute = end;
  }
}

/// Whether `[[` and the name of one of MSL's attributes stand there.
bool TokenFilter::begins_attribute(std::size_t at) const {
  if (at + 2 >= input_.size() || input_[at].isNot(tok::l_square) || input_[at + 1].isNot(tok::l_square)) return false;
  return input_[at + 2].is(tok::identifier) && is_msl_attribute(input_[at + 2].getIdentifierInfo()->getName());
}

/// The bracket that closes the one at `open`, or 0.
std::size_t TokenFilter::matching_square(std::size_t open) const {
  int depth = 0;
  for (std::size_t i = open; i < input_.size(); ++i) {
    if (input_[i].is(tok::l_square)) ++depth;
    if (input_[i].is(tok::r_square) && --depth == 0) return i;
    if (input_[i].isOneOf(tok::semi, tok::l_brace)) return 0;
  }
  return 0;
}

/// `[[buffer(kIndex)]]`: Clang takes a lone name for an identifier of the attribute's own; parentheses make it an
/// expression.
bool TokenFilter::rewrite_attribute_argument() {
  if (attribute_ == 0 || peek().isNot(tok::l_paren) || peek(1).isNot(tok::identifier) || peek(2).isNot(tok::r_paren))
    return false;
  if (is(previous(), "user")) return false;
  const clang::SourceLocation location = peek().getLocation();
  emit(tok::l_paren, location);
  copy();
  copy();
  copy();
  emit(tok::r_paren, location);
  --parentheses_;
  return true;
}

}  // namespace pymetal::compiler
