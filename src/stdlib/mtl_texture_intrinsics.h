// Declares the mtl.texture.* intrinsics, and how each component type reaches them. src/lowering/intrinsics.h documents
// them.
#ifndef MTL_TEXTURE_INTRINSICS_H
#define MTL_TEXTURE_INTRINSICS_H

#include <metal_vector>

typedef float __mtl_float4 __attribute__((ext_vector_type(4)));
typedef int __mtl_int4 __attribute__((ext_vector_type(4)));
typedef uint __mtl_uint4 __attribute__((ext_vector_type(4)));
typedef ulong __mtl_ulong4 __attribute__((ext_vector_type(4)));

#define MTL_TEXTURE(NAME, SUFFIX) __asm("mtl.texture." #NAME "." #SUFFIX)
#define MTL_TEXTURE_PURE __attribute__((__pure__, __nothrow__, __noconvergent__))
#define MTL_TEXTURE_EFFECT __attribute__((__nothrow__, __noconvergent__))
// Derivatives come from the other lanes of the quad.
#define MTL_TEXTURE_QUAD __attribute__((__pure__, __nothrow__, convergent))

#define MTL_TEXTURE_ATOMIC(NAME, V, SUFFIX)                                                                \
  MTL_TEXTURE_EFFECT V __mtl_texture_##NAME##_##SUFFIX(ulong texture, uint type, uint x, uint y, uint z, uint layer, \
                                                       V value) MTL_TEXTURE(NAME, SUFFIX);
#define MTL_TEXTURE_ATOMICS(V, SUFFIX)                   \
  MTL_TEXTURE_ATOMIC(atomic_exchange, V, SUFFIX)         \
  MTL_TEXTURE_ATOMIC(atomic_add, V, SUFFIX)              \
  MTL_TEXTURE_ATOMIC(atomic_sub, V, SUFFIX)              \
  MTL_TEXTURE_ATOMIC(atomic_and, V, SUFFIX)              \
  MTL_TEXTURE_ATOMIC(atomic_or, V, SUFFIX)               \
  MTL_TEXTURE_ATOMIC(atomic_xor, V, SUFFIX)              \
  MTL_TEXTURE_ATOMIC(atomic_min, V, SUFFIX)              \
  MTL_TEXTURE_ATOMIC(atomic_max, V, SUFFIX)              \
  MTL_TEXTURE_EFFECT V __mtl_texture_atomic_compare_exchange_##SUFFIX(                                             \
      ulong texture, uint type, uint x, uint y, uint z, uint layer, V expected, V desired)                         \
      MTL_TEXTURE(atomic_compare_exchange, SUFFIX);

#define MTL_TEXTURE_ACCESS(V, SUFFIX)                                                                                  \
  MTL_TEXTURE_PURE V __mtl_texture_read_##SUFFIX(ulong texture, uint type, uint x, uint y, uint z, uint layer,         \
                                                 uint level, uint sample) MTL_TEXTURE(read, SUFFIX);                   \
  MTL_TEXTURE_EFFECT void __mtl_texture_write_##SUFFIX(ulong texture, uint type, V value, uint x, uint y, uint z,      \
                                                       uint layer, uint level) MTL_TEXTURE(write, SUFFIX);

#define MTL_TEXTURE_SAMPLES(V, SUFFIX)                                                                                 \
  MTL_TEXTURE_QUAD V __mtl_texture_sample_##SUFFIX(ulong texture, ulong sampler, uint type, __mtl_float4 at,           \
                                                   uint layer, __mtl_int4 offset, float bias, float min_level)         \
      MTL_TEXTURE(sample, SUFFIX);                                                                                     \
  MTL_TEXTURE_PURE V __mtl_texture_sample_level_##SUFFIX(ulong texture, ulong sampler, uint type, __mtl_float4 at,     \
                                                         uint layer, __mtl_int4 offset, float level)                   \
      MTL_TEXTURE(sample_level, SUFFIX);                                                                               \
  MTL_TEXTURE_PURE V __mtl_texture_sample_gradient_##SUFFIX(                                                           \
      ulong texture, ulong sampler, uint type, __mtl_float4 at, uint layer, __mtl_int4 offset, __mtl_float4 dx,        \
      __mtl_float4 dy, float min_level) MTL_TEXTURE(sample_gradient, SUFFIX);                                          \
  MTL_TEXTURE_PURE V __mtl_texture_gather_##SUFFIX(ulong texture, ulong sampler, uint type, __mtl_float4 at,           \
                                                   uint layer, __mtl_int4 offset, uint component)                      \
      MTL_TEXTURE(gather, SUFFIX);

