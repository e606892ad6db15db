// The exceptions' home: their type information is here, so that every library of ours throws the same types.
#include "pymetal/error.h"

#include <algorithm>

namespace pymetal {
namespace {

std::string compile_error_text(const std::vector<CompileDiagnostic>& diagnostics, const std::string& function) {
  std::string text = "Library compilation failed" + (function.empty() ? "" : " in function '" + function + "'") + ":";
  for (const CompileDiagnostic& diagnostic : diagnostics) text += "\n" + to_string(diagnostic);
  return text;
}

/// The blanks from column `from` up to column `to` of `line`. Tabs stay tabs, so that what follows stands below its
/// column.
std::string indent(const std::string& line, unsigned from, unsigned to) {
  std::string blanks;
  for (unsigned column = from; column < to; ++column)
    blanks += column <= line.size() && line[column - 1] == '\t' ? '\t' : ' ';
  return blanks;
}

/// The replacements that belong to the message's own line, each below the place that it would take.
std::string fix_it_line(const CompileDiagnostic& diagnostic) {
  std::string text;
  unsigned column = 1;
  for (const FixIt& fix : diagnostic.fix_its) {
    if (fix.line != diagnostic.line || fix.end_line != fix.line || fix.replacement.empty() ||
        fix.replacement.find('\n') != std::string::npos)
      continue;
    const std::string blanks =
        fix.column < column ? std::string(1, ' ') : indent(diagnostic.source_line, column, fix.column);
    text += blanks + fix.replacement;
    column = std::max(column + 1, fix.column) + static_cast<unsigned>(fix.replacement.size());
  }
  return text.empty() ? text : "\n" + text;
}

}  // namespace

Error::~Error() = default;
ResourceError::~ResourceError() = default;
PipelineError::~PipelineError() = default;
ValidationError::~ValidationError() = default;
ThreadingError::~ThreadingError() = default;
CompileError::~CompileError() = default;

const char* to_string(DiagnosticSeverity severity) {
  switch (severity) {
    case DiagnosticSeverity::Note:
      return "note";
    case DiagnosticSeverity::Warning:
      return "warning";
    case DiagnosticSeverity::Error:
      break;
  }
  return "error";
}

std::string to_string(const CompileDiagnostic& diagnostic) {
  std::string text;
  if (diagnostic.line > 0)
    text = diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + ": ";
  text += std::string(to_string(diagnostic.severity)) + ": " + diagnostic.message;
  if (!diagnostic.source_line.empty() && diagnostic.column > 0) {
    text += "\n" + diagnostic.source_line + "\n" + indent(diagnostic.source_line, 1, diagnostic.column) + "^" +
            fix_it_line(diagnostic);
  }
  for (const CompileDiagnostic& note : diagnostic.notes) text += "\n" + to_string(note);
  return text;
}

CompileError::CompileError(std::vector<CompileDiagnostic> diagnostics, const std::string& function)
    : Error(compile_error_text(diagnostics, function)), diagnostics_(std::move(diagnostics)) {}

}  // namespace pymetal
