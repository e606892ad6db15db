// Clang's words become MSL's.
#include <gtest/gtest.h>

#include "compiler/msl_wording.h"

namespace pymetal::compiler {
namespace {

TEST(Wording, AddressSpaces) {
  EXPECT_EQ(to_msl_wording("'__global float *'"), "'device float *'");
  EXPECT_EQ(to_msl_wording("'const __generic float *__private'"), "'constant float *'");
  EXPECT_EQ(to_msl_wording("'__local int &'"), "'threadgroup int &'");
  EXPECT_EQ(to_msl_wording("'__private float'"), "'float'");
  EXPECT_EQ(to_msl_wording("'__private float *'"), "'thread float *'");
  EXPECT_EQ(to_msl_wording("'__generic float *'"), "'float *'");
}

TEST(Wording, VectorsAndMatrices) {
  EXPECT_EQ(to_msl_wording("'vec<float, 4>'"), "'float4'");
  EXPECT_EQ(to_msl_wording("'metal::vec<unsigned int, 2>'"), "'uint2'");
  EXPECT_EQ(to_msl_wording("'packed_vec<unsigned char, 3>'"), "'packed_uchar3'");
  EXPECT_EQ(to_msl_wording("'matrix<half, 3, 4>'"), "'half3x4'");
  EXPECT_EQ(to_msl_wording("'vec<__bf16, 2>'"), "'bfloat2'");
  EXPECT_EQ(to_msl_wording("'vec<signed char, 4>'"), "'char4'");
}

TEST(Wording, ScalarsHaveShortNames) {
  EXPECT_EQ(to_msl_wording("'unsigned int' and 'device unsigned char *'"), "'uint' and 'device uchar *'");
  EXPECT_EQ(to_msl_wording("'signed char'"), "'char'");
}

TEST(Wording, MetalNamesItself) {
  EXPECT_EQ(to_msl_wording("'typeid' is not supported in C++ for OpenCL"), "'typeid' is not supported in Metal");
  EXPECT_EQ(to_msl_wording("'default new' is not supported in C++ for OpenCL"), "Metal has no 'new'");
  EXPECT_EQ(to_msl_wording("program scope variable must reside in global or constant address space"),
            "a variable at program scope must be in the constant address space");
}

TEST(Wording, NamespacesStayWhereTheyAreMissing) {
  EXPECT_EQ(to_msl_wording("use of undeclared identifier 'sqrt'; did you mean 'metal::sqrt'?"),
            "use of undeclared identifier 'sqrt'; did you mean 'metal::sqrt'?");
}

TEST(Wording, WordsAreWhole) {
  EXPECT_EQ(to_msl_wording("unknown type name '__global__'"), "unknown type name '__global__'");
}

TEST(Wording, NothingIsSaidTwice) {
  EXPECT_EQ(to_msl_wording("'float4' (aka 'vec<float, 4>')"), "'float4'");
  EXPECT_EQ(to_msl_wording("'T' (aka 'vec<float, 4>')"), "'T' (aka 'float4')");
}

TEST(Wording, OtherTextStays) {
  EXPECT_EQ(to_msl_wording("use of undeclared identifier 'vector'"), "use of undeclared identifier 'vector'");
}

}  // namespace
}  // namespace pymetal::compiler