MTL_TEXTURE_SAMPLES(__mtl_float4, f32)
MTL_TEXTURE_SAMPLES(__mtl_int4, i32)
MTL_TEXTURE_SAMPLES(__mtl_uint4, u32)
MTL_TEXTURE_ACCESS(__mtl_float4, f32)
MTL_TEXTURE_ACCESS(__mtl_int4, i32)
MTL_TEXTURE_ACCESS(__mtl_uint4, u32)
MTL_TEXTURE_ACCESS(__mtl_ulong4, u64)
MTL_TEXTURE_ATOMICS(__mtl_int4, i32)
MTL_TEXTURE_ATOMICS(__mtl_uint4, u32)
MTL_TEXTURE_ATOMICS(__mtl_ulong4, u64)

MTL_TEXTURE_QUAD float __mtl_texture_compare(ulong texture, ulong sampler, uint type, __mtl_float4 at, uint layer,
                                             __mtl_int4 offset, float reference, float bias, float min_level)
    __asm("mtl.texture.compare");
MTL_TEXTURE_PURE float __mtl_texture_compare_level(ulong texture, ulong sampler, uint type, __mtl_float4 at, uint layer,
                                                   __mtl_int4 offset, float reference, float level)
    __asm("mtl.texture.compare_level");
MTL_TEXTURE_PURE float __mtl_texture_compare_gradient(ulong texture, ulong sampler, uint type, __mtl_float4 at,
                                                      uint layer, __mtl_int4 offset, float reference, __mtl_float4 dx,
                                                      __mtl_float4 dy, float min_level)
    __asm("mtl.texture.compare_gradient");
MTL_TEXTURE_PURE __mtl_float4 __mtl_texture_gather_compare(ulong texture, ulong sampler, uint type, __mtl_float4 at,
                                                           uint layer, __mtl_int4 offset, float reference)
    __asm("mtl.texture.gather_compare");
MTL_TEXTURE_QUAD float __mtl_texture_level_of_detail(ulong texture, ulong sampler, uint type, __mtl_float4 at,
                                                     bool is_clamped) __asm("mtl.texture.level_of_detail");
MTL_TEXTURE_PURE uint __mtl_texture_width(ulong texture, uint level) __asm("mtl.texture.width");
MTL_TEXTURE_PURE uint __mtl_texture_height(ulong texture, uint level) __asm("mtl.texture.height");
MTL_TEXTURE_PURE uint __mtl_texture_depth(ulong texture, uint level) __asm("mtl.texture.depth");
MTL_TEXTURE_PURE uint __mtl_texture_array_length(ulong texture) __asm("mtl.texture.array_length");
MTL_TEXTURE_PURE uint __mtl_texture_level_count(ulong texture) __asm("mtl.texture.level_count");
MTL_TEXTURE_PURE uint __mtl_texture_sample_count(ulong texture) __asm("mtl.texture.sample_count");
MTL_TEXTURE_EFFECT void __mtl_texture_fence(ulong texture) __asm("mtl.texture.fence");

