// Defines sampler, what its constructor takes, and the options of sample().
#ifndef MTL_SAMPLER_H
#define MTL_SAMPLER_H

#include <metal_vector>

namespace metal {

enum class coord { normalized, pixel };
enum class filter { nearest, linear, bicubic };
enum class min_filter { nearest, linear, bicubic };
enum class mag_filter { nearest, linear, bicubic };
enum class mip_filter { none, nearest, linear };
enum class address { clamp_to_zero, clamp_to_edge, repeat, mirrored_repeat, clamp_to_border };
enum class s_address { clamp_to_zero, clamp_to_edge, repeat, mirrored_repeat, clamp_to_border };
enum class t_address { clamp_to_zero, clamp_to_edge, repeat, mirrored_repeat, clamp_to_border };
enum class r_address { clamp_to_zero, clamp_to_edge, repeat, mirrored_repeat, clamp_to_border };
enum class border_color { transparent_black, opaque_black, opaque_white };
enum class compare_func { none, less, less_equal, greater, greater_equal, equal, not_equal, always, never };

struct max_anisotropy {
  int value;
  constexpr explicit max_anisotropy(int v) : value(v) {}
};
struct lod_clamp {
  float minimum, maximum;
  constexpr lod_clamp(float low, float high) : minimum(low), maximum(high) {}
};

namespace __mtl {

// The fields of a sampler's 64 bits, from bit 0 up: each begins where the one before ends.
struct sampler_field {
  uint shift, bits;
};
inline constexpr sampler_field sampler_min_level{0, 16}, sampler_max_level{16, 16}, sampler_coord{32, 1},
    sampler_s{33, 3}, sampler_t{36, 3}, sampler_r{39, 3}, sampler_border{42, 2}, sampler_mag{44, 2}, sampler_min{46, 2},
    sampler_mip{48, 2}, sampler_compare{50, 4}, sampler_anisotropy{54, 4};

constexpr ulong with_field(ulong state, sampler_field field, ulong value) {
  return (state & ~(((1ul << field.bits) - 1) << field.shift)) | (value << field.shift);
}
constexpr ulong with_level(ulong state, sampler_field field, float level) {
  return with_field(state, field, __builtin_bit_cast(ushort, half(level > 65504.0f ? 65504.0f : level)));
}

// A state that is written in the program is told from a handle of the device's by its top bit.
inline constexpr ulong sampler_is_state = 1ul << 63;
inline constexpr ulong default_sampler =
    with_level(with_field(with_field(with_field(sampler_is_state, sampler_s, 1), sampler_t, 1), sampler_r, 1),
               sampler_max_level, 65504.0f);

constexpr ulong with(ulong state, coord v) { return with_field(state, sampler_coord, ulong(v)); }
constexpr ulong with(ulong state, s_address v) { return with_field(state, sampler_s, ulong(v)); }
constexpr ulong with(ulong state, t_address v) { return with_field(state, sampler_t, ulong(v)); }
constexpr ulong with(ulong state, r_address v) { return with_field(state, sampler_r, ulong(v)); }
constexpr ulong with(ulong state, address v) {
  return with(with(with(state, s_address(int(v))), t_address(int(v))), r_address(int(v)));
}
constexpr ulong with(ulong state, border_color v) { return with_field(state, sampler_border, ulong(v)); }
constexpr ulong with(ulong state, mag_filter v) { return with_field(state, sampler_mag, ulong(v)); }
constexpr ulong with(ulong state, min_filter v) { return with_field(state, sampler_min, ulong(v)); }
constexpr ulong with(ulong state, filter v) { return with(with(state, mag_filter(int(v))), min_filter(int(v))); }
constexpr ulong with(ulong state, mip_filter v) { return with_field(state, sampler_mip, ulong(v)); }
constexpr ulong with(ulong state, compare_func v) { return with_field(state, sampler_compare, ulong(v)); }
constexpr ulong with(ulong state, max_anisotropy v) { return with_field(state, sampler_anisotropy, ulong(v.value - 1)); }
constexpr ulong with(ulong state, lod_clamp v) {
  return with_level(with_level(state, sampler_min_level, v.minimum), sampler_max_level, v.maximum);
}

}  // namespace __mtl

struct sampler {
  // The device's handle, or a state.
  ulong __mtl_bits;

  sampler() = default;
  template <class... P>
  constexpr explicit sampler(P... parameters) : __mtl_bits(__mtl::default_sampler) {
    ((__mtl_bits = __mtl::with(__mtl_bits, parameters)), ...);
  }
};

// How sample() chooses the level of detail.
struct bias {
  float value;
  constexpr explicit bias(float v) : value(v) {}
};
struct level {
  float value;
  constexpr explicit level(float v) : value(v) {}
};
struct min_lod_clamp {
  float value;
  constexpr explicit min_lod_clamp(float v) : value(v) {}
};
struct gradient2d {
  float2 dPdx, dPdy;
  constexpr gradient2d(float2 x, float2 y) : dPdx(x), dPdy(y) {}
};
struct gradient3d {
  float3 dPdx, dPdy;
  constexpr gradient3d(float3 x, float3 y) : dPdx(x), dPdy(y) {}
};
struct gradientcube {
  float3 dPdx, dPdy;
  constexpr gradientcube(float3 x, float3 y) : dPdx(x), dPdy(y) {}
};

enum class component { x, y, z, w };

}  // namespace metal

#endif
