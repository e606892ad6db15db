"""Prices of European options by the formula of Black and Scholes: logarithms, exponentials and square roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.compute.row import Argument, Array, Dispatch, Problem, Row, Tolerance

# The polynomial is number 26.2.17 of Abramowitz and Stegun; its error is below 7.5e-8.
METAL = """
#include <metal_stdlib>
using namespace metal;

static float normal_distribution(float d) {
    const float k = 1.0f / (1.0f + 0.2316419f * fabs(d));
    const float poly = k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f +
                       k * 1.330274429f))));
    const float tail = 0.39894228f * exp(-0.5f * d * d) * poly;
    return d > 0 ? 1.0f - tail : tail;
}

kernel void black_scholes(device const float *price [[buffer(0)]],
                          device const float *strike [[buffer(1)]],
                          device const float *years [[buffer(2)]],
                          device float *call [[buffer(3)]],
                          device float *put [[buffer(4)]],
                          constant float &rate [[buffer(5)]],
                          constant float &volatility [[buffer(6)]],
                          constant uint &n [[buffer(7)]],
                          uint i [[thread_position_in_grid]]) {
    const float s = price[i], x = strike[i], t = years[i];
    const float spread = volatility * sqrt(t);
    const float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / spread;
    const float d2 = d1 - spread;
    const float n1 = normal_distribution(d1), n2 = normal_distribution(d2);
    const float discounted = x * exp(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}
"""

OPENCL = """
static float normal_distribution(float d) {
    float k = 1.0f / (1.0f + 0.2316419f * fabs(d));
    float poly = k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
    float tail = 0.39894228f * exp(-0.5f * d * d) * poly;
    return d > 0 ? 1.0f - tail : tail;
}

kernel void black_scholes(global const float *price, global const float *strike, global const float *years,
                          global float *call, global float *put, float rate, float volatility, uint n) {
    size_t i = get_global_id(0);
    float s = price[i], x = strike[i], t = years[i];
    float spread = volatility * sqrt(t);
    float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / spread;
    float d2 = d1 - spread;
    float n1 = normal_distribution(d1), n2 = normal_distribution(d2);
    float discounted = x * exp(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}
"""

# With -ffast-math GCC calls the C library's vector forms of exp and log.
CPP = """
#include <cmath>
static inline float normal_distribution(float d) {
    const float k = 1.0f / (1.0f + 0.2316419f * std::fabs(d));
    const float poly = k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f +
                       k * 1.330274429f))));
    const float tail = 0.39894228f * std::exp(-0.5f * d * d) * poly;
    return d > 0 ? 1.0f - tail : tail;
}
extern "C" void black_scholes(const float *__restrict price, const float *__restrict strike,
                              const float *__restrict years, float *__restrict call, float *__restrict put,
                              float rate, float volatility, unsigned n) {
    #pragma omp parallel for simd
    for (long i = 0; i < n; i++) {
        const float s = price[i], x = strike[i], t = years[i];
        const float spread = volatility * std::sqrt(t);
        const float d1 = (std::log(s / x) + (rate + 0.5f * volatility * volatility) * t) / spread;
        const float d2 = d1 - spread;
        const float n1 = normal_distribution(d1), n2 = normal_distribution(d2);
        const float discounted = x * std::exp(-rate * t);
        call[i] = s * n1 - discounted * n2;
        put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
    }
}
"""

RATE, VOLATILITY = np.float32(0.02), np.float32(0.3)


def prices(price: Array, strike: Array, years: Array, rate: Any, volatility: Any) -> tuple[Array, Array]:
    from scipy.special import ndtr

    spread = volatility * np.sqrt(years)
    d1 = (np.log(price / strike) + (rate + volatility * volatility / 2) * years) / spread
    n1, n2 = ndtr(d1), ndtr(d1 - spread)
    discounted = strike * np.exp(-rate * years)
    return price * n1 - discounted * n2, discounted * (1 - n2) - price * (1 - n1)


def problem(n: int) -> Problem:
    rng = np.random.default_rng(11)
    market = {
        "price": rng.uniform(5, 30, n).astype(np.float32),
        "strike": rng.uniform(1, 100, n).astype(np.float32),
        "years": rng.uniform(0.25, 10, n).astype(np.float32),
    }
    arguments: tuple[Argument, ...] = (*market, "call", "put", RATE, VOLATILITY, np.uint32(n))

    def expected() -> dict[str, Array]:
        price, strike, years = (values.astype(np.float64) for values in market.values())
        call, put = prices(price, strike, years, np.float64(RATE), np.float64(VOLATILITY))
        return {"call": call, "put": put}

    return Problem(
        buffers={**market, "call": np.zeros(n, np.float32), "put": np.zeros(n, np.float32)},
        command_buffers=[[Dispatch("black_scholes", arguments, (n,), (256,))]],
        arguments=arguments,
        checked=["call", "put"],
        expected=expected,
        # Differences of numbers up to 100, each with an error of a few roundings.
        tolerance=Tolerance(relative=1e-5, absolute=1e-4),
        work=n / 1e6,
    )


def numpy(buffers: dict[str, Array]) -> None:
    call, put = prices(buffers["price"], buffers["strike"], buffers["years"], RATE, VOLATILITY)
    buffers["call"][:], buffers["put"][:] = call, put


ROWS = [
    Row(
        name="black_scholes",
        title="Black-Scholes",
        unit="Moptions/s",
        sizes={"tiny": 2048, "small": 1 << 16, "full": 1 << 22},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        arithmetic=True,
    )
]
