// What MSL's operators and functions mean, for g++: the yardstick of random programs (generate.py).
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

namespace msl {

typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef _Float16 half;

inline float round_to_bfloat(float x) {
  if (x != x) return x;
  uint bits;
  std::memcpy(&bits, &x, sizeof x);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
struct bfloat {
  bfloat() = default;
  explicit bfloat(float x) : value(round_to_bfloat(x)) {}
  operator float() const { return value; }
  float value;
};

template <class T, int N>
struct vec {
  T v[N];
  T& operator[](int i) { return v[i]; }
  const T& operator[](int i) const { return v[i]; }
};

template <class T>
struct shape {
  typedef T scalar;
  static constexpr int size = 1;
};
template <class T, int N>
struct shape<vec<T, N>> {
  typedef T scalar;
  static constexpr int size = N;
};
template <class T>
constexpr bool is_vector = (shape<T>::size > 1);
template <class T>
constexpr bool is_real = std::is_same_v<T, float> || std::is_same_v<T, half> || std::is_same_v<T, bfloat>;

template <class T>
T& at(T& value, int) {
  return value;
}
template <class T, int N>
T& at(vec<T, N>& value, int i) {
  return value.v[i];
}
template <class T>
const T& at(const T& value, int) {
  return value;
}
template <class T, int N>
const T& at(const vec<T, N>& value, int i) {
  return value.v[i];
}

template <class R, class F, class... A>
R each(F f, const A&... a) {
  R result;
  for (int i = 0; i < shape<R>::size; ++i) at(result, i) = f(at(a, i)...);
  return result;
}

// Conversion of scalars: towards an integer it saturates.
template <class T, class S>
T to(S x) {
  if constexpr (std::is_same_v<T, bool>)
    return x != S(0);
  else if constexpr (is_real<S> && !is_real<T>) {
    const double value = double(x);
    if (value != value) return T(0);
    if (value <= double(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    if (value >= double(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return T(value);
  } else if constexpr (std::is_same_v<T, half> && !is_real<S>) {
    // Rounded once: to an odd double in between.
    if (std::fabs((long double)x) >= 65520.0L) return half(x < S(0) ? -INFINITY : INFINITY);
    return half(double(x));
  } else
    return T(x);
}
// Conversion of vectors, and of a scalar to every component.
template <class T, class S>
T convert(const S& x) {
  typedef typename shape<T>::scalar E;
  return each<T>([](auto a) { return to<E>(a); }, x);
}

template <class T, class S>
void fill(T* out, int& n, const S& x) {
  for (int i = 0; i < shape<S>::size; ++i) out[n++] = T(at(x, i));
}
template <class T, int N, class... A>
vec<T, N> make(const A&... a) {
  vec<T, N> result;
  int n = 0;
  (fill(result.v, n, a), ...);
  return result;
}
template <int... I, class T, int N>
vec<T, int(sizeof...(I))> swizzle(const vec<T, N>& a) {
  return {{a.v[I]...}};
}
template <int... I, class T, int N>
void put(vec<T, N>& a, vec<T, int(sizeof...(I))> b) {
  const int to_place[] = {I...};
  for (int i = 0; i < int(sizeof...(I)); ++i) a.v[to_place[i]] = b.v[i];
}
template <class T, class S>
T as_type(const S& x) {
  static_assert(sizeof(T) == sizeof(S));
  T result;
  std::memcpy(&result, &x, sizeof(T));
  return result;
}

#define OPERATOR(NAME, OP)                                    \
  template <class T>                                          \
  T NAME(T a, std::type_identity_t<T> b) {                    \
    typedef typename shape<T>::scalar E;                      \
    return each<T>([](E x, E y) { return E(x OP y); }, a, b); \
  }
OPERATOR(add, +)
OPERATOR(sub, -)
OPERATOR(mul, *)
OPERATOR(fdiv, /)
OPERATOR(bit_and, &)
OPERATOR(bit_or, |)
OPERATOR(bit_xor, ^)
#undef OPERATOR

template <class E>
E div1(E x, E y) {
  typedef decltype(x + y) P;
  const P a = x, b = y;
  if (b == 0 || (b == P(-1) && std::is_signed_v<P> && a == std::numeric_limits<P>::min())) return E(a);
  return E(a / b);
}
template <class E>
E rem1(E x, E y) {
  typedef decltype(x + y) P;
  const P a = x, b = y;
  if (b == 0 || (b == P(-1) && std::is_signed_v<P>)) return E(0);
  return E(a % b);
}
template <class T>
T div(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return div1(x, y); }, a, b);
}
template <class T>
T rem(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return rem1(x, y); }, a, b);
}
template <class T>
T shift_left(T a, std::type_identity_t<T> b) {
  typedef typename shape<T>::scalar E;
  const int width = is_vector<T> ? int(sizeof(E) * 8) : int(sizeof(decltype(E() + E())) * 8);
  return each<T>([&](E x, E y) { return E(decltype(x + y)(x) << (long(y) & (width - 1))); }, a, b);
}
template <class T>
T shift_right(T a, std::type_identity_t<T> b) {
  typedef typename shape<T>::scalar E;
  const int width = is_vector<T> ? int(sizeof(E) * 8) : int(sizeof(decltype(E() + E())) * 8);
  return each<T>([&](E x, E y) { return E(decltype(x + y)(x) >> (long(y) & (width - 1))); }, a, b);
}
template <class T>
T negate(T a) {
  typedef typename shape<T>::scalar E;
  return each<T>([](E x) { return E(-x); }, a);
}
template <class T>
T complement(T a) {
  typedef typename shape<T>::scalar E;
  return each<T>([](E x) { return E(~x); }, a);
}

template <class T>
struct truth {
  typedef bool type;
};
template <class T, int N>
struct truth<vec<T, N>> {
  typedef vec<bool, N> type;
};
#define COMPARISON(NAME, OP)                                                           \
  template <class T>                                                                   \
  typename truth<T>::type NAME(T a, std::type_identity_t<T> b) {                       \
    return each<typename truth<T>::type>([](auto x, auto y) { return x OP y; }, a, b); \
  }
COMPARISON(less, <)
COMPARISON(less_equal, <=)
COMPARISON(equal, ==)
COMPARISON(not_equal, !=)
#undef COMPARISON

template <int N>
vec<bool, N> negation(vec<bool, N> a) {
  return each<vec<bool, N>>([](bool x) { return !x; }, a);
}
template <class T>
T select(T a, std::type_identity_t<T> b, typename truth<T>::type c) {
  return each<T>([](auto x, auto y, bool z) { return z ? y : x; }, a, b, c);
}
template <int N>
bool all(vec<bool, N> a) {
  for (bool x : a.v)
    if (!x) return false;
  return true;
}
template <int N>
bool any(vec<bool, N> a) {
  for (bool x : a.v)
    if (x) return true;
  return false;
}

// Functions of integers.
template <class T>
T min(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return y < x ? y : x; }, a, b);
}
template <class T>
T max(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return x < y ? y : x; }, a, b);
}
template <class E>
std::make_unsigned_t<E> bits_of(E x) {
  return std::make_unsigned_t<E>(x);
}
template <class T>
T popcount(T a) {
  return each<T>([](auto x) { return decltype(x)(__builtin_popcountl(bits_of(x))); }, a);
}
template <class T>
T clz(T a) {
  return each<T>(
      [](auto x) {
        const int width = sizeof(x) * 8;
        return decltype(x)(bits_of(x) == 0 ? width : __builtin_clzl(ulong(bits_of(x))) - (64 - width));
      },
      a);
}
template <class T>
T ctz(T a) {
  return each<T>(
      [](auto x) { return decltype(x)(bits_of(x) == 0 ? sizeof(x) * 8 : __builtin_ctzl(ulong(bits_of(x)))); }, a);
}
template <class T>
T reverse_bits(T a) {
  return each<T>(
      [](auto x) {
        auto in = bits_of(x);
        decltype(in) out = 0;
        for (unsigned i = 0; i < sizeof(x) * 8; ++i) out = decltype(in)((out << 1) | ((in >> i) & 1));
        return decltype(x)(out);
      },
      a);
}
template <class T>
T mulhi(T a, std::type_identity_t<T> b) {
  return each<T>(
      [](auto x, auto y) {
        typedef decltype(x) E;
        if constexpr (std::is_signed_v<E>)
          return E((__int128(x) * __int128(y)) >> (sizeof(E) * 8));
        else
          return E(((unsigned __int128)(x) * (unsigned __int128)(y)) >> (sizeof(E) * 8));
      },
      a, b);
}
template <class T>
T rotate(T a, std::type_identity_t<T> b) {
  return each<T>(
      [](auto x, auto y) {
        const unsigned width = sizeof(x) * 8, n = unsigned(bits_of(y)) & (width - 1);
        const auto u = bits_of(x);
        return decltype(x)(n == 0 ? u : decltype(u)((u << n) | (u >> (width - n))));
      },
      a, b);
}
template <class E>
E clamp_wide(__int128 x) {
  if (x < std::numeric_limits<E>::min()) return std::numeric_limits<E>::min();
  if (x > std::numeric_limits<E>::max()) return std::numeric_limits<E>::max();
  return E(x);
}
template <class T>
T addsat(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return clamp_wide<decltype(x)>(__int128(x) + __int128(y)); }, a, b);
}
template <class T>
T subsat(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return clamp_wide<decltype(x)>(__int128(x) - __int128(y)); }, a, b);
}
template <class T>
T hadd(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return decltype(x)((__int128(x) + __int128(y)) >> 1); }, a, b);
}
template <class T>
T rhadd(T a, std::type_identity_t<T> b) {
  return each<T>([](auto x, auto y) { return decltype(x)((__int128(x) + __int128(y) + 1) >> 1); }, a, b);
}

