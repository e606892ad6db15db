// Walks the translation unit once, keeps track of scopes, and tries the rules at each token.
#include "compiler/token_filter.h"

#include "clang/Basic/IdentifierTable.h"

namespace pymetal::compiler {

using clang::Token;
namespace tok = clang::tok;

TokenFilter::TokenFilter(clang::Preprocessor& preprocessor, std::vector<Token> input, std::size_t least_deferred)
    : preprocessor_(preprocessor), input_(std::move(input)) {
  output_.reserve(input_.size() + input_.size() / 8);
  std::size_t count = 0;
  for (std::size_t at = 0; at < input_.size() && !defers_; ++at)
    defers_ = instantiates_for_host(at) && ++count == least_deferred;
}

std::vector<Token> TokenFilter::run() {
  // Only the end is left.
  if (reject_nesting()) return {input_.back()};
  while (at_ < input_.size()) {
    if (input_[at_].isAnnotation()) {
      copy();
      continue;
    }
    track();
    move_attribute_to_name();
    if (attribute_ == 0 &&
        (reject_word() || rewrite_function_constant() || rewrite_constructor_qualifier() || rewrite_constant() ||
         rewrite_threadgroup_variable() || rewrite_explicit_instantiation() || rewrite_function_pointer_parameter() ||
         rewrite_function_pointer_alias() || rewrite_device_and_threadgroup() || rewrite_thread() ||
         rewrite_coherent() || rewrite_entry_point_keyword()))
      continue;
    if (!rewrite_attribute_argument() && !rewrite_literal() && !rewrite_string()) copy();
  }
  return std::move(output_);
}

/// Accounts for the token at the cursor, before any rule sees it.
void TokenFilter::track() {
  const Token& token = input_[at_];
  if (token.is(tok::less) && previous().is(tok::kw_template)) {
    template_parameters_ = 1;
  } else if (template_parameters_ > 0) {
    if (token.is(tok::less)) ++template_parameters_;
    if (token.is(tok::greater)) --template_parameters_;
    if (token.is(tok::greatergreater)) template_parameters_ = std::max(0, template_parameters_ - 2);
  }
  if (token.is(tok::l_square)) {
    // `[[` opens an attribute where it follows no expression; inside one, brackets nest.
    if (attribute_ > 0 || peek(1).is(tok::l_square)) ++attribute_;
  } else if (token.is(tok::r_square) && attribute_ > 0) {
    --attribute_;
  }
  if (token.is(tok::l_paren)) ++parentheses_;
  if (token.is(tok::r_paren)) --parentheses_;
  if (token.is(tok::l_brace)) {
    scopes_.push_back(scope_of_brace());
    statement_ = at_ + 1;
  } else if (token.is(tok::r_brace)) {
    if (!scopes_.empty()) scopes_.pop_back();
    statement_ = at_ + 1;
  } else if (token.is(tok::semi) && parentheses_ == 0) {
    statement_ = at_ + 1;
  } else if (token.isOneOf(tok::kw_struct, tok::kw_class) && peek(1).is(tok::identifier)) {
    classes_.insert(peek(1).getIdentifierInfo());
  }
}

/// Tells what the brace at the cursor opens: a namespace or class, or a function body (or anything inside one).
TokenFilter::Scope TokenFilter::scope_of_brace() const {
  if (parentheses_ > 0 || previous().is(tok::r_paren)) return Scope::Body;
  int angles = 0;
  int nested = 0;
  for (std::size_t i = statement_; i < at_; ++i) {
    const Token& token = input_[i];
    if (token.isOneOf(tok::l_paren, tok::l_square)) ++nested;
    if (token.isOneOf(tok::r_paren, tok::r_square)) --nested;
    if (token.is(tok::less)) ++angles;
    if (token.is(tok::greater)) --angles;
    if (token.is(tok::greatergreater)) angles -= 2;
    if (angles > 0 || nested > 0) continue;
    if (token.is(tok::equal)) return Scope::Body;
    if (token.isOneOf(tok::kw_namespace, tok::kw_struct, tok::kw_class, tok::kw_union, tok::kw_enum, tok::kw_extern))
      return Scope::Declarations;
  }
  return Scope::Body;
}

const Token& TokenFilter::peek(std::size_t ahead) const {
  return at_ + ahead < input_.size() ? input_[at_ + ahead] : input_.back();
}

const Token& TokenFilter::previous() const {
  static const Token none = [] {
    Token token;
    token.startToken();
    return token;
  }();
  return at_ > 0 ? input_[at_ - 1] : none;
}

bool TokenFilter::is(const Token& token, llvm::StringRef name) const {
  if (token.isAnnotation() || token.isLiteral()) return false;
  const clang::IdentifierInfo* identifier = token.getIdentifierInfo();
  return identifier != nullptr && identifier->getName() == name;
}

void TokenFilter::emit(tok::TokenKind kind, clang::SourceLocation location) {
  Token token;
  token.startToken();
  token.setKind(kind);
  token.setLocation(location);
  if (const char* keyword = tok::getKeywordSpelling(kind)) {
    // Clang reads the kind of an address space off the token's spelling.
    token.setIdentifierInfo(preprocessor_.getIdentifierInfo(keyword));
    token.setLength(std::strlen(keyword));
  }
  output_.push_back(token);
}

void TokenFilter::emit_identifier(llvm::StringRef name, clang::SourceLocation location) {
  Token token;
  token.startToken();
  token.setKind(tok::identifier);
  token.setLocation(location);
  token.setLength(name.size());
  token.setIdentifierInfo(preprocessor_.getIdentifierInfo(name));
  output_.push_back(token);
}

void TokenFilter::emit_number(int value, clang::SourceLocation location) {
  Token token;
  token.startToken();
  token.setKind(tok::numeric_constant);
  preprocessor_.CreateString(std::to_string(value), token, location, location);
  output_.push_back(token);
}

void TokenFilter::report(clang::SourceLocation location, const std::string& message,
                         clang::DiagnosticsEngine::Level level) {
  clang::DiagnosticsEngine& engine = preprocessor_.getDiagnostics();
  engine.Report(location,
                engine.getDiagnosticIDs()->getCustomDiagID(static_cast<clang::DiagnosticIDs::Level>(level), "%0"))
      << message;
}

}  // namespace pymetal::compiler
