// Gathers Clang's diagnostics as objects.
#include "compiler/diagnostic_collector.h"

#include <algorithm>

#include "clang/Basic/DiagnosticAST.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/LangOptions.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "compiler/absent_names.h"
#include "compiler/attribute_table.h"
#include "compiler/embedded_files.h"
#include "compiler/foreign_names.h"
#include "compiler/msl_wording.h"
#include "compiler/recording_file_system.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/JSON.h"

namespace pymetal::compiler {
namespace {

/// What hostile source could make of a message, or of the number of them, has an end.
constexpr std::size_t kMaxMessageLength = 2000;
constexpr std::size_t kMaxLineLength = 500;
constexpr std::size_t kMaxDiagnostics = 500;

std::string line_of(const clang::SourceManager& sources, clang::SourceLocation location) {
  const auto [file, offset] = sources.getDecomposedLoc(location);
  bool invalid = false;
  const llvm::StringRef text = sources.getBufferData(file, &invalid);
  if (invalid || offset > text.size()) return {};
  const std::size_t before = text.rfind('\n', offset);
  const std::size_t from = before == llvm::StringRef::npos ? 0 : before + 1;
  const llvm::StringRef line = text.substr(from, text.find('\n', offset) - from).rtrim("\r");
  return line.size() <= kMaxLineLength ? line.str() : std::string();
}

void set_place(CompileDiagnostic& diagnostic, const clang::SourceManager& sources, clang::SourceLocation location) {
  const clang::PresumedLoc place = sources.getPresumedLoc(location);
  if (place.isInvalid()) return;
  llvm::StringRef file = place.getFilename();
  // As the program named it, and a syntax tree does not.
  if (file.consume_front(kWorkingFolder)) file.consume_front("/");
  diagnostic.file = file.str();
  diagnostic.line = place.getLine();
  diagnostic.column = place.getColumn();
  diagnostic.source_line = llvm::json::fixUTF8(line_of(sources, location));
}

std::vector<FixIt> fix_its_of(const clang::Diagnostic& info) {
  std::vector<FixIt> result;
  const clang::SourceManager& sources = info.getSourceManager();
  for (const clang::FixItHint& hint : info.getFixItHints()) {
    clang::SourceLocation begin = hint.RemoveRange.getBegin();
    clang::SourceLocation end = hint.RemoveRange.getEnd();
    // Half a change is none, and what a macro wrote cannot be changed where it is used.
    if (begin.isInvalid() || end.isInvalid() || begin.isMacroID() || end.isMacroID()) return {};
    if (hint.RemoveRange.isTokenRange()) end = clang::Lexer::getLocForEndOfToken(end, 0, sources, clang::LangOptions());
    const clang::PresumedLoc first = sources.getPresumedLoc(begin);
    const clang::PresumedLoc last = sources.getPresumedLoc(end);
    if (first.isInvalid() || last.isInvalid() || hint.CodeToInsert.size() > kMaxLineLength) return {};
    result.push_back(
        {first.getLine(), first.getColumn(), last.getLine(), last.getColumn(),
         hint.CodeToInsert.find("__") == std::string::npos ? hint.CodeToInsert : to_msl_wording(hint.CodeToInsert)});
  }
  std::ranges::sort(result, {}, [](const FixIt& fix) { return std::pair(fix.line, fix.column); });
  return result;
}

bool is_in_library(const CompileDiagnostic& diagnostic) { return diagnostic.file.starts_with(kStandardLibraryFolder); }

bool is_a(const clang::Diagnostic& info, std::initializer_list<unsigned> ids) {
  return std::ranges::find(ids, info.getID()) != ids.end();
}

/// Whether the program uses a name that nothing has.
bool is_about_unknown_name(const clang::Diagnostic& info) {
  return is_a(info,
              {clang::diag::err_undeclared_var_use, clang::diag::err_undeclared_use, clang::diag::err_unknown_typename,
               clang::diag::err_undeclared_var_use_suggest, clang::diag::err_unknown_typename_suggest,
               clang::diag::err_no_template, clang::diag::err_no_template_suggest});
}

/// The part of the text between the first two quotes.
llvm::StringRef quoted(llvm::StringRef text) { return text.split('\'').second.split('\'').first; }

}  // namespace

void DiagnosticCollector::HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) {
  DiagnosticConsumer::HandleDiagnostic(level, info);
  if (level == clang::DiagnosticsEngine::Ignored || level == clang::DiagnosticsEngine::Remark) return;
  if (level >= clang::DiagnosticsEngine::Error) has_errors_ = true;
  if (diagnostics_.size() >= kMaxDiagnostics) return;
  // How to set Clang's own limits.
  if (is_a(info, {clang::diag::note_template_recursion_depth, clang::diag::note_constexpr_depth_limit_exceeded}))
    return;
  llvm::SmallString<256> text;
  info.FormatDiagnostic(text);
  if (text.size() > kMaxMessageLength) {
    text.resize(kMaxMessageLength);
    text += "...";
  }

  CompileDiagnostic diagnostic;
  // The source may hold any bytes.
  diagnostic.message = llvm::json::fixUTF8(to_msl_wording(text.str().str()));
  std::vector<CompileDiagnostic> expansions;
  if (info.getLocation().isValid() && info.hasSourceManager()) {
    const clang::SourceManager& sources = info.getSourceManager();
    set_place(diagnostic, sources, sources.getExpansionLoc(info.getLocation()));
    diagnostic.fix_its = fix_its_of(info);
    if (info.getLocation().isMacroID()) {
      CompileDiagnostic expansion{DiagnosticSeverity::Note, {}, 0, 0, "expanded from this macro", {}, {}, {}};
      set_place(expansion, sources, sources.getSpellingLoc(info.getLocation()));
      if (expansion.line != diagnostic.line || expansion.file != diagnostic.file)
        expansions.push_back(std::move(expansion));
    }
  }
  if (level == clang::DiagnosticsEngine::Note) {
    diagnostic.severity = DiagnosticSeverity::Note;
    add_note(std::move(diagnostic));
    return;
  }
  if (level == clang::DiagnosticsEngine::Warning) diagnostic.severity = DiagnosticSeverity::Warning;
  // Clang looks for some names twice, first as variables and then as types.
  if (is_about_unknown_name(info) && !diagnostics_.empty()) {
    const CompileDiagnostic& last = diagnostics_.back();
    if (last.line == diagnostic.line && last.column == diagnostic.column && last.file == diagnostic.file &&
        quoted(last.message) == quoted(diagnostic.message))
      return;
  }
  diagnostics_.push_back(std::move(diagnostic));
  for (CompileDiagnostic& expansion : expansions) add_note(std::move(expansion));
  add_advice(info);
}

