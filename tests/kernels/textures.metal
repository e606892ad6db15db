// Every member function of every texture type, and samplers in each spelling. tests/kernels/test_textures.py compiles it.
#include <metal_stdlib>
#include <metal_texture>

using namespace metal;

constexpr sampler program_sampler(coord::pixel, filter::linear, mip_filter::linear, address::repeat);
constant sampler constant_sampler(s_address::clamp_to_zero, t_address::mirrored_repeat, r_address::clamp_to_border,
                                  border_color::opaque_white, compare_func::less_equal, max_anisotropy(4),
                                  lod_clamp(0.5, 4));

template <typename T>
float total(vec<T, 4> v) {
  return float(v.x) + float(v.y) + float(v.z) + float(v.w);
}

kernel void sampled(texture1d<float> a [[texture(0)]], texture1d_array<half> b [[texture(1)]],
                    texture2d<float> c [[texture(2)]], texture2d_array<int> d [[texture(3)]],
                    texture3d<half> e [[texture(4)]], texturecube<float> f [[texture(5)]],
                    texturecube_array<uint> g [[texture(6)]], sampler s [[sampler(0)]],
                    device float *out [[buffer(0)]]) {
  constexpr sampler local_sampler(filter::nearest);
  float r = total(a.sample(s, 0.5)) + total(b.sample(program_sampler, 0.5, 1));
  r += total(c.sample(constant_sampler, float2(0.5))) + total(c.sample(s, float2(0.5), int2(1, -1)));
  r += total(c.sample(local_sampler, float2(0.5), bias(1))) + total(c.sample(s, float2(0.5), level(2), int2(1)));
  r += total(c.sample(s, float2(0.5), gradient2d(float2(1), float2(2))));
  r += total(c.sample(s, float2(0.5), min_lod_clamp(1))) + total(c.sample(s, float2(0.5), bias(1), min_lod_clamp(1)));
  r += total(c.sample(s, float2(0.5), gradient2d(float2(1), float2(2)), min_lod_clamp(1), int2(1)));
  r += total(d.sample(s, float2(0.5), 3, level(0.0), int2(1))) + total(d.gather(s, float2(0.5), 1, int2(0), component::z));
  r += total(e.sample(s, float3(0.5), gradient3d(float3(1), float3(2)), int3(1)));
  r += total(f.sample(s, float3(0.5), gradientcube(float3(1), float3(2)))) + total(f.gather(s, float3(1), component::w));
  r += total(g.sample(s, float3(0.5), 2, level(1))) + total(c.gather(s, float2(0.5)));
  r += c.calculate_clamped_lod(s, float2(0.5)) + f.calculate_unclamped_lod(s, float3(0.5));
  out[0] = is_null_texture(a) || is_null_sampler(s) ? 0 : r;
}

kernel void depths(depth2d<float> a [[texture(0)]], depth2d_array<float> b [[texture(1)]],
                   depthcube<float> c [[texture(2)]], depthcube_array<float> d [[texture(3)]],
                   depth2d_ms<float> e [[texture(4)]], depth2d_ms_array<float> f [[texture(5)]],
                   sampler s [[sampler(3)]], device float *out [[buffer(0)]]) {
  float r = a.sample(s, float2(0.5)) + a.sample_compare(s, float2(0.5), 0.25) + a.read(uint2(1, 2));
  r += a.sample_compare(s, float2(0.5), 0.25, level(1), int2(1)) + total(a.gather_compare(s, float2(0.5), 0.25, int2(1)));
  r += b.sample(s, float2(0.5), 1, bias(1)) + b.sample_compare(s, float2(0.5), 1, 0.25, gradient2d(float2(1), float2(1)));
  r += total(b.gather(s, float2(0.5), 1)) + b.read(ushort2(1, 2), 3, 1);
  r += c.sample_compare(s, float3(0.5), 0.25) + c.read(uint2(1, 2), 5) + total(c.gather_compare(s, float3(1), 0.5));
  r += d.sample(s, float3(0.5), 1) + d.read(uint2(1, 2), 5, 1, 2) + d.get_array_size();
  r += e.read(uint2(1, 2), 3) + f.read(ushort2(1, 2), 1, 3) + e.get_num_samples();
  out[0] = r;
}

