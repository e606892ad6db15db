// The text of compile errors.
#include <gtest/gtest.h>

#include "pymetal/error.h"

namespace pymetal {
namespace {

TEST(Diagnostics, PlaceSourceLineAndCaret) {
  const CompileDiagnostic diagnostic{DiagnosticSeverity::Error, "a.metal", 3, 5, "wrong", "\tif x", {}};
  EXPECT_EQ(to_string(diagnostic), "a.metal:3:5: error: wrong\n\tif x\n\t   ^");
}

TEST(Diagnostics, FixesStandBelowTheirColumns) {
  CompileDiagnostic diagnostic{DiagnosticSeverity::Error, "a", 1, 4, "wrong", "if a b c", {}};
  diagnostic.fix_its = {{1, 4, 1, 4, "("}, {1, 7, 1, 8, "x"}, {2, 1, 2, 1, "elsewhere"}};
  EXPECT_EQ(to_string(diagnostic), "a:1:4: error: wrong\nif a b c\n   ^\n   (  x");
  diagnostic.fix_its = {{1, 4, 1, 4, "cast("}, {1, 5, 1, 5, ")"}};
  EXPECT_EQ(to_string(diagnostic), "a:1:4: error: wrong\nif a b c\n   ^\n   cast( )");
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
