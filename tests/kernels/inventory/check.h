// CHECK(T, e) compiles `e` and asserts that its type is T. Every line names one function of the specification.
#include <metal_stdlib>
using namespace metal;

#define CHECK(RESULT, ...)                                                            \
  {                                                                                   \
    static_assert(is_same_v<decltype(__VA_ARGS__), RESULT>, "type of " #__VA_ARGS__); \
    (void)(__VA_ARGS__);                                                              \
  }

// OF_EACH_SIZE(f, T) calls f<T, Ti, Tb, S> for T and its vectors: ints and bools of that size, and the element.
// clang-format off
#define OF_EACH_SIZE(F, T) \
  F<T, int, bool, T>(); \
  F<vec<T, 2>, int2, bool2, T>(); \
  F<vec<T, 3>, int3, bool3, T>(); \
  F<vec<T, 4>, int4, bool4, T>();
#define OF_FLOATS(F) OF_EACH_SIZE(F, half) OF_EACH_SIZE(F, bfloat) OF_EACH_SIZE(F, float)
#define OF_INTEGERS(F) \
  OF_EACH_SIZE(F, char) OF_EACH_SIZE(F, uchar) OF_EACH_SIZE(F, short) OF_EACH_SIZE(F, ushort) \
  OF_EACH_SIZE(F, int) OF_EACH_SIZE(F, uint) OF_EACH_SIZE(F, long) OF_EACH_SIZE(F, ulong)
