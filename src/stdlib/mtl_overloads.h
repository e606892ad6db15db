// Defines how a scalar function of the library becomes overloads for scalars of mixed types and for vectors.
#ifndef MTL_OVERLOADS_H
#define MTL_OVERLOADS_H

#include <metal_vector>

namespace metal {
namespace __mtl {

template <class T>
inline constexpr bool is_number = __is_arithmetic(T) || __is_enum(T);

// The type that scalar arguments meet in: their own where they agree, else that of their sum.
template <bool, class... A>
struct meet {};
template <class A>
struct meet<true, A> {
  typedef decay_t<A> type;
};
template <class A>
struct meet<true, A, A> {
  typedef A type;
};
template <class A, class B>
struct meet<true, A, B> {
  typedef decltype(A() + B()) type;
};
template <class A>
struct meet<true, A, A, A> {
  typedef A type;
};
template <class A, class B, class C>
struct meet<true, A, B, C> : meet<true, typename meet<true, A, B>::type, C> {};
template <class... A>
using common_scalar = typename meet<(is_number<A> && ...), A...>::type;

// The same for functions of real numbers, where integers count as float.
template <class T>
using real_of = conditional_t<__is_floating_point(T), T, float>;
// Of floating point only: programs have integer functions of the same name.
template <class A>
using floating_scalar = enable_if_t<__is_floating_point(A), A>;
template <class... A>
using real_scalar = real_of<common_scalar<A...>>;

// The vector type that arguments meet in, where at least one is a vector.
template <class... A>
struct vector_meet {};
template <bool, class... A>
struct skip_number {};
template <class... A>
struct skip_number<true, A...> : vector_meet<A...> {};
template <class A, class... B>
struct vector_meet<A, B...> : skip_number<is_number<A>, B...> {};
template <class T, int N, class... B>
struct vector_meet<vec<T, N>, B...> {
  typedef vec<T, N> type;
  typedef vec<bool, N> truth;
  typedef vec<int, N> integer;
};
template <class T, int N, class V, class... B>
struct vector_meet<packed_vec<T, N, V>, B...> : vector_meet<vec<T, N>> {};
template <class... A>
using common_vector = typename vector_meet<A...>::type;
template <class... A>
using truth_vector = typename vector_meet<A...>::truth;
template <class... A>
using integer_vector = typename vector_meet<A...>::integer;

}  // namespace __mtl
}  // namespace metal

// A vector R of F applied to each component.
#define MTL_EACH_1(R, F, A)                            \
  constexpr int mtl_size = metal::vec_traits<R>::size; \
  if constexpr (mtl_size == 2)                         \
    return R(F(A.x), F(A.y));                          \
  else if constexpr (mtl_size == 3)                    \
    return R(F(A.x), F(A.y), F(A.z));                  \
  else                                                 \
    return R(F(A.x), F(A.y), F(A.z), F(A.w));
#define MTL_EACH_2(R, F, A, B)                         \
  constexpr int mtl_size = metal::vec_traits<R>::size; \
  if constexpr (mtl_size == 2)                         \
    return R(F(A.x, B.x), F(A.y, B.y));                \
  else if constexpr (mtl_size == 3)                    \
    return R(F(A.x, B.x), F(A.y, B.y), F(A.z, B.z));   \
  else                                                 \
    return R(F(A.x, B.x), F(A.y, B.y), F(A.z, B.z), F(A.w, B.w));
#define MTL_EACH_3(R, F, A, B, C)                                   \
  constexpr int mtl_size = metal::vec_traits<R>::size;              \
  if constexpr (mtl_size == 2)                                      \
    return R(F(A.x, B.x, C.x), F(A.y, B.y, C.y));                   \
  else if constexpr (mtl_size == 3)                                 \
    return R(F(A.x, B.x, C.x), F(A.y, B.y, C.y), F(A.z, B.z, C.z)); \
  else                                                              \
    return R(F(A.x, B.x, C.x), F(A.y, B.y, C.y), F(A.z, B.z, C.z), F(A.w, B.w, C.w));

// Exposes __mtl::NAME<T>(T…) as metal::NAME. KIND is common_scalar or real_scalar.
#define MTL_EXPOSE_1(NAME, KIND)                    \
  template <class A>                                \
  MTL_MATH_FUNC __mtl::KIND<A> NAME(A a) {          \
    return __mtl::NAME(__mtl::KIND<A>(a));          \
  }                                                 \
  template <class A>                                \
  MTL_MATH_FUNC __mtl::common_vector<A> NAME(A a) { \
    typedef __mtl::common_vector<A> R;              \
    R u = a;                                        \
    MTL_EACH_1(R, __mtl::NAME, u)                   \
  }
#define MTL_EXPOSE_2(NAME, KIND)                            \
  template <class A, class B>                               \
  MTL_MATH_FUNC __mtl::KIND<A, B> NAME(A a, B b) {          \
    typedef __mtl::KIND<A, B> R;                            \
    return __mtl::NAME(R(a), R(b));                         \
  }                                                         \
  template <class A, class B>                               \
  MTL_MATH_FUNC __mtl::common_vector<A, B> NAME(A a, B b) { \
    typedef __mtl::common_vector<A, B> R;                   \
    R u = a, v = b;                                         \
    MTL_EACH_2(R, __mtl::NAME, u, v)                        \
  }
#define MTL_EXPOSE_3(NAME, KIND)                                    \
  template <class A, class B, class C>                              \
  MTL_MATH_FUNC __mtl::KIND<A, B, C> NAME(A a, B b, C c) {          \
    typedef __mtl::KIND<A, B, C> R;                                 \
    return __mtl::NAME(R(a), R(b), R(c));                           \
  }                                                                 \
  template <class A, class B, class C>                              \
  MTL_MATH_FUNC __mtl::common_vector<A, B, C> NAME(A a, B b, C c) { \
    typedef __mtl::common_vector<A, B, C> R;                        \
    R u = a, v = b, w = c;                                          \
    MTL_EACH_3(R, __mtl::NAME, u, v, w)                             \
  }

#endif
