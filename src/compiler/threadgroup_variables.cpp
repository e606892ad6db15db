// The token filter's rule for threadgroup variables: `threadgroup T x[N];` in any scope or template becomes
//   typedef T x_type[N];  __local x_type& x = *(__local x_type*)__mtl_threadgroup_variable(sizeof(x_type),
//   alignof(x_type));
// because Clang takes local-space variables in the outermost scope of an OpenCL kernel only.
#include <string>

#include "clang/Basic/IdentifierTable.h"
#include "compiler/token_filter.h"
#include "llvm/ADT/SmallVector.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

namespace {

/// The position behind `__attribute__((…))` or `alignas(…)` at `i`, or `i` where there is neither.
std::size_t skip_attribute(llvm::ArrayRef<Token> tokens, std::size_t i) {
  if (!tokens[i].isOneOf(tok::kw___attribute, tok::kw_alignas)) return i;
  int depth = 0;
  for (std::size_t end = i + 1; end < tokens.size(); ++end) {
    if (tokens[end].is(tok::l_paren)) ++depth;
    if (tokens[end].is(tok::r_paren)) --depth;
    if (depth == 0) return end + 1;
  }
  return i;
}

/// The position of the brace that closes the one at `open`, or the last position.
std::size_t closing_brace(llvm::ArrayRef<Token> tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is(tok::l_brace)) ++depth;
    if (tokens[i].is(tok::r_brace) && --depth == 0) return i;
  }
  return tokens.size() - 1;
}

/// The position of the `;` that ends the declaration, which may define a structure.
std::size_t end_of_declaration(llvm::ArrayRef<Token> tokens, std::size_t begin) {
  bool is_structure = false;
  std::size_t i = begin;
  for (; i < tokens.size() && tokens[i].isNot(tok::semi); ++i) {
    is_structure |= tokens[i].isOneOf(tok::kw_struct, tok::kw_class, tok::kw_union);
    if (is_structure && tokens[i].is(tok::l_brace)) i = closing_brace(tokens, i);
  }
  return i;
}

/// Whether the tokens from `begin` to the next `;` declare a variable and not a pointer, reference or function.
bool declares_variable(llvm::ArrayRef<Token> tokens) {
  int angles = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    i = skip_attribute(tokens, i);
    if (i == tokens.size()) return false;
    const Token& token = tokens[i];
    if (token.is(tok::l_brace)) {
      i = closing_brace(tokens, i);
    } else if (token.is(tok::less)) {
      ++angles;
    } else if (token.is(tok::greater)) {
      --angles;
    } else if (token.is(tok::greatergreater)) {
      angles -= 2;
    } else if (angles == 0) {
      if (token.isOneOf(tok::star, tok::amp, tok::l_paren, tok::r_paren)) return false;
      if (token.isOneOf(tok::semi, tok::l_square, tok::equal, tok::comma)) return true;
    }
    if (angles < 0) return false;
  }
  return false;
}

/// The position of the `,` or `;` behind the initializer that begins at `equal`. Metal gives it no meaning.
std::size_t end_of_initializer(llvm::ArrayRef<Token> tokens, std::size_t equal) {
  int depth = 0;
  for (std::size_t i = equal; i < tokens.size(); ++i) {
    if (tokens[i].isOneOf(tok::l_brace, tok::l_paren, tok::l_square)) ++depth;
    if (tokens[i].isOneOf(tok::r_brace, tok::r_paren, tok::r_square)) --depth;
    if (depth == 0 && tokens[i].isOneOf(tok::comma, tok::semi)) return i;
  }
  return tokens.size();
}

/// The positions of the declared names: each identifier that ends a declarator or begins its array bounds.
llvm::SmallVector<std::size_t, 4> declared_names(llvm::ArrayRef<Token> tokens) {
  llvm::SmallVector<std::size_t, 4> names;
  int angles = 0;
  int squares = 0;
  int parentheses = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool ends_declarator = token.isOneOf(tok::l_square, tok::comma, tok::semi, tok::equal);
    if (angles == 0 && squares == 0 && parentheses == 0 && ends_declarator && i > 0 &&
        tokens[i - 1].is(tok::identifier))
      names.push_back(i - 1);
    if (token.is(tok::equal)) {
      i = end_of_initializer(tokens, i);
      continue;
    }
    if (token.is(tok::l_brace)) {
      i = closing_brace(tokens, i);
      continue;
    }
    if (token.is(tok::l_square)) ++squares;
    if (token.is(tok::r_square)) --squares;
    if (token.is(tok::l_paren)) ++parentheses;
    if (token.is(tok::r_paren)) --parentheses;
    if (squares > 0 || parentheses > 0) continue;
    if (token.is(tok::less)) ++angles;
    if (token.is(tok::greater)) --angles;
    if (token.is(tok::greatergreater)) angles -= 2;
  }
  return names;
}

}  // namespace

