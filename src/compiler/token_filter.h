// Rewrites the preprocessed tokens of MSL to what Clang's C++ for OpenCL parses. Locations are kept, so diagnostics
// point at the program's own text.
#pragma once

#include <string>
#include <vector>

#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/Token.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"

namespace pymetal::compiler {

class TokenFilter {
 public:
  /// `input` is the whole translation unit, ended by its eof token. Where it instantiates `least_deferred` functions or
  /// more under a name for the host, these become declarations.
  TokenFilter(clang::Preprocessor& preprocessor, std::vector<clang::Token> input, std::size_t least_deferred);

  /// Returns the rewritten tokens, eof included.
  std::vector<clang::Token> run();

 private:
  enum class Scope { Declarations, Body };

  // token_filter.cpp: where in the program the cursor stands.
  void copy() { output_.push_back(input_[at_++]); }
  void track();
  Scope scope_of_brace() const;
  bool in_body() const { return !scopes_.empty() && scopes_.back() == Scope::Body; }

  // address_spaces.cpp. Each rule consumes tokens and returns true, or leaves the cursor alone.
  bool rewrite_constructor_qualifier();
  bool has_only_constant_constructors(const clang::IdentifierInfo* name) const;
  bool has_const_overload() const;
  std::size_t matching_open(std::size_t close) const;
  bool rewrite_constant();
  bool rewrite_thread();
  bool has_overload_for_constant() const;
  bool rewrite_device_and_threadgroup();
  bool rewrite_coherent();
  bool names_variable(std::size_t qualifier) const;

  // threadgroup_variables.cpp
  bool rewrite_threadgroup_variable();
  void emit_alignment(llvm::ArrayRef<clang::Token> parenthesized);
  llvm::ArrayRef<clang::Token> take_alignment();
  bool is_zero(llvm::ArrayRef<clang::Token> initializer) const;

  // entry_points.cpp
  bool rewrite_entry_point_keyword();
  bool rewrite_explicit_instantiation();
  bool rewrite_function_constant();
  bool rewrite_function_pointer_parameter();
  bool rewrite_function_pointer_alias();
  bool is_type_of_template_parameter(const clang::IdentifierInfo* name) const;
  bool rewrite_attribute_argument();
  void move_attribute_to_name();
  bool begins_attribute(std::size_t at) const;
  bool instantiates_for_host(std::size_t at) const;
  std::size_t matching_square(std::size_t open) const;

  // literals.cpp
  bool rewrite_literal();
  void emit_bfloat(const std::string& number);

  // string_literals.cpp
  bool rewrite_string();
  bool string_belongs_to_declaration() const;

  // rejected_words.cpp
  static constexpr unsigned kDeepestTemplateArguments = 12;
  bool in_literal_operator() const;
  bool reject_assembly();
  bool reject_word();
  bool reject_nesting();

  // Tokens by name, and new ones.
  const clang::Token& peek(std::size_t ahead = 0) const;
  const clang::Token& previous() const;
  bool is(const clang::Token& token, llvm::StringRef name) const;
  void emit(clang::tok::TokenKind kind, clang::SourceLocation location);
  void emit_identifier(llvm::StringRef name, clang::SourceLocation location);
  void emit_number(int value, clang::SourceLocation location);
  void report(clang::SourceLocation location, const std::string& message,
              clang::DiagnosticsEngine::Level level = clang::DiagnosticsEngine::Error);

  clang::Preprocessor& preprocessor_;
  std::vector<clang::Token> input_;
  bool defers_ = false;
  std::vector<clang::Token> output_;
  std::size_t at_ = 0;
  std::size_t statement_ = 0;
  int parentheses_ = 0;
  int template_parameters_ = 0;
  int attribute_ = 0;
  unsigned variables_ = 0;
  std::vector<Scope> scopes_;
  llvm::DenseSet<const clang::IdentifierInfo*> classes_;
};

}  // namespace pymetal::compiler