namespace metal {
namespace __mtl {

// What intrinsics know of a texture: its handle, and its type as the value of the API's TextureType, plus 16 for depth.
struct texture_id {
  ulong handle;
  uint type;
};

// Which texel or where to sample; what a type has not is 0. `layer` counts array elements; of cubes, faces come first.
struct texel_place {
  uint x, y, z, layer, level, sample;
};
struct sample_place {
  __mtl_float4 at;
  uint layer;
  __mtl_int4 offset;
};

// The functions for components of one type. The intrinsics' names end in SUFFIX.
template <class T>
struct texels;

// Which intrinsics serve components of type T: those of 32 bits, or of 64.
template <class T>
using texel_carrier = conditional_t<
    __is_floating_point(T), float,
    conditional_t<sizeof(T) == 8, ulong, conditional_t<__is_signed(T), int, uint>>>;

#define MTL_TEXELS_ATOMIC(NAME, SUFFIX)                                                                      \
  MTL_FUNC static vector NAME(texture_id t, texel_place p, vector value) {                                   \
    return __mtl_texture_##NAME##_##SUFFIX(t.handle, t.type, p.x, p.y, p.z, p.layer, value);                 \
  }
#define MTL_TEXELS_ATOMICS(SUFFIX)                                                                                 \
  MTL_TEXELS_ATOMIC(atomic_exchange, SUFFIX)                                                                       \
  MTL_TEXELS_ATOMIC(atomic_add, SUFFIX)                                                                            \
  MTL_TEXELS_ATOMIC(atomic_sub, SUFFIX)                                                                            \
  MTL_TEXELS_ATOMIC(atomic_and, SUFFIX)                                                                            \
  MTL_TEXELS_ATOMIC(atomic_or, SUFFIX)                                                                             \
  MTL_TEXELS_ATOMIC(atomic_xor, SUFFIX)                                                                            \
  MTL_TEXELS_ATOMIC(atomic_min, SUFFIX)                                                                            \
  MTL_TEXELS_ATOMIC(atomic_max, SUFFIX)                                                                            \
  MTL_FUNC static vector atomic_compare_exchange(texture_id t, texel_place p, vector expected, vector desired) {   \
    return __mtl_texture_atomic_compare_exchange_##SUFFIX(t.handle, t.type, p.x, p.y, p.z, p.layer, expected,      \
                                                          desired);                                                \
  }
#define MTL_TEXELS_ACCESS(V, SUFFIX)                                                                               \
  typedef V vector;                                                                                                \
  MTL_FUNC static vector read(texture_id t, texel_place p) {                                                       \
    return __mtl_texture_read_##SUFFIX(t.handle, t.type, p.x, p.y, p.z, p.layer, p.level, p.sample);               \
  }                                                                                                                \
  MTL_FUNC static void write(texture_id t, texel_place p, vector value) {                                          \
    __mtl_texture_write_##SUFFIX(t.handle, t.type, value, p.x, p.y, p.z, p.layer, p.level);                        \
  }
#define MTL_TEXELS_SAMPLES(SUFFIX)                                                                                 \
  __attribute__((__always_inline__, convergent)) static inline vector sample(texture_id t, ulong s, sample_place p,\
                                                                             float bias, float min_level) {        \
    return __mtl_texture_sample_##SUFFIX(t.handle, s, t.type, p.at, p.layer, p.offset, bias, min_level);           \
  }                                                                                                                \
  MTL_FUNC static vector sample_level(texture_id t, ulong s, sample_place p, float level) {                        \
    return __mtl_texture_sample_level_##SUFFIX(t.handle, s, t.type, p.at, p.layer, p.offset, level);               \
  }                                                                                                                \
  MTL_FUNC static vector sample_gradient(texture_id t, ulong s, sample_place p, __mtl_float4 dx, __mtl_float4 dy,  \
                                         float min_level) {                                                        \
    return __mtl_texture_sample_gradient_##SUFFIX(t.handle, s, t.type, p.at, p.layer, p.offset, dx, dy, min_level);\
  }                                                                                                                \
  MTL_FUNC static vector gather(texture_id t, ulong s, sample_place p, uint component) {                           \
    return __mtl_texture_gather_##SUFFIX(t.handle, s, t.type, p.at, p.layer, p.offset, component);                 \
  }

template <>
struct texels<float> {
  MTL_TEXELS_ACCESS(__mtl_float4, f32)
  MTL_TEXELS_SAMPLES(f32)
};
template <>
struct texels<int> {
  MTL_TEXELS_ACCESS(__mtl_int4, i32)
  MTL_TEXELS_SAMPLES(i32)
  MTL_TEXELS_ATOMICS(i32)
};
template <>
struct texels<uint> {
  MTL_TEXELS_ACCESS(__mtl_uint4, u32)
  MTL_TEXELS_SAMPLES(u32)
  MTL_TEXELS_ATOMICS(u32)
};
template <>
struct texels<ulong> {
  MTL_TEXELS_ACCESS(__mtl_ulong4, u64)
  MTL_TEXELS_ATOMICS(u64)
};

#undef MTL_TEXELS_SAMPLES
#undef MTL_TEXELS_ACCESS
#undef MTL_TEXELS_ATOMICS
#undef MTL_TEXELS_ATOMIC
#undef MTL_TEXTURE_SAMPLES
#undef MTL_TEXTURE_ACCESS
#undef MTL_TEXTURE_ATOMICS
#undef MTL_TEXTURE_ATOMIC
#undef MTL_TEXTURE_QUAD
#undef MTL_TEXTURE_EFFECT
#undef MTL_TEXTURE_PURE
#undef MTL_TEXTURE

}  // namespace __mtl
}  // namespace metal

#endif
