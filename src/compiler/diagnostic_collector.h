// Gathers Clang's diagnostics as objects.
#pragma once

#include <vector>

#include "clang/Basic/Diagnostic.h"
#include "pymetal/error.h"

namespace pymetal::compiler {

class DiagnosticCollector : public clang::DiagnosticConsumer {
 public:
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override;

  std::vector<CompileDiagnostic> take();
  bool has_errors() const { return has_errors_; }

 private:
  void add_note(CompileDiagnostic note);
  void add_advice(const clang::Diagnostic& info);

  std::vector<CompileDiagnostic> diagnostics_;
  bool has_errors_ = false;
};

}  // namespace pymetal::compiler
