// C++17 as Metal accepts it: templates, lambdas, bindings, initialisers, unions, enumerations, control flow.
#include "expect.h"

template <class... T>
constexpr auto sum_of(T... values) {
  return (values + ...);
}
template <class... T>
constexpr bool are_all(T... values) {
  return (... && values);
}
template <class T>
constexpr int kind_of(T) {
  if constexpr (is_floating_point_v<T>)
    return 1;
  else if constexpr (is_integral_v<T>)
    return 2;
  else
    return T::has_no_such_member;
}
template <class T>
constexpr constant T kThird = T(1) / T(3);
template <class T, enable_if_t<is_floating_point_v<T>, int> = 0>
int overload(T) {
  return 1;
}
template <class T, enable_if_t<is_integral_v<T>, int> = 0>
int overload(T) {
  return 2;
}
template <class T, class = void>
struct has_x : false_type {};
template <class T>
struct has_x<T, decltype((void)declval<T>().x)> : true_type {};
template <class T>
auto doubled(T x) -> decltype(x * 2) {
  return x * 2;
}
template <auto value>
constexpr auto constant_of() {
  return value;
}

template <class T, int N = 4>
struct Row {
  T values[N];
  T sum() const {
    T total = 0;
    for (T value : values) total += value;
    return total;
  }
  static constexpr int size() { return N; }
};
template <class T>
struct Row<T, 1> {
  T only;
  T sum() const { return only * 10; }
};
template <template <class, int> class Shape>
constexpr int size_of_shape() {
  return Shape<float, 3>::size();
}
template <class T>
struct Deduced {
  T value;
  Deduced(T v) : value(v) {}
};
template <class T>
struct Pair {
  T first, second;
};
template <class T>
Pair(T, T) -> Pair<T>;

struct Point {
  int x;
  float y;
  int rest[2];
};
Point make_point() { return {1, 2}; }
struct Base {
  int value;
  Base(int v) : value(v) {}
  int read() const { return value; }
};
struct Derived : Base {
  using Base::Base;
  int own = 5;
  int both() const { return value + own; }
};
struct Left {
  int left;
};
struct Right {
  int right;
};
struct Both : Left, Right {
  int own;
};

struct Degrees {
  float value;
  constexpr explicit Degrees(float v) : value(v) {}
  explicit operator float() const { return value; }
  operator int() const { return int(value) + 1; }
  Degrees operator+(Degrees other) const { return Degrees(value + other.value); }
  thread Degrees& operator+=(Degrees other) {
    value += other.value;
    return *this;
  }
  thread Degrees& operator++() {
    ++value;
    return *this;
  }
  Degrees operator++(int) {
    const Degrees before = *this;
    ++value;
    return before;
  }
  float operator()(int factor) const { return value * factor; }
  float operator[](int i) const { return value + i; }
  float operator-() const { return -value; }
};

enum Plain { kZero, kFive = 5, kSix };
enum class Small : uchar { First, Last = 200 };
enum Wide : uint { kAllBits = 0xffffffff };
struct Names {
  enum { kCount = 3 };
  enum class Inner : int { One = 1 };
  static constexpr constant int limit = 4;
  typedef float Number;
  using Whole = int;
};

struct Table {
  int squares[8];
  constexpr Table() : squares() {
    for (int i = 0; i < 8; ++i) squares[i] = i * i;
  }
};
constexpr constant Table kSquares;
constexpr int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
static_assert(factorial(5) == 120 && sum_of(1, 2, 3) == 6 && kind_of(1.0h) == 1, "");
static_assert(sizeof(int) == 4);
constexpr constant array<int, 4> kEven = []<size_t... i>(index_sequence<i...>) { return array<int, 4>{int(2 * i)...}; }
(make_index_sequence<4>());
namespace outer {
constant int value = 4;
inline namespace visible {
constant int inner = 5;
}
namespace {
constant int hidden = 6;
}
}  // namespace outer
namespace shorter = outer;
constexpr float4 kFolded = float4(float2(1, 2), 3, 4) * 2;
static_assert(kFolded.w == 8, "");

kernel void templates(device int* failed [[buffer(0)]]) {
  EXPECT(sum_of(1, 2, 3) == 6 && are_all(true, true) && !are_all(true, false));
  EXPECT(kind_of(1.0f) == 1 && kind_of(1u) == 2);
  EXPECT(kThird<float> > 0.33f && kThird<int> == 0);
  EXPECT(overload(1.0bf) == 1 && overload(uchar(1)) == 2);
  EXPECT(has_x<Point>::value && !has_x<Names>::value);
  EXPECT(doubled(2) == 4 && constant_of<3>() == 3);
  EXPECT((Row<float>{{1, 2, 3, 4}}.sum()) == 10 && (Row<float, 1>{3}.sum()) == 30);
  EXPECT(size_of_shape<Row>() == 3);
  Deduced deduced(2.5f);
  Pair pair{1, 2};
  SAME(decltype(deduced), Deduced<float>);
  SAME(decltype(pair), Pair<int>);
}

