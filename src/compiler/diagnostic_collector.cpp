// Gathers Clang's diagnostics as objects.
#include "compiler/diagnostic_collector.h"

#include "clang/Basic/SourceManager.h"
#include "compiler/embedded_files.h"
#include "compiler/msl_wording.h"
#include "llvm/ADT/SmallString.h"

namespace pymetal::compiler {
namespace {

std::string line_of(const clang::SourceManager& sources, clang::SourceLocation location) {
  const auto [file, offset] = sources.getDecomposedLoc(location);
  bool invalid = false;
  const llvm::StringRef text = sources.getBufferData(file, &invalid);
  if (invalid || offset > text.size()) return {};
  const std::size_t begin = text.rfind('\n', offset == 0 ? 0 : offset - 1);
  const std::size_t from = begin == llvm::StringRef::npos || offset == 0 ? 0 : begin + 1;
  return text.substr(from, text.find('\n', offset) - from).rtrim("\r").str();
}

}  // namespace

void DiagnosticCollector::HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) {
  DiagnosticConsumer::HandleDiagnostic(level, info);
  if (level == clang::DiagnosticsEngine::Ignored || level == clang::DiagnosticsEngine::Remark) return;
  llvm::SmallString<256> text;
  info.FormatDiagnostic(text);

  CompileDiagnostic diagnostic;
  diagnostic.message = to_msl_wording(text.str().str());
  if (info.getLocation().isValid() && info.hasSourceManager()) {
    const clang::SourceManager& sources = info.getSourceManager();
    const clang::SourceLocation location = sources.getExpansionLoc(info.getLocation());
    if (const clang::PresumedLoc place = sources.getPresumedLoc(location); place.isValid()) {
      diagnostic.file = place.getFilename();
      diagnostic.line = place.getLine();
      diagnostic.column = place.getColumn();
      diagnostic.source_line = line_of(sources, location);
    }
  }
  if (level == clang::DiagnosticsEngine::Note) {
    // What happens inside our own headers is no help.
    if (diagnostic.file.starts_with(kStandardLibraryFolder)) return;
    diagnostic.severity = DiagnosticSeverity::Note;
    if (!diagnostics_.empty()) {
      diagnostics_.back().notes.push_back(std::move(diagnostic));
      return;
    }
  } else if (level == clang::DiagnosticsEngine::Warning) {
    diagnostic.severity = DiagnosticSeverity::Warning;
  } else {
    has_errors_ = true;
  }
  diagnostics_.push_back(std::move(diagnostic));
}

}  // namespace pymetal::compiler
