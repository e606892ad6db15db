// Names of Apple's own headers that the specification does not list, and programs use all the same.
#include "check.h"

static_assert(vec_elements<float>::value == 1 && vec_elements<half3>::value == 3, "");
static_assert(vec_elements<packed_uchar4>::value == 4, "");

static_assert(__is_valid_simdgroup_type<float>::value && __is_valid_simdgroup_type<ushort4>::value, "");
static_assert(!__is_valid_simdgroup_type<bool>::value && !__is_valid_simdgroup_type<long2>::value, "");

struct Indexed {
  uint index;
  float value;
};
static_assert(!__is_valid_simdgroup_type<Indexed>::value, "");

template <>
struct _numeric_limits_impl<Indexed> {
  static constexpr Indexed lowest() { return {7, numeric_limits<float>::lowest()}; }
};
static_assert(numeric_limits<Indexed>::lowest().index == 7, "");
static_assert(numeric_limits<const Indexed>::lowest().value == -FLT_MAX, "");

kernel void inventory() {}