void DiagnosticCollector::add_note(CompileDiagnostic note) {
  // What happens inside our own headers is no help.
  if (is_in_library(note)) return;
  if (diagnostics_.empty()) {
    diagnostics_.push_back(std::move(note));
    return;
  }
  CompileDiagnostic& last = diagnostics_.back();
  // An error inside the library is one of the call that led there.
  if (is_in_library(last) && note.message.starts_with("in instantiation of")) {
    const llvm::StringRef instantiated = quoted(note.message);
    note.severity = last.severity;
    // What an assertion says, without its text.
    const auto [assertion, says] = llvm::StringRef(last.message).split("': ");
    const bool is_assertion = assertion.starts_with("static assertion failed") && !says.empty();
    note.message =
        ("the arguments of '" + instantiated + "' do not fit: " + (is_assertion ? says : llvm::StringRef(last.message)))
            .str();
    note.notes = std::move(last.notes);
    last = std::move(note);
    return;
  }
  // Nobody wrote them, and their parameters tell nothing but the class.
  if (llvm::StringRef(note.message).contains("(the implicit ")) return;
  // Clang has an operator for every pair of arithmetic types, those included that Metal lacks: one tells enough.
  const auto is_built_in = [](const CompileDiagnostic& some) { return some.message.starts_with("built-in candidate"); };
  if (is_built_in(note) && std::ranges::any_of(last.notes, is_built_in)) return;
  last.notes.push_back(std::move(note));
}

/// Adds what a Metal programmer might want to know, and Clang cannot.
void DiagnosticCollector::add_advice(const clang::Diagnostic& info) {
  CompileDiagnostic& subject = diagnostics_.back();
  const auto advise = [&](const std::string& text) {
    subject.notes.push_back({DiagnosticSeverity::Note, {}, 0, 0, text, {}, {}, {}});
  };
  const std::string name = quoted(subject.message).str();
  const bool is_unknown = is_about_unknown_name(info);
  const llvm::StringRef reason =
      is_unknown || is_a(info, {clang::diag::err_no_member, clang::diag::err_no_member_suggest})
          ? reason_for_absence(name)
          : llvm::StringRef();
  const llvm::StringRef word = is_unknown ? metal_word_for(name) : llvm::StringRef();
  // What is known is better than a name that looks like it.
  if (!reason.empty() || !word.empty()) {
    subject.message.resize(std::min(subject.message.size(), subject.message.find("; did you mean")));
    subject.fix_its.clear();
  }
  if (!reason.empty()) {
    advise(reason.str());
  } else if (!word.empty()) {
    advise("what other languages call '" + name + "' is '" + word.str() + "' in Metal");
    if (!subject.source_line.empty() && llvm::all_of(word, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
      subject.fix_its = {{subject.line, subject.column, subject.line,
                          subject.column + static_cast<unsigned>(name.size()), word.str()}};
  } else if (is_a(info, {clang::diag::err_no_member}) && llvm::StringRef(subject.message).contains("namespace 'std'")) {
    advise("Metal has no C++ standard library; what it has in its place is in the namespace 'metal'");
  } else if (is_a(info, {clang::diag::warn_unknown_attribute_ignored})) {
    if (const std::string similar = similar_attribute(name); !similar.empty())
      advise("did you mean '" + similar + "'?");
  } else if (is_a(info, {clang::diag::err_typecheck_bool_condition}) && name.starts_with("bool")) {
    advise("all() and any() make one bool of a '" + name + "', and select() chooses component by component");
  }
}

std::vector<CompileDiagnostic> DiagnosticCollector::take() { return std::move(diagnostics_); }

}  // namespace pymetal::compiler
