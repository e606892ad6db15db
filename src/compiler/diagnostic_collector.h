// Gathers Clang's diagnostics as objects.
#pragma once

#include <vector>

#include "clang/Basic/Diagnostic.h"
#include "pymetal/error.h"

namespace pymetal::compiler {

class DiagnosticCollector : public clang::DiagnosticConsumer {
 public:
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override;

  std::vector<CompileDiagnostic> take() { return std::move(diagnostics_); }
  bool has_errors() const { return has_errors_; }

 private:
  std::vector<CompileDiagnostic> diagnostics_;
  bool has_errors_ = false;
};

}  // namespace pymetal::compiler
