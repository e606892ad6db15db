// Function constants that have no value, and variables that are computed from them.
#include "expect.h"

constant bool kFlag [[function_constant(0)]];
constant char kChar [[function_constant(1)]];
constant ushort kUshort [[function_constant(2)]];
constant int kInt [[function_constant(3)]];
constant ulong kUlong [[function_constant(4)]];
constant half kHalf [[function_constant(5)]];
constant bfloat kBfloat [[function_constant(6)]];
constant float kFloat [[function_constant(7)]];
constant float4 kFloat4 [[function_constant(8)]];
constant half3 kHalf3 [[function_constant(9)]];
constant bool2 kBool2 [[function_constant(10)]];
constant long2 kLong2 [[function_constant(11)]];

constant bool kHasFlag = is_function_constant_defined(kFlag) && kFlag;
constant int kSeven = is_function_constant_defined(kInt) ? kInt : 7;
constant float kRoot = is_function_constant_defined(kFloat) ? sqrt(kFloat) : 2.0f;
constant uint kTwice = kSeven * 2;
enum class Mode : int { Off, On };
constant Mode kMode = static_cast<Mode>(kSeven);

kernel void defaults(device int* failed [[buffer(0)]],
                     device int* optional [[buffer(1), function_constant(kHasFlag)]]) {
  EXPECT(!kHasFlag && kSeven == 7 && kRoot == 2 && kTwice == 14 && int(kMode) == 7);
  if (kHasFlag)
    optional[0] = kChar + kUshort + kUlong + kHalf + float(kBfloat) + kFloat4.x + kHalf3.x + kBool2.x + kLong2.x;
  EXPECT(!is_function_constant_defined(kFloat4) && !is_function_constant_defined(kLong2));
}
