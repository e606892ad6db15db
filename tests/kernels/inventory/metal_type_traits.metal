// Every trait of <metal_type_traits>, and what <metal_utility> and <metal_uniform> have.
#include "check.h"

struct base {
  int member;
};
struct derived : base {
  derived(int) {}
  derived() = default;
};
union either {
  int whole;
  float real;
};
enum plain { first };
enum class scoped : uchar { first };
int call(float);

#define HOLDS(...) static_assert(__VA_ARGS__::value && __VA_ARGS__() && is_same_v<__VA_ARGS__::value_type, bool>, #__VA_ARGS__);
#define FAILS(...) static_assert(!__VA_ARGS__::value, #__VA_ARGS__);
HOLDS(is_void<void>) HOLDS(is_integral<uchar>) HOLDS(is_floating_point<half>) HOLDS(is_floating_point<float>)
HOLDS(is_floating_point<bfloat>) HOLDS(is_array<int[3]>) HOLDS(is_pointer<device float *>) HOLDS(is_union<either>)
HOLDS(is_lvalue_reference<thread int &>) HOLDS(is_enum<plain>) HOLDS(is_enum<scoped>) HOLDS(is_class<base>)
HOLDS(is_function<int(float)>) HOLDS(is_reference<thread int &>) HOLDS(is_arithmetic<bool>) HOLDS(is_fundamental<long>)
HOLDS(is_object<base>) HOLDS(is_scalar<device int *>) HOLDS(is_compound<base>) HOLDS(is_const<const int>)
HOLDS(is_volatile<volatile int>) HOLDS(is_trivial<base>) HOLDS(is_trivially_copyable<derived>)
HOLDS(is_standard_layout<base>) HOLDS(is_pod<base>) HOLDS(is_signed<int>) HOLDS(is_unsigned<uint>) HOLDS(is_signed<float>)
HOLDS(is_constructible<derived, int>) HOLDS(is_same<int, int>) HOLDS(is_base_of<base, derived>)
HOLDS(is_convertible<int, float>) HOLDS(is_convertible<float, half>) HOLDS(is_assignable<thread int &, float>)
HOLDS(conjunction<true_type, is_same<int, int>>) HOLDS(disjunction<false_type, true_type>) HOLDS(negation<false_type>)
FAILS(is_same<int, uint>) FAILS(is_integral<float>) FAILS(is_floating_point<int>) FAILS(is_pointer<int>)
FAILS(is_convertible<base, int>) FAILS(is_signed<uchar>) FAILS(is_const<int>) FAILS(is_class<either>)

static_assert(is_same_v<remove_const_t<const int>, int> && is_same_v<remove_volatile_t<volatile int>, int>, "");
static_assert(is_same_v<remove_cv_t<const volatile int>, int> && is_same_v<add_const_t<int>, const int>, "");
static_assert(is_same_v<add_volatile_t<int>, volatile int> && is_same_v<add_cv_t<int>, const volatile int>, "");
static_assert(is_same_v<remove_reference_t<thread int &>, thread int> && is_same_v<decay_t<const int>, int>, "");
static_assert(is_same_v<remove_extent_t<int[3]>, int> && is_same_v<remove_all_extents_t<int[3][2]>, int>, "");
static_assert(is_same_v<remove_pointer_t<device int *>, device int>, "");
static_assert(is_same_v<make_signed_t<uint>, int> && is_same_v<make_unsigned_t<char2>, uchar2>, "");
static_assert(is_same_v<conditional_t<true, int, float>, int> && is_same_v<enable_if_t<true, half>, half>, "");
static_assert(is_same_v<common_type_t<int, float>, float> && is_same_v<underlying_type_t<scoped>, uchar>, "");
static_assert(is_same_v<result_of_t<decltype(&call)(float)>, int> && is_same_v<decltype(declval<int>()), int &&>, "");
static_assert(is_same_v<type_identity_t<int>, int> && integral_constant<int, 3>::value == 3, "");
static_assert(alignment_of_v<float4> == 16 && rank_v<int[2][3]> == 2 && extent_v<int[2][3], 1> == 3, "");
static_assert(is_same_v<conditional<false, int, float>::type, float> && bool_constant<true>::value, "");
static_assert(make_index_sequence<4>::size() == 4 && index_sequence<1, 2>::size() == 2, "");

template <class T, class = enable_if_t<is_integral<T>::value>>
int kind(T) { return 1; }
template <class T, class = enable_if_t<is_floating_point_v<T>>, class = void>
int kind(T) { return 2; }

kernel void inventory(device int *out) {
  int a = kind(1), b = kind(1.0f);
  swap(a, b);
  uniform<int> same = make_uniform(a);
  decltype(a) copy = same + b;
  static_assert(is_same_v<decltype(a), int> && is_same_v<decltype(out[0]), device int &>, "");
  out[0] = copy;
}
