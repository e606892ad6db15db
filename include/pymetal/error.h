// The exceptions that PyMetal throws; Python sees the same hierarchy.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pymetal/export.h"

namespace pymetal {

/// Base of every exception of PyMetal. The text is a full sentence that names the object and the offending value.
class PYMETAL_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~Error() override;
};

/// A resource cannot be made or found: an allocation that fails, a function that the library does not hold.
class PYMETAL_EXPORT ResourceError : public Error {
 public:
  using Error::Error;
  ~ResourceError() override;
};

/// A pipeline state cannot be made from its functions.
class PYMETAL_EXPORT PipelineError : public Error {
 public:
  using Error::Error;
  ~PipelineError() override;
};

/// A call breaks a rule of the API: a value out of range, an object in the wrong state.
class PYMETAL_EXPORT ValidationError : public Error {
 public:
  using Error::Error;
  ~ValidationError() override;
};

/// A call breaks a threading rule of the API.
class PYMETAL_EXPORT ThreadingError : public ValidationError {
 public:
  using ValidationError::ValidationError;
  ~ThreadingError() override;
};

enum class DiagnosticSeverity { Note, Warning, Error };

/// "note", "warning" or "error".
PYMETAL_EXPORT const char* to_string(DiagnosticSeverity severity);

/// A change of the source that would settle a message: what stands from `column` up to `end_column` of `end_line`,
/// which may be nothing, becomes `replacement`.
struct FixIt {
  unsigned line = 0;
  unsigned column = 0;
  unsigned end_line = 0;
  unsigned end_column = 0;
  std::string replacement;
};

/// One message of the compiler. Lines and columns count from 1; 0 where the message has no place in a file.
struct CompileDiagnostic {
  DiagnosticSeverity severity = DiagnosticSeverity::Error;
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string message;
  std::string source_line;
  std::vector<CompileDiagnostic> notes;
  std::vector<FixIt> fix_its = {};
};

/// The message as compilers print it: place, severity, text, source line, caret and what fixes the line, then its
/// notes.
PYMETAL_EXPORT std::string to_string(const CompileDiagnostic& diagnostic);

/// MSL source does not compile. The text begins "Library compilation failed", names the function where one was to be
/// instantiated by itself, and holds every diagnostic.
class PYMETAL_EXPORT CompileError : public Error {
 public:
  explicit CompileError(std::vector<CompileDiagnostic> diagnostics, const std::string& function = {});
  ~CompileError() override;

  /// Errors and warnings, in the order the compiler found them.
  const std::vector<CompileDiagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<CompileDiagnostic> diagnostics_;
};

}  // namespace pymetal
