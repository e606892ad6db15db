// Literals: their types, and those that programs define.
#include "expect.h"

constexpr int operator""_thousand(unsigned long long x) { return int(x) * 1000; }
constexpr float operator""_twice(long double x) { return float(x) * 2; }
constexpr half operator""_h(unsigned long long int x) { return half(x); }

SAME(decltype(1.0), float);
SAME(decltype(1.0f), float);
SAME(decltype(1e3), float);
SAME(decltype(0x1p3f), float);
SAME(decltype(1.0h), half);
SAME(decltype(.5H), half);
SAME(decltype(1.h), half);
SAME(decltype(1e3h), half);
SAME(decltype(1.0bf), bfloat);
SAME(decltype(1.0BF), bfloat);
SAME(decltype(1), int);
SAME(decltype(1u), uint);
SAME(decltype(1l), long);
SAME(decltype(1UL), ulong);
SAME(decltype('a'), char);
SAME(decltype(true), bool);
SAME(decltype(sizeof(int)), size_t);

kernel void literals(device int *failed [[buffer(0)]]) {
  EXPECT(0b101 == 5 && 1'000 == 1000 && 017 == 15 && 0xFF == 255);
  EXPECT(1e2bf == 100.0bf && -1.5bf < 0 && 0x1p1h == 2.0h);
  EXPECT(3_thousand == 3000 && 0x10_thousand == 16000 && 2.5_twice == 5.0f && 1e1_twice == 20);
  EXPECT(3_h == 3.0h);
  constexpr int folded = 4_thousand;
  EXPECT(folded == 4000);
}
