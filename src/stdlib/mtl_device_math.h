// Declares the functions of the device math library, named mtl.<function>.f32. All are pure.
#ifndef MTL_DEVICE_MATH_H
#define MTL_DEVICE_MATH_H

#include <metal_types>

#define MTL_DEVICE_MATH __attribute__((__const__, __nothrow__, __noconvergent__))
#define MTL_DEVICE_1(NAME) MTL_DEVICE_MATH float __mtl_##NAME(float x) __asm("mtl." #NAME ".f32");
#define MTL_DEVICE_2(NAME) MTL_DEVICE_MATH float __mtl_##NAME(float x, float y) __asm("mtl." #NAME ".f32");
MTL_DEVICE_1(acos)
MTL_DEVICE_1(acosh)
MTL_DEVICE_1(asin)
MTL_DEVICE_1(asinh)
MTL_DEVICE_1(atan)
MTL_DEVICE_1(atanh)
MTL_DEVICE_1(cos)
MTL_DEVICE_1(cosh)
MTL_DEVICE_1(cospi)
MTL_DEVICE_1(exp)
MTL_DEVICE_1(exp10)
MTL_DEVICE_1(exp2)
MTL_DEVICE_1(log)
MTL_DEVICE_1(log10)
MTL_DEVICE_1(log2)
MTL_DEVICE_1(rsqrt)
MTL_DEVICE_1(sin)
MTL_DEVICE_1(sinh)
MTL_DEVICE_1(sinpi)
MTL_DEVICE_1(tan)
MTL_DEVICE_1(tanh)
MTL_DEVICE_1(tanpi)
MTL_DEVICE_2(atan2)
MTL_DEVICE_2(fmod)
MTL_DEVICE_2(nextafter)
MTL_DEVICE_2(pow)
MTL_DEVICE_2(powr)
#undef MTL_DEVICE_2
#undef MTL_DEVICE_1

// The sine; the cosine goes where `cosine` points.
__attribute__((__nothrow__, __noconvergent__)) float __mtl_sincos(float x, __private float *cosine)
    __asm("mtl.sincos.f32");

// x * 2^n; the power and the fraction in [0.5, 1) of frexp; ilogb.
MTL_DEVICE_MATH float __mtl_ldexp(float x, int n) __asm("mtl.ldexp.f32");
MTL_DEVICE_MATH float __mtl_frexp_fraction(float x) __asm("mtl.frexp_fraction.f32");
MTL_DEVICE_MATH int __mtl_frexp_exponent(float x) __asm("mtl.frexp_exponent.f32");
MTL_DEVICE_MATH int __mtl_ilogb(float x) __asm("mtl.ilogb.f32");
#undef MTL_DEVICE_MATH

#endif
