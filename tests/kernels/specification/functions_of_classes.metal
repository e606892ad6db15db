// Methods, static methods, friends, and pointers to all of them.
#include "expect.h"

int increment(int x) { return x + 1; }

struct Holder {
  typedef int (*Function)(int);
  typedef int (Holder::*Method)(int);
  typedef int Plain(int);

  int value;
  int (*free)(int);
  Function alias;
  int (Holder::*own)(int);

  int add(int x) { return value + x; }
  int times(int x) const { return value * x; }
  int overloaded(int x) { return x; }
  int overloaded(float) { return 2; }
  template <class T> T generic(T x) { return x + value; }
  int call(int x) const { return free(x); }
  static int seven_more(int x) { return x + 7; }
  static int outside(int x);
  template <class T> static T twice(T x);
  static Plain declared_by_type;
  int (*chosen())(int) { return seven_more; }
};
int Holder::outside(int x) { return x + 100; }
template <class T> T Holder::twice(T x) { return x * 2; }
template <> float Holder::twice<float>(float x) { return x * 3; }
int Holder::declared_by_type(int x) { return -x; }
int (*chosen_outside())(int) { return Holder::outside; }

template <class T> struct Generic {
  T value;
  static T one_more(T x);
  T sum(T x);
  template <class U> static U converted(T x);
  friend T read(Generic generic) { return generic.value; }
};
template <class T> T Generic<T>::one_more(T x) { return x + 1; }
template <class T> T Generic<T>::sum(T x) { return value + x; }
template <class T> template <class U> U Generic<T>::converted(T x) { return U(x) + 3; }
template <> int Generic<int>::one_more(int x) { return x + 10; }
template struct Generic<float>;
template float Generic<half>::converted<float>(half);

class Secret {
  int secret = 3;
  friend int reveal(Secret s);
  friend int reveal_object(thread Secret &s);
  friend Secret operator+(Secret a, Secret b);
  friend bool operator==(Secret a, Secret b) { return a.secret == b.secret; }
  template <class T> friend int reveal_any(T s);
  friend struct Reader;
};
int reveal(Secret s) { return s.secret; }
int reveal_object(thread Secret &s) { return ++s.secret; }
Secret operator+(Secret a, Secret b) {
  Secret sum;
  sum.secret = a.secret + b.secret;
  return sum;
}
template <class T> int reveal_any(T s) { return s.secret; }
struct Reader {
  static int read(Secret s) { return s.secret; }
};

template <class F> struct traits;
template <class R, class C, class... A> struct traits<R (C::*)(A...)> {
  typedef R result;
  typedef C owner;
};
template <class R, class C> struct traits<R C::*> { typedef R result; };
template <class C, class R, class... A> R call(thread C &object, R (C::*method)(A...), A... arguments) {
  return (object.*method)(arguments...);
}
template <int (Holder::*method)(int)> int call_fixed(thread Holder &object, int x) { return (object.*method)(x); }
template <int (*function)(int)> int call_static(int x) { return function(x); }
int call_pointer(int (*function)(int), int x) { return function(x); }
template <class F> int call_any(F function, int x) { return function(x); }

typedef int (Holder::*Method)(int);
using ConstMethod = int (Holder::*)(int) const;

kernel void pointers_to_methods(device int *failed [[buffer(0)]], device Holder *stored [[buffer(1)]]) {
  Holder holder{4, increment, increment, &Holder::add};
  int (Holder::*method)(int) = &Holder::add;
  int (Holder::*constant_method)(int) const = &Holder::times;
  int (Holder::*overloaded)(int) = &Holder::overloaded;
  int (Holder::*generic)(int) = &Holder::generic<int>;
  auto deduced = &Holder::add;
  Method named = &Holder::add;
  ConstMethod also_named = &Holder::times;
  Holder::Method table[2] = {&Holder::add, &Holder::overloaded};
  thread Holder *pointer = &holder;
  EXPECT((holder.*method)(2) == 6);
  EXPECT((pointer->*method)(3) == 7);
  EXPECT((holder.*constant_method)(2) == 8);
  EXPECT((holder.*overloaded)(9) == 9);
  EXPECT((holder.*generic)(9) == 13);
  EXPECT((holder.*deduced)(1) == 5);
  EXPECT((holder.*named)(1) == 5 && (holder.*also_named)(3) == 12);
  EXPECT((holder.*table[1])(3) == 3);
  EXPECT((holder.*(holder.own))(3) == 7);
  EXPECT(call(holder, &Holder::add, 3) == 7);
  EXPECT(call_fixed<&Holder::add>(holder, 1) == 5);
  EXPECT(method == deduced && method != nullptr);
  method = nullptr;
  EXPECT(!method);
  SAME(traits<decltype(&Holder::add)>::result, int);
  SAME(traits<decltype(&Holder::add)>::owner, Holder);
  SAME(traits<decltype(&Holder::value)>::result, int);
  stored->value = 5;
  EXPECT((stored->*deduced)(1) == 6);
  int Holder::*member = &Holder::value;
  EXPECT(holder.*member == 4 && pointer->*member == 4);
}

kernel void pointers_to_functions(device int *failed [[buffer(0)]]) {
  Holder holder{4, increment, Holder::seven_more, nullptr};
  EXPECT(holder.free(2) == 3 && holder.call(4) == 5 && holder.alias(1) == 8);
  holder.free = &Holder::outside;
  EXPECT(holder.free(1) == 101);
  EXPECT(holder.chosen()(1) == 8 && chosen_outside()(1) == 101);
  EXPECT(call_static<Holder::seven_more>(1) == 8 && call_static<&Holder::outside>(1) == 101);
  EXPECT(call_pointer(Holder::outside, 1) == 101 && call_any(Holder::seven_more, 1) == 8);
  EXPECT(call_any(Holder::twice<int>, 4) == 8);
  int (*table[])(int) = {Holder::seven_more, Holder::outside, increment};
  EXPECT(table[1](1) + table[2](1) == 103);
}

kernel void static_methods(device int *failed [[buffer(0)]]) {
  EXPECT(Holder::twice(2) == 4 && Holder::twice(2.0f) == 6);
  EXPECT(Holder::declared_by_type(3) == -3);
  EXPECT(Generic<float>::one_more(1) == 2 && Generic<int>::one_more(1) == 11);
  EXPECT(Generic<int>::converted<float>(1) == 4);
  Generic<int> generic{6};
  EXPECT(generic.sum(1) == 7 && generic.one_more(1) == 11);
  EXPECT(read(generic) == 6);
}

kernel void friends(device int *failed [[buffer(0)]]) {
  Secret secret;
  EXPECT(reveal(secret) == 3 && reveal(secret + secret) == 6);
  EXPECT(secret == secret);
  EXPECT(reveal_object(secret) == 4 && reveal_any(secret) == 4 && Reader::read(secret) == 4);
}
