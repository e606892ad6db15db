"""A ray tracer of spheres over a chequered floor, with shadows and up to four reflections: branches everywhere."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

SPHERES = 12
LIGHT = (0.40824829, 0.81649658, -0.40824829)

METAL = """
#include <metal_stdlib>
using namespace metal;

struct Sphere {
    float4 centre_radius;
    float albedo, mirror;
};

static float hit(float4 sphere, float3 origin, float3 direction) {
    const float3 from_centre = origin - sphere.xyz;
    const float b = dot(from_centre, direction);
    const float d = b * b - dot(from_centre, from_centre) + sphere.w * sphere.w;
    if (d <= 0.0f) return -1.0f;
    return -b - sqrt(d);
}

kernel void ray_spheres(constant Sphere *spheres [[buffer(0)]],
                        device float *image [[buffer(1)]],
                        constant uint &count [[buffer(2)]],
                        constant uint &n [[buffer(3)]],
                        uint2 position [[thread_position_in_grid]]) {
    const float3 light = float3(0.40824829f, 0.81649658f, -0.40824829f);
    const float2 screen = (float2(position) + 0.5f) * (2.0f / n) - 1.0f;
    float3 origin = float3(0.0f, 0.5f, -4.0f);
    float3 direction = normalize(float3(screen.x, -screen.y, 1.5f));
    float brightness = 0.0f, share = 1.0f;
    for (uint bounce = 0; bounce < 5; bounce++) {
        float nearest = 1e30f;
        int found = -1;
        for (uint s = 0; s < count; s++) {
            const float distance = hit(spheres[s].centre_radius, origin, direction);
            if (distance > 1e-3f && distance < nearest) {
                nearest = distance;
                found = int(s);
            }
        }
        if (direction.y < 0.0f) {
            const float distance = -(origin.y + 1.0f) / direction.y;
            if (distance > 1e-3f && distance < nearest) {
                nearest = distance;
                found = int(count);
            }
        }
        if (found < 0) {
            brightness += share * (0.5f + 0.5f * direction.y);
            break;
        }
        const float3 point = origin + nearest * direction;
        float3 normal = float3(0.0f, 1.0f, 0.0f);
        float albedo, mirror;
        if (found == int(count)) {
            albedo = ((int(floor(point.x)) + int(floor(point.z))) & 1) ? 0.8f : 0.3f;
            mirror = 0.2f;
        } else {
            normal = (point - spheres[found].centre_radius.xyz) / spheres[found].centre_radius.w;
            albedo = spheres[found].albedo;
            mirror = spheres[found].mirror;
        }
        const float3 outside = point + 1e-3f * normal;
        float lit = dot(normal, light);
        if (lit > 0.0f) {
            for (uint s = 0; s < count; s++) {
                if (hit(spheres[s].centre_radius, outside, light) > 0.0f) {
                    lit = 0.0f;
                    break;
                }
            }
        }
        brightness += share * (1.0f - mirror) * albedo * (0.1f + 0.9f * max(lit, 0.0f));
        share *= mirror;
        if (share < 0.01f) break;
        origin = outside;
        direction -= 2.0f * dot(direction, normal) * normal;
    }
    image[position.y * n + position.x] = brightness;
}
"""

OPENCL = """
typedef struct {
    float4 centre_radius;
    float albedo, mirror;
} Sphere;

static float hit(float4 sphere, float3 origin, float3 direction) {
    float3 from_centre = origin - sphere.xyz;
    float b = dot(from_centre, direction);
    float d = b * b - dot(from_centre, from_centre) + sphere.w * sphere.w;
    if (d <= 0.0f) return -1.0f;
    return -b - sqrt(d);
}

