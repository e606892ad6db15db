// Every constructor, operator and function of <metal_matrix>.
#include "check.h"

template <class T, int C, int R>
void shape() {
  typedef matrix<T, C, R> M;
  typedef matrix<T, R, C> Transposed;
  typedef vec<T, C> Row;
  typedef vec<T, R> Column;
  M a(T(2)), b(a);
  const M c = M(T(1));
  CHECK(M, M())
  CHECK(M, a + b)
  CHECK(M, a - b)
  CHECK(M, -a)
  CHECK(M, a * T(2))
  CHECK(M, T(2) * a)
  CHECK(M, a / T(2))
  CHECK(Column, a * Row(T(1)))
  CHECK(Row, Column(T(1)) * a)
  CHECK(Transposed, transpose(a))
  CHECK(bool, a == b)
  CHECK(bool, a != b)
  a += b;
  a -= b;
  a *= T(2);
  a /= T(2);
  a[0] = Column(T(3));
  a[C - 1][R - 1] = T(4);
  CHECK(thread Column&, (a[0]))
  Column column = c[0];
  T element = c[0][R - 1];
  a.columns[0] = column;
  a.columns[0][0] = element;
  auto square = a * transpose(b);
  static_assert(is_same_v<decltype(square), matrix<T, R, R>>, "");
  auto other = transpose(b) * a;
  static_assert(is_same_v<decltype(other), matrix<T, C, C>>, "");
  static_assert(sizeof(M) == C * sizeof(Column), "");
}

template <class T>
void shapes() {
  shape<T, 2, 2>();
  shape<T, 2, 3>();
  shape<T, 2, 4>();
  shape<T, 3, 2>();
  shape<T, 3, 3>();
  shape<T, 3, 4>();
  shape<T, 4, 2>();
  shape<T, 4, 3>();
  shape<T, 4, 4>();
  CHECK(T, determinant(matrix<T, 2, 2>(T(1))))
  CHECK(T, determinant(matrix<T, 3, 3>(T(1))))
  CHECK(T, determinant(matrix<T, 4, 4>(T(1))))
}

kernel void inventory(device float4x4 *stored [[buffer(0)]], constant half3x3 &fixed [[buffer(1)]]) {
  shapes<half>();
  shapes<float>();
  float2x2 from_columns(float2(1, 2), float2(3, 4));
  float2x3 from_elements(1, 2, 3, 4, 5, 6);
  float3x3 from_half(fixed);
  float4x4 from_list = {float4(1), float4(2), float4(3), float4(4)};
  float2x2 from_list_of_elements = {1, 2, 3, 4};
  stored[0] = from_list * stored[1];
  stored[0] *= from_list;
  stored[1][2].xy = from_columns[0] + from_elements[0].xy + from_list_of_elements[1];
  stored[1][3].xyz = from_half[0] * float(fixed[0].x);
  CHECK(float4, stored[0] * float4(1))
}
