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

TEST(Wording, NothingIsSaidTwice) {
  EXPECT_EQ(to_msl_wording("'float4' (aka 'vec<float, 4>')"), "'float4'");
  EXPECT_EQ(to_msl_wording("'T' (aka 'vec<float, 4>')"), "'T' (aka 'float4')");
}

TEST(Wording, OtherTextStays) {
  EXPECT_EQ(to_msl_wording("use of undeclared identifier 'vector'"), "use of undeclared identifier 'vector'");
}

}  // namespace
}  // namespace pymetal::compiler
