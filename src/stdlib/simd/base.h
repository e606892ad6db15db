// A part of simd.h, which is not divided here.
#include <simd/simd.h>