// Functions of real numbers that have one right result.
#define REAL(NAME)                                                              \
  template <class T>                                                            \
  T NAME(T a) {                                                                 \
    return each<T>([](auto x) { return decltype(x)(std::NAME(float(x))); }, a); \
  }
REAL(floor)
REAL(ceil)
REAL(trunc)
REAL(rint)
REAL(sqrt)
REAL(fabs)
#undef REAL
template <class T>
T fma(T a, std::type_identity_t<T> b, std::type_identity_t<T> c) {
  return each<T>([](auto x, auto y, auto z) { return std::fma(x, y, z); }, a, b, c);
}

// Atomic operations, by one thread after the other.
#define ATOMIC(NAME, RESULT)                   \
  template <class T>                           \
  void NAME(T& a, std::type_identity_t<T> b) { \
    a = RESULT;                                \
  }
ATOMIC(atomic_add, a + b)
ATOMIC(atomic_sub, a - b)
ATOMIC(atomic_and, a& b)
ATOMIC(atomic_or, a | b)
ATOMIC(atomic_xor, a ^ b)
ATOMIC(atomic_min, b < a ? b : a)
ATOMIC(atomic_max, a < b ? b : a)
#undef ATOMIC

// A number that changes with every bit of the value; NaN has one.
inline uint fold(uint h, uint x) { return (h ^ x) * 16777619u + 0x9e3779b9u; }
template <class T>
uint fold(uint h, const T& a) {
  for (int i = 0; i < shape<T>::size; ++i) {
    const typename shape<T>::scalar x = at(a, i);
    if constexpr (is_real<typename shape<T>::scalar>) {
      const float f = float(x);
      h = fold(h, f != f ? 0x7fc00000u : as_type<uint>(f));
    } else if constexpr (sizeof(x) == 8) {
      h = fold(fold(h, uint(x)), uint(ulong(x) >> 32));
    } else {
      h = fold(h, uint(x));
    }
  }
  return h;
}
}  // namespace msl