/// `alignas(…)`, which no typedef takes, as the attribute that says the same. Its tokens begin with the parenthesis.
void TokenFilter::emit_alignment(llvm::ArrayRef<Token> parenthesized) {
  if (parenthesized.empty()) return;
  const clang::SourceLocation location = parenthesized.front().getLocation();
  emit(tok::kw___attribute, location);
  emit(tok::l_paren, location);
  emit(tok::l_paren, location);
  emit_identifier("aligned", location);
  output_.insert(output_.end(), parenthesized.begin(), parenthesized.end());
  emit(tok::r_paren, location);
  emit(tok::r_paren, location);
}

/// Takes the `alignas(…)` that ends the output in this statement back from it; returns what follows the word.
llvm::ArrayRef<Token> TokenFilter::take_alignment() {
  std::size_t open = at_;
  for (int depth = 0; open > statement_;) {
    --open;
    if (input_[open].is(tok::r_paren)) ++depth;
    if (input_[open].is(tok::l_paren)) --depth;
    if (depth == 0) break;
  }
  if (open <= statement_ || !previous().is(tok::r_paren) || input_[open - 1].isNot(tok::kw_alignas)) return {};
  output_.resize(output_.size() - (at_ - open + 1));
  return llvm::ArrayRef(input_).slice(open, at_ - open);
}

/// Whether an initializer says what is so anyway: `0`, `0.0f`, `{}`, `{0}`.
bool TokenFilter::is_zero(llvm::ArrayRef<Token> initializer) const {
  return llvm::all_of(initializer, [&](const Token& token) {
    if (token.isOneOf(tok::l_brace, tok::r_brace)) return true;
    return token.is(tok::numeric_constant) &&
           llvm::StringRef(preprocessor_.getSpelling(token)).find_first_not_of("0.fhuUF") == llvm::StringRef::npos;
  });
}

bool TokenFilter::rewrite_threadgroup_variable() {
  if (!is(peek(), "threadgroup") || parentheses_ != 0 || !in_body()) return false;
  const std::size_t end = end_of_declaration(input_, at_);
  if (end == input_.size()) return false;
  const llvm::ArrayRef<Token> declaration(input_.data() + at_ + 1, end - at_);
  if (!declares_variable(declaration)) return false;
  const auto names = declared_names(declaration);
  if (names.empty()) return false;

  // `static` says nothing here, and lowering aligns every threadgroup variable to 16 bytes.
  const auto is_redundant = [](const Token& token) { return token.isOneOf(tok::kw_static, tok::kw_const); };
  while (!output_.empty() && statement_ < at_ && is_redundant(output_.back())) output_.pop_back();

  const llvm::ArrayRef<Token> alignment = take_alignment();
  while (!output_.empty() && statement_ < at_ && is_redundant(output_.back())) output_.pop_back();

  const clang::SourceLocation location = peek().getLocation();
  emit(tok::kw_typedef, location);
  emit_alignment(alignment);
  llvm::SmallVector<std::string, 4> types;
  for (std::size_t i = 0; i < declaration.size(); ++i) {
    const Token& token = declaration[i];
    if (token.is(tok::equal)) {
      if (!is_zero(declaration.slice(i + 1, end_of_initializer(declaration, i) - i - 1)))
        report(token.getLocation(),
               "the initializer of a threadgroup variable has no effect: the memory begins as zeros",
               clang::DiagnosticsEngine::Warning);
      i = end_of_initializer(declaration, i) - 1;
    } else if (const std::size_t behind = skip_attribute(declaration, i); token.is(tok::kw_alignas) && behind != i) {
      emit_alignment(declaration.slice(i + 1, behind - i - 1));
      i = behind - 1;
    } else if (types.size() < names.size() && names[types.size()] == i) {
      types.push_back(
          ("__msl_type_of_" + token.getIdentifierInfo()->getName() + "_" + llvm::Twine(variables_++)).str());
      emit_identifier(types.back(), token.getLocation());
    } else if (!is_redundant(token)) {
      output_.push_back(token);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Token& name = declaration[names[i]];
    const clang::SourceLocation at = name.getLocation();
    const auto punctuation = [&](auto... kinds) { (emit(kinds, at), ...); };
    emit(tok::kw___local, at);
    emit_identifier(types[i], at);
    emit(tok::amp, at);
    output_.push_back(name);
    punctuation(tok::equal, tok::star, tok::l_paren, tok::kw___local);
    emit_identifier(types[i], at);
    punctuation(tok::star, tok::r_paren);
    emit_identifier("__mtl_threadgroup_variable", at);
    punctuation(tok::l_paren, tok::kw_sizeof, tok::l_paren);
    emit_identifier(types[i], at);
    punctuation(tok::r_paren, tok::comma, tok::kw_alignof, tok::l_paren);
    emit_identifier(types[i], at);
    punctuation(tok::r_paren, tok::r_paren, tok::semi);
  }
  at_ = end + 1;
  statement_ = at_;
  return true;
}

}  // namespace pymetal::compiler
