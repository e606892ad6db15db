// The text of compile errors.
#include <gtest/gtest.h>

#include "pymetal/error.h"

namespace pymetal {
namespace {

TEST(Diagnostics, PlaceSourceLineAndCaret) {
  const CompileDiagnostic diagnostic{DiagnosticSeverity::Error, "a.metal", 3, 5, "wrong", "\tif x", {}};
  EXPECT_EQ(to_string(diagnostic), "a.metal:3:5: error: wrong\n\tif x\n\t   ^");
}

TEST(Diagnostics, NotesFollow) {
  const CompileDiagnostic note{DiagnosticSeverity::Note, "b.h", 1, 1, "here", "", {}};
  const CompileDiagnostic diagnostic{DiagnosticSeverity::Warning, "", 0, 0, "careful", "", {note}};
  EXPECT_EQ(to_string(diagnostic), "warning: careful\nb.h:1:1: note: here");
  const CompileError error({diagnostic});
  EXPECT_STREQ(error.what(), "Library compilation failed:\nwarning: careful\nb.h:1:1: note: here");
  EXPECT_EQ(error.diagnostics().size(), 1u);
}

}  // namespace
}  // namespace pymetal
