// The exceptions' home: their type information is here, so that every library of ours throws the same types.
#include "pymetal/error.h"

namespace pymetal {
namespace {

std::string compile_error_text(const std::vector<CompileDiagnostic>& diagnostics) {
  std::string text = "Library compilation failed:";
  for (const CompileDiagnostic& diagnostic : diagnostics) text += "\n" + to_string(diagnostic);
  return text;
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
    // Tabs stay tabs, so that the caret stands below its column.
    std::string caret;
    for (unsigned i = 0; i + 1 < diagnostic.column && i < diagnostic.source_line.size(); ++i)
      caret += diagnostic.source_line[i] == '\t' ? '\t' : ' ';
    text += "\n" + diagnostic.source_line + "\n" + caret + "^";
  }
  for (const CompileDiagnostic& note : diagnostic.notes) text += "\n" + to_string(note);
  return text;
}

CompileError::CompileError(std::vector<CompileDiagnostic> diagnostics)
    : Error(compile_error_text(diagnostics)), diagnostics_(std::move(diagnostics)) {}

}  // namespace pymetal
