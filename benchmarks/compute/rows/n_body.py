"""Gravity between all pairs of bodies: a loop over values that all threads read alike, and a reciprocal square root."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

SOFTENING = 1e-3

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void n_body(device const float4 *bodies [[buffer(0)]],
                   device float4 *accelerations [[buffer(1)]],
                   constant uint &n [[buffer(2)]],
                   uint i [[thread_position_in_grid]]) {
    const float3 own = bodies[i].xyz;
    float3 sum = 0.0f;
    for (uint j = 0; j < n; j++) {
        const float4 other = bodies[j];
        const float3 way = other.xyz - own;
        const float inverse = rsqrt(dot(way, way) + 1e-3f);
        sum += way * (other.w * inverse * inverse * inverse);
    }
    accelerations[i] = float4(sum, 0.0f);
}
"""

OPENCL = """
kernel void n_body(global const float4 *bodies, global float4 *accelerations, uint n) {
    uint i = get_global_id(0);
    float3 own = bodies[i].xyz;
    float3 sum = 0.0f;
    for (uint j = 0; j < n; j++) {
        float4 other = bodies[j];
        float3 way = other.xyz - own;
        float inverse = rsqrt(dot(way, way) + 1e-3f);
        sum += way * (other.w * inverse * inverse * inverse);
    }
    accelerations[i] = (float4)(sum, 0.0f);
}
"""

CPP = """
#include <cmath>
extern "C" void n_body(const float *__restrict bodies, float *__restrict accelerations, unsigned n) {
    #pragma omp parallel for
    for (long start = 0; start < n; start += 16) {
        float x[16], y[16], z[16], ax[16] = {}, ay[16] = {}, az[16] = {};
        for (long i = 0; i < 16; i++) {
            x[i] = bodies[4 * (start + i)];
            y[i] = bodies[4 * (start + i) + 1];
            z[i] = bodies[4 * (start + i) + 2];
        }
        for (long j = 0; j < n; j++) {
            const float ox = bodies[4 * j], oy = bodies[4 * j + 1], oz = bodies[4 * j + 2], mass = bodies[4 * j + 3];
            #pragma omp simd
            for (long i = 0; i < 16; i++) {
                const float dx = ox - x[i], dy = oy - y[i], dz = oz - z[i];
                const float inverse = 1.0f / std::sqrt(dx * dx + dy * dy + dz * dz + 1e-3f);
                const float pull = mass * inverse * inverse * inverse;
                ax[i] += dx * pull;
                ay[i] += dy * pull;
                az[i] += dz * pull;
            }
        }
        for (long i = 0; i < 16; i++) {
            accelerations[4 * (start + i)] = ax[i];
            accelerations[4 * (start + i) + 1] = ay[i];
            accelerations[4 * (start + i) + 2] = az[i];
            accelerations[4 * (start + i) + 3] = 0.0f;
        }
    }
}
"""


def problem(n: int) -> Problem:
    bodies = np.random.default_rng(8).random((n, 4), dtype=np.float32)
    arguments = ("bodies", "accelerations", np.uint32(n))

    def expected() -> dict[str, Array]:
        exact = bodies.astype(np.float64)
        sums = np.zeros((n, 4))
        for first in range(0, n, 256):
            way = exact[None, :, :3] - exact[first : first + 256, None, :3]
            pull = exact[None, :, 3] * ((way**2).sum(axis=2) + SOFTENING) ** -1.5
            sums[first : first + 256, :3] = (way * pull[:, :, None]).sum(axis=1)
        return {"accelerations": sums}

    return Problem(
        buffers={"bodies": bodies, "accelerations": np.zeros((n, 4), np.float32)},
        command_buffers=[[Dispatch("n_body", arguments, (n,), (256,))]],
        arguments=arguments,
        checked=["accelerations"],
        expected=expected,
        # Pulls of opposite signs cancel; what is left is small beside their sum.
        tolerance=Tolerance(relative=1e-4, absolute=1e-4 * n),
        # The customary 20 operations a pair.
        work=20 * n * n / 1e9,
    )


ROWS = [
    Row(
        name="n_body",
        title="n-body, all pairs",
        unit="GF/s",
        sizes={"tiny": 256, "small": 512, "full": 8192},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        arithmetic=True,
    )
]