kernel void ray_spheres(constant Sphere *spheres, global float *image, uint count, uint n) {
    const float3 light = (float3)(0.40824829f, 0.81649658f, -0.40824829f);
    uint px = get_global_id(0), py = get_global_id(1);
    float2 screen = ((float2)(px, py) + 0.5f) * (2.0f / n) - 1.0f;
    float3 origin = (float3)(0.0f, 0.5f, -4.0f);
    float3 direction = normalize((float3)(screen.x, -screen.y, 1.5f));
    float brightness = 0.0f, share = 1.0f;
    for (uint bounce = 0; bounce < 5; bounce++) {
        float nearest = 1e30f;
        int found = -1;
        for (uint s = 0; s < count; s++) {
            float distance = hit(spheres[s].centre_radius, origin, direction);
            if (distance > 1e-3f && distance < nearest) {
                nearest = distance;
                found = s;
            }
        }
        if (direction.y < 0.0f) {
            float distance = -(origin.y + 1.0f) / direction.y;
            if (distance > 1e-3f && distance < nearest) {
                nearest = distance;
                found = count;
            }
        }
        if (found < 0) {
            brightness += share * (0.5f + 0.5f * direction.y);
            break;
        }
        float3 point = origin + nearest * direction;
        float3 normal = (float3)(0.0f, 1.0f, 0.0f);
        float albedo, mirror;
        if (found == (int)count) {
            albedo = (((int)floor(point.x) + (int)floor(point.z)) & 1) ? 0.8f : 0.3f;
            mirror = 0.2f;
        } else {
            normal = (point - spheres[found].centre_radius.xyz) / spheres[found].centre_radius.w;
            albedo = spheres[found].albedo;
            mirror = spheres[found].mirror;
        }
        float3 outside = point + 1e-3f * normal;
        float lit = dot(normal, light);
        if (lit > 0.0f) {
            for (uint s = 0; s < count; s++) {
                if (hit(spheres[s].centre_radius, outside, light) > 0.0f) {
                    lit = 0.0f;
                    break;
                }
            }
        }
        brightness += share * (1.0f - mirror) * albedo * (0.1f + 0.9f * fmax(lit, 0.0f));
        share *= mirror;
        if (share < 0.01f) break;
        origin = outside;
        direction -= 2.0f * dot(direction, normal) * normal;
    }
    image[py * n + px] = brightness;
}
"""

# One pixel at a time: what a C++ programmer writes without intrinsics.
CPP = """
#include <cmath>
struct Vector {
    float x, y, z;
};
static inline Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
static inline Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline Vector operator*(float s, Vector a) { return {s * a.x, s * a.y, s * a.z}; }
static inline float dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
struct Sphere {
    Vector centre;
    float radius, albedo, mirror, padding[2];
};
static inline float hit(const Sphere &sphere, Vector origin, Vector direction) {
    const Vector from_centre = origin - sphere.centre;
    const float b = dot(from_centre, direction);
    const float d = b * b - dot(from_centre, from_centre) + sphere.radius * sphere.radius;
    if (d <= 0.0f) return -1.0f;
    return -b - std::sqrt(d);
}
static float trace(const Sphere *spheres, int count, Vector origin, Vector direction) {
    const Vector light = {0.40824829f, 0.81649658f, -0.40824829f};
    float brightness = 0.0f, share = 1.0f;
    for (int bounce = 0; bounce < 5; bounce++) {
        float nearest = 1e30f;
        int found = -1;
        for (int s = 0; s < count; s++) {
            const float distance = hit(spheres[s], origin, direction);
            if (distance > 1e-3f && distance < nearest) nearest = distance, found = s;
        }
        if (direction.y < 0.0f) {
            const float distance = -(origin.y + 1.0f) / direction.y;
            if (distance > 1e-3f && distance < nearest) nearest = distance, found = count;
        }
        if (found < 0) return brightness + share * (0.5f + 0.5f * direction.y);
        const Vector point = origin + nearest * direction;
        Vector normal = {0.0f, 1.0f, 0.0f};
        float albedo, mirror;
        if (found == count) {
            const int square = static_cast<int>(std::floor(point.x)) + static_cast<int>(std::floor(point.z));
            albedo = square & 1 ? 0.8f : 0.3f;
            mirror = 0.2f;
        } else {
            normal = 1.0f / spheres[found].radius * (point - spheres[found].centre);
            albedo = spheres[found].albedo;
            mirror = spheres[found].mirror;
        }
        const Vector outside = point + 1e-3f * normal;
        float lit = dot(normal, light);
        for (int s = 0; s < count && lit > 0.0f; s++)
            if (hit(spheres[s], outside, light) > 0.0f) lit = 0.0f;
        brightness += share * (1.0f - mirror) * albedo * (0.1f + 0.9f * (lit > 0.0f ? lit : 0.0f));
        share *= mirror;
        if (share < 0.01f) break;
        origin = outside;
        direction = direction - 2.0f * dot(direction, normal) * normal;
    }
    return brightness;
}
extern "C" void ray_spheres(const Sphere *spheres, float *image, unsigned count, unsigned n) {
    #pragma omp parallel for schedule(dynamic, 4)
    for (unsigned y = 0; y < n; y++) {
        for (unsigned x = 0; x < n; x++) {
            Vector direction = {(x + 0.5f) * (2.0f / n) - 1.0f, 1.0f - (y + 0.5f) * (2.0f / n), 1.5f};
            direction = 1.0f / std::sqrt(dot(direction, direction)) * direction;
            image[y * n + x] = trace(spheres, static_cast<int>(count), {0.0f, 0.5f, -4.0f}, direction);
        }
    }
}
"""


def scene() -> Array:
    """Centre, radius, albedo, mirror and two unused numbers of each sphere."""
    rng = np.random.default_rng(14)
    spheres = np.zeros((SPHERES, 8), np.float32)
    spheres[:, 0] = rng.uniform(-2.5, 2.5, SPHERES)
    spheres[:, 1] = rng.uniform(-0.6, 1.5, SPHERES)
    spheres[:, 2] = rng.uniform(-1.5, 3.0, SPHERES)
    spheres[:, 3] = rng.uniform(0.25, 0.6, SPHERES)
    spheres[:, 4] = rng.uniform(0.3, 1.0, SPHERES)
    spheres[:, 5] = rng.uniform(0.0, 0.8, SPHERES)
    return spheres


def distances(spheres: Array, origin: Array, direction: Array) -> Array:
    """From each ray to each sphere, negative where they do not meet."""
    from_centre = origin[:, None, :] - spheres[None, :, :3]
    b = (from_centre * direction[:, None, :]).sum(axis=2)
    d = b * b - (from_centre**2).sum(axis=2) + spheres[None, :, 3] ** 2
    return np.where(d > 0, -b - np.sqrt(np.maximum(d, 0)), -1)


def trace(spheres: Array, n: int) -> Array:
    """The picture in float64."""
    spheres = spheres.astype(np.float64)
    light = np.array(LIGHT)
    axis = (np.arange(n) + 0.5) * (2 / n) - 1
    direction = np.stack([np.tile(axis, n), -np.repeat(axis, n), np.full(n * n, 1.5)], axis=1)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    origin = np.tile([0.0, 0.5, -4.0], (n * n, 1))
    image, share, pixel = np.zeros(n * n), np.ones(n * n), np.arange(n * n)
    for _ in range(5):
        reach = distances(spheres, origin, direction)
        with np.errstate(divide="ignore"):
            floor = np.where(direction[:, 1] < 0, -(origin[:, 1] + 1) / direction[:, 1], -1)
        reach = np.concatenate([reach, floor[:, None]], axis=1)
        reach[~(reach > 1e-3)] = 1e30
        found = reach.argmin(axis=1)
        missed = reach.min(axis=1) >= 1e30
        image[pixel[missed]] += share[missed] * (0.5 + 0.5 * direction[missed, 1])

        pixel, share, origin, direction, found, reach = (
            values[~missed] for values in (pixel, share, origin, direction, found, reach)
        )
        point = origin + reach.min(axis=1)[:, None] * direction
        on_floor = found == len(spheres)
        sphere = spheres[np.where(on_floor, 0, found)]
        normal = np.where(on_floor[:, None], [0, 1, 0], (point - sphere[:, :3]) / sphere[:, 3:4])
        squares = np.floor(point[:, 0]).astype(int) + np.floor(point[:, 2]).astype(int)
        albedo = np.where(on_floor, np.where(squares & 1, 0.8, 0.3), sphere[:, 4])
        mirror = np.where(on_floor, 0.2, sphere[:, 5])
        outside = point + 1e-3 * normal
        lit = normal @ light
        shadowed = (distances(spheres, outside, np.tile(light, (len(outside), 1))) > 0).any(axis=1)
        lit = np.where(shadowed, 0, np.maximum(lit, 0))
        image[pixel] += share * (1 - mirror) * albedo * (0.1 + 0.9 * lit)
        share = share * mirror

        goes_on = share >= 0.01
        pixel, share, origin, direction, normal = (
            values[goes_on] for values in (pixel, share, outside, direction, normal)
        )
        direction = direction - 2 * (direction * normal).sum(axis=1, keepdims=True) * normal
    return image.reshape(n, n)


def problem(n: int) -> Problem:
    spheres = scene()
    arguments = ("spheres", "image", np.uint32(SPHERES), np.uint32(n))
    return Problem(
        buffers={"spheres": spheres, "image": np.zeros((n, n), np.float32)},
        command_buffers=[[Dispatch("ray_spheres", arguments, (n, n), (32, 8))]],
        arguments=arguments,
        checked=["image"],
        expected=lambda: {"image": trace(spheres, n)},
        # Where an edge is met, a rounding decides which side is seen.
        # On a small picture more of the pixels are at one.
        tolerance=Tolerance(absolute=2e-3, outliers=0.01 if n > 512 else 0.03),
        work=n * n / 1e6,
    )


ROWS = [
    Row(
        name="ray_spheres",
        title="ray tracer, branchy",
        unit="Mpix/s",
        sizes={"tiny": 64, "small": 96, "full": 1024},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        arithmetic=True,
        remark=(
            "A simdgroup follows its pixels' rays until the last one ends; square roots are rounded correctly (ADR 15)."
        ),
    )
]