kernel void lambdas(device int* failed [[buffer(0)]]) {
  int y = 3;
  auto by_reference = [&](int x) { return x + y; };
  auto generic = [=](auto a, auto b) { return a * b + y; };
  auto counting = [y](int step) mutable {
    y += step;
    return y;
  };
  auto converted = [](float a) -> int { return a; };
  auto templated = []<class T>(T a) { return a * 2; };
  int (*pointer)(int) = [](int x) { return x + 1; };
  constexpr auto square = [](int x) { return x * x; };
  static_assert(square(3) == 9, "");
  EXPECT(by_reference(1) == 4 && generic(2, 3) == 9);
  EXPECT(counting(1) == 4 && counting(1) == 5 && y == 3);
  EXPECT(converted(2.5f) == 2 && templated(2) == 4 && pointer(1) == 2);
  EXPECT([&] { return y; }() == 3);
}

kernel void initialisers(device int* failed [[buffer(0)]]) {
  auto [x, y, rest] = make_point();
  EXPECT(x == 1 && y == 2 && rest[1] == 0);
  Point point = {.x = 3, .rest = {4, 5}};
  auto& [px, py, prest] = point;
  px = 9;
  EXPECT(point.x == 9 && py == 0 && prest[1] == 5);
  int numbers[2] = {5, 6};
  auto [first, second] = numbers;
  EXPECT(first + second == 11);
  const int sparse[4] = {[1] = 5, [3] = 6};
  EXPECT(sparse[0] == 0 && sparse[1] == 5 && sparse[3] == 6);
  Both both{{1}, {2}, 3};
  EXPECT(both.left + both.right + both.own == 6);
  Derived derived(3);
  thread Base& base = derived;
  EXPECT(derived.both() == 8 && derived.read() == 3 && static_cast<thread Derived&>(base).own == 5);
  EXPECT(kSquares.squares[3] == 9 && kEven[3] == 6 && kFolded.x == 2);
  EXPECT(shorter::inner + outer::hidden + outer::value == 15);
}

kernel void operators(device int* failed [[buffer(0)]]) {
  Degrees angle(3);
  const int whole = angle;
  EXPECT(float(angle) == 3 && whole == 4);
  angle += Degrees(3);
  EXPECT((angle + angle).value == 12 && angle(2) == 12 && angle[1] == 7 && -angle == -6);
  EXPECT((angle++).value == 6 && (++angle).value == 8);
}

kernel void enumerations(device int* failed [[buffer(0)]]) {
  EXPECT(kSix == 6 && uchar(Small::Last) == 200 && sizeof(Small) == 1 && kAllBits == ~0u);
  EXPECT(Names::kCount == 3 && int(Names::Inner::One) == 1 && Names::limit == 4);
  const Small small{3};
  EXPECT(uchar(small) == 3);
  SAME(Names::Number, float);
  SAME(Names::Whole, int);
  const constant int& limit = Names::limit;
  EXPECT(limit == 4);
  union {
    float number;
    uint bits;
    uchar bytes[4];
    struct {
      ushort low, high;
    };
  } pun;
  pun.number = 1.0f;
  EXPECT(pun.bits == 0x3f800000 && pun.bytes[3] == 0x3f && pun.high == 0x3f80);
  struct Fields {
    uint a : 3;
    int b : 4;
    uint : 0;
    bool c : 1;
  } fields = {};
  fields.a = 7;
  fields.a += 2;
  fields.b = -3;
  fields.c = true;
  EXPECT(fields.a == 1 && fields.b == -3 && fields.c && sizeof(Fields) == 8);
  struct alignas(16) Aligned {
    float a;
  };
  struct __attribute__((packed)) Packed {
    char a;
    int b;
  };
  EXPECT(sizeof(Aligned) == 16 && alignof(Aligned) == 16 && sizeof(Packed) == 5);
  alignas(16) int aligned[4];
  EXPECT(((ulong)(thread void*)aligned & 15) == 0);
}

kernel void control_flow(device int* failed [[buffer(0)]]) {
  int total = 0;
  for (int i = 0; i < 10; ++i) {
    if (i == 3) continue;
    if (i == 6) break;
    total += i;
  }
  EXPECT(total == 12);
  do --total;
  while (total > 5);
  EXPECT(total == 5);
  switch (total) {
    case 4:
      total = 0;
      break;
    case 5:
      total = 1;
      [[fallthrough]];
    case 6:
      ++total;
      break;
    default:
      total = 0;
  }
  EXPECT(total == 2);
  for (int value : {1, 2, 3}) total += value;
  EXPECT(total == 8);
  if (const int half_of = total / 2; half_of == 4) total = half_of;
  EXPECT(total == 4);
#pragma unroll
  for (int i = 0; i < 4; ++i) ++total;
#pragma unroll(2)
  for (int i = 0; i < 4; ++i) ++total;
#pragma nounroll
  for (int i = 0; i < 4; ++i) ++total;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) ++total;
#pragma clang loop unroll_count(2)
  for (int i = 0; i < 4; ++i) ++total;
  _Pragma("unroll") for (int i = 0; i < 4; ++i)++ total;
  EXPECT(total == 28);
}
