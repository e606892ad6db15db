// Every member of array and array_ref, and as_type.
#include "check.h"

constexpr constant array<float, 4> table = {{1, 2, 3, 4}};
constexpr constant int numbers[3] = {1, 2, 3};

static_assert(table.size() == 4 && table.max_size() == 4 && table[2] == 3.0f && !table.empty(), "");
static_assert(table.front() == 1.0f && table.back() == 4.0f, "");
static_assert(array<int, 0>().empty(), "");

float sum(array_ref<float> view) {
  float total = 0;
  for (size_t i = 0; i < view.size(); ++i) total += view[i];
  for (auto value : view) total += value;
  return total + view.front() + view.back() + (view.empty() ? 1.0f : 0.0f);
}

kernel void inventory(constant array<float, 8>& argument [[buffer(0)]], device array<int, 2>* stored [[buffer(1)]]) {
  array<float, 4> own = table;
  array<int3, 2> vectors = {{int3(1), int3(2)}};
  own[1] = 5;
  own.front() = own.back();
  own.data()[2] = own.begin()[3];
  for (thread float& value : own) value += 1;
  CHECK(thread float&, (own[0]))
  float4 vector(0);
  CHECK(thread float&, (vector[0]))
  thread float& component = vector[1];
  component = modf(1.5f, vector[2]);
  stored[0][0] = int(vector[1] + float4(1)[2] + float2x2(1)[1][1] + array<float, 2>{{1, 2}}[1]);
  CHECK(size_t, own.size())
  CHECK(array_ref<float>, make_array_ref(argument))
  CHECK(array_ref<int>, make_array_ref(numbers))
  CHECK(array_ref<int>, array_ref<int>(numbers, 2))
  CHECK(array_ref<float>, array_ref<float>(argument))
  stored[0][1] = stored[1][0] + vectors[0].x;
  own[0] = sum(argument) + sum(make_array_ref(argument));

  CHECK(uint, as_type<uint>(1.0f))
  CHECK(float, as_type<float>(1))
  CHECK(half2, as_type<half2>(1u))
  CHECK(uchar4, as_type<uchar4>(1.0f))
  CHECK(ulong, as_type<ulong>(float2(1)))
  CHECK(float2, as_type<float2>(ulong(1)))
  CHECK(ushort, as_type<ushort>(1.0h))
  CHECK(bfloat, as_type<bfloat>(ushort(1)))
  CHECK(uint4, as_type<uint4>(float4(1)))
  CHECK(float3, as_type<float3>(uint3(1)))
  CHECK(char, as_type<char>(uchar(1)))
  static_assert(as_type<uint>(1.0f) == 0x3f800000u, "");
  static_assert(as_type<ushort>(1.0h) == 0x3c00, "");
}
