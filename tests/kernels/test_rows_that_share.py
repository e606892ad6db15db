"""Simdgroups that multiply rows of their own with one vector: what they do alike is done once for several of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Array = npt.NDArray[Any]

SOURCE = """
struct Block { half scale; uchar weights[16]; };
kernel void k(device const Block *matrix, device const float *vector, device float *product, constant uint &columns,
              uint group [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]],
              uint simdgroup [[simdgroup_index_in_threadgroup]], uint simdgroups [[simdgroups_per_threadgroup]]) {
  const uint row = group * simdgroups + simdgroup, blocks = columns / 32;
  float sum = 0.0f;
  for (uint b = lane / 2; b < blocks; b += 16) {
    device const Block &block = matrix[row * blocks + b];
    const uint first = lane % 2 * 8;
    device const float *values = vector + b * 32 + first;
    float part = 0.0f;
    for (uint i = 0; i < 8; i++) {
      const uchar pair = block.weights[first + i];
      part += (int(pair & 15) - 8) * values[i] + (int(pair >> 4) - 8) * values[i + 16];
    }
    sum += part * block.scale;
  }
  sum = simd_sum(sum);
  if (lane == 0) product[row] = sum;
}"""


@pytest.mark.parametrize("simdgroups", [1, 2, 3, 4, 5, 8, 11])
@pytest.mark.parametrize("blocks", [1, 16, 17, 48, 75], ids=lambda blocks: f"{blocks}blocks")
def test_products(run: Callable[..., list[Array]], blocks: int, simdgroups: int) -> None:
    """Few blocks, and the last of many, leave lanes without work, which read lane by lane."""
    random = np.random.default_rng(blocks * 16 + simdgroups)
    rows = 3 * simdgroups
    scales = random.uniform(-1, 1, (rows, blocks)).astype(np.float16)
    weights = random.integers(0, 256, (rows, blocks, 16), dtype=np.uint8)
    matrix = np.concatenate([scales[..., None].view(np.uint8), weights], axis=2)
    vector = random.standard_normal(32 * blocks).astype(np.float32)
    columns = np.array([32 * blocks], np.uint32)
    result = run(
        SOURCE, matrix, vector, np.zeros(rows, np.float32), columns, grid=(rows * 32,), group=(simdgroups * 32,)
    )
    halves = np.concatenate([weights & 15, weights >> 4], axis=2).astype(np.float64) - 8
    exact = (halves * scales[..., None].astype(np.float64)).reshape(rows, -1) @ vector.astype(np.float64)
    np.testing.assert_allclose(result[2], exact, rtol=1e-4, atol=1e-4 * np.sqrt(blocks))