kernel void texels(texture1d<float, access::read> a [[texture(0)]], texture1d_array<ushort, access::write> b [[texture(1)]],
                   texture2d<half, access::read_write> c [[texture(2)]], texture2d_array<int, access::write> d [[texture(3)]],
                   texture3d<uint, access::read_write> e [[texture(4)]], texturecube<float, access::write> f [[texture(5)]],
                   texturecube_array<short, access::read_write> g [[texture(6)]], texture2d_ms<float> h [[texture(7)]],
                   texture2d_ms_array<uint> i [[texture(8)]], texture_buffer<uint, access::read_write> j [[texture(9)]],
                   texture2d<float, access::read_write, memory_coherence_device> k [[texture(10)]],
                   uint2 p [[thread_position_in_grid]]) {
  float r = a.read(p.x).x + a.get_width() + a.get_num_mip_levels();
  b.write(ushort4(1), p.x, 2);
  c.write(c.read(p) + c.read(ushort2(p), 0) * half(r), p, 1);
  c.fence();
  d.write(int4(d.get_height(1), d.get_array_size(), 3, 4), p, 2);
  d.write(7, ushort2(p), 2, 1);
  e.write(e.read(uint3(p, 1)) + e.get_depth(), uint3(p, 2));
  f.write(float4(1), p, 3);
  g.write(g.read(p, 5, 1), p, 4, 2);
  j.write(uint4(h.read(p, 1)) + i.read(p, 2, 3) + h.get_num_samples(), p.x);
  k.write(float4(j.read(p.x)) + j.get_width(), p);
}

kernel void atomics(texture2d<uint, access::read_write> a [[texture(0)]], texture2d_array<int, access::read_write> b [[texture(1)]],
                    texture_buffer<uint, access::read_write> c [[texture(2)]], texture2d<ulong, access::read_write> d [[texture(3)]],
                    device uint *out [[buffer(0)]], uint2 p [[thread_position_in_grid]]) {
  uint r = a.atomic_load(p).x + a.atomic_exchange(p, 1u).x + a.atomic_fetch_add(p, 1u).x + a.atomic_fetch_sub(p, 1u).x;
  r += a.atomic_fetch_and(p, 3u).x + a.atomic_fetch_or(ushort2(p), 3u).x + a.atomic_fetch_xor(p, 3u).x;
  r += uint(b.atomic_fetch_min(p, 2, 5).x + b.atomic_fetch_max(p, 2, int4(5)).x) + c.atomic_fetch_add(p.x, 1u).x;
  a.atomic_store(uint4(1), p);
  uint4 expected = 4;
  if (a.atomic_compare_exchange_weak(p, &expected, 7u)) r += expected.x;
  d.atomic_min(p, ulong4(1));
  d.atomic_max(p, ulong4(5));
  out[0] = r;
}

// What takes textures and does nothing with them, among what computes: it runs.
kernel void unused(texture2d<float> named, array<texture2d<half>, 3> several, texture3d<int, access::write> written,
                   texture2d<float> placed [[texture(2)]], depthcube_array<float> depth, sampler s,
                   array<sampler, 2> more, device uint *out [[buffer(0)]], constant uint &x [[buffer(1)]]) {
  constexpr sampler state(filter::linear, lod_clamp(1, 2));
  out[0] = x;
  out[1] = uint(as_type<ulong>(state) >> 32);
  out[2] = uint(as_type<ulong>(state));
}

struct Resources {
  texture2d<float> image [[id(0)]];
  array<texture2d<float>, 2> images [[id(1)]];
  sampler s [[id(3)]];
};
kernel void nested(constant Resources &resources [[buffer(0)]], device float4 *out [[buffer(1)]]) {
  out[0] = resources.image.sample(resources.s, float2(0.5), level(0)) + resources.images[1].read(uint2(0));
}
