// Address spaces: overloads on them, methods for each, pointers and references into them, copies between them.
#include "expect.h"

struct Cell {
  int value;
  int read() const { return value; }
  int where() const thread { return 1; }
  int where() const threadgroup { return 2; }
  int where() const device { return 3; }
  int where() const constant { return 4; }
  void set(int v) thread { value = v; }
  void set(int v) device { value = v + 1; }
  void set(int v) threadgroup { value = v + 2; }
  Cell operator+(Cell other) const { return {value + other.value}; }
};
constant Cell kCell = {5};
constant int kGrid[2][3] = {{1, 2, 3}, {4, 5, 6}};
constant int2 kVectors[] = {{1, 2}, {3, 4}};
constant char kText[] = "abc";
constant struct {
  int a;
  float b;
} kRecords[] = {{1, 2}, {3, 4}};

void bump(thread int& x) { x += 1; }
void bump(device int& x) { x += 2; }
void bump(threadgroup int& x) { x += 3; }
template <class T>
T load(const device T* p) {
  return *p;
}
template <class T>
T load(const threadgroup T* p) {
  return *p + 1;
}
template <class T>
T load(const thread T* p) {
  return *p + 3;
}
template <class P>
int first_of(P p) {
  return p[0];
}
struct Pointers {
  device int* in_device;
  threadgroup int* in_threadgroup;
  constant int* in_constant;
  thread int* in_thread;
};

kernel void methods(device int* failed [[buffer(0)]], device Cell* stored [[buffer(1)]],
                    constant Cell& fixed [[buffer(2)]]) {
  threadgroup Cell shared;
  Cell own{1};
  EXPECT(own.where() == 1 && shared.where() == 2 && stored->where() == 3 && fixed.where() == 4);
  own.set(1);
  shared.set(1);
  stored->set(1);
  EXPECT(own.value == 1 && stored->value == 2 && shared.value == 3);
  EXPECT(kCell.read() == 5 && stored->read() == 2 && shared.read() == 3 && fixed.read() == 0);
  EXPECT((*stored + shared).value == 5 && (kCell + fixed).value == 5 && (kCell + kCell).value == 10);
  thread Cell* pointer = &own;
  pointer->set(9);
  EXPECT(own.value == 9);
}

kernel void overloads(device int* failed [[buffer(0)]], device int* numbers [[buffer(1)]],
                      constant int* fixed [[buffer(2)]]) {
  threadgroup int shared[4];
  int own[1] = {4};
  shared[0] = 7;
  EXPECT(load(own) == 7 && load(shared) == 8 && load(numbers) == 0);
  EXPECT(first_of(own) == 4 && first_of(shared) == 7 && first_of(numbers) == 0 && first_of(fixed) == 0);
  int x = 0;
  bump(x);
  bump(numbers[0]);
  bump(shared[0]);
  EXPECT(x == 1 && numbers[0] == 2 && shared[0] == 10);
  Pointers all{numbers, shared, fixed, own};
  all.in_device[1] = 3;
  EXPECT(numbers[1] == 3 && all.in_threadgroup[0] == 10 && all.in_thread[0] == 4 && all.in_constant[0] == 0);
}

kernel void pointers(device int* failed [[buffer(0)]], device int* numbers [[buffer(1)]]) {
  numbers[0] = 2;
  numbers[1] = 3;
  const device int* moving = numbers;
  ++moving;
  EXPECT(*moving == 3 && moving - numbers == 1 && moving > numbers);
  device const int* const fixed = numbers + 1;
  EXPECT(*fixed == 3);
  device int(&as_array)[4] = *(device int(*)[4])numbers;
  EXPECT(as_array[1] == 3);
  EXPECT(((device Cell*)numbers)->value == 2);
  device void* untyped = numbers;
  EXPECT(((device int*)untyped)[1] == 3);
  const ulong address = (ulong)numbers;
  EXPECT(((device int*)address)[1] == 3);
  EXPECT(reinterpret_cast<device int2*>(numbers)->y == 3);
  volatile device int* observed = numbers;
  *observed = 7;
  EXPECT(*observed == 7);
  device int* none = nullptr;
  EXPECT(!none && none == nullptr);
  const constant int* row = kGrid[1];
  const constant int(&whole_row)[3] = kGrid[1];
  EXPECT(row[2] == 6 && whole_row[0] == 4 && sizeof(kGrid) == 24);
  EXPECT(kVectors[1].y == 4 && kText[1] == 'b' && sizeof(kText) == 4 && kRecords[1].b == 4);
  int local[2][2] = {{1, 2}, {3, 4}};
  thread int(*rows)[2] = local;
  EXPECT(rows[1][0] == 3);
}

kernel void copies(device int* failed [[buffer(0)]], device Cell* stored [[buffer(1)]],
                   constant Cell& fixed [[buffer(2)]]) {
  threadgroup Cell shared;
  *stored = kCell;
  shared = *stored;
  Cell own = shared;
  EXPECT(own.value == 5);
  auto copy = *stored;
  copy.value = 1;
  EXPECT(stored->value == 5);
  own = fixed;
  EXPECT(own.value == 0);
}

kernel void qualifiers(device int* failed [[buffer(0)]], coherent device int* a [[buffer(1)]],
                       coherent(device) device int* b [[buffer(2)]], device coherent(system) int* c [[buffer(3)]],
                       volatile device int* d [[buffer(4)]], const device int* __restrict e [[buffer(5)]]) {
  a[0] = 1;
  b[0] = 2;
  c[0] = 3;
  d[0] = 4;
  threadgroup volatile int shared[2];
  shared[1] = a[0] + b[0] + c[0] + d[0] + e[0];
  EXPECT(shared[1] == 10);
}
