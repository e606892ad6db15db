// EXPECT(e) notes the line where `e` is false, in the buffer that every kernel here has at index 0.
#include <metal_stdlib>
using namespace metal;

#define EXPECT(...)                                                                                   \
  do {                                                                                                \
    if (!(__VA_ARGS__)) {                                                                             \
      int count = atomic_fetch_add_explicit((device atomic_int*)&failed[0], 1, memory_order_relaxed); \
      if (count < 31) failed[1 + count] = __LINE__;                                                   \
    }                                                                                                 \
  } while (0)
#define SAME(T, ...) static_assert(is_same_v<T, __VA_ARGS__>, "type of " #__VA_ARGS__)
