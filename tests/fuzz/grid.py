"""The shapes of random grids. Whatever its shape, thread `tid` is the one with index `tid % group` in its threadgroup."""

from __future__ import annotations

import random
from dataclasses import dataclass

Extent = tuple[int, int, int]


@dataclass(frozen=True)
class Grid:
    """What to dispatch, and how a kernel computes `tid` and its position, in MSL and in C++."""

    threads: Extent
    group: Extent
    parameters: str
    tid: str
    # Positions that kernels use, by their names in MSL.
    positions: dict[str, str]


def row(threads: int, group: int) -> Grid:
    return Grid((threads, 1, 1), (group, 1, 1), "uint tid [[thread_position_in_grid]]", "", {})


def column(threads: int, group: int, width: int, height: int) -> Grid:
    """Threadgroups on top of each other, the last of which may be cut."""
    shape = (width, height, group // (width * height)) if height else (width, group // width, 1)
    grid = (width, height, threads // (width * height)) if height else (width, threads // width, 1)
    return Grid(
        grid,
        shape,
        "uint3 position [[thread_position_in_grid]], uint3 place [[thread_position_in_threadgroup]]",
        f"(position.z * {grid[1]} + position.y) * {width} + position.x",
        {
            "position.x": f"(tid % {width})",
            "position.y": f"(tid / {width} % {grid[1]})",
            "place.y": f"(lid / {width} % {shape[1]})",
        },
    )


def tiles(threads: int, group: int, width: int, columns: int) -> Grid:
    """Threadgroups side by side, all of them whole."""
    height = group // width
    return Grid(
        (width * columns, threads // (width * columns), 1),
        (width, height, 1),
        "uint2 position [[thread_position_in_grid]], uint2 tile_position [[threadgroup_position_in_grid]]",
        f"(tile_position.y * {columns} + tile_position.x) * {group} + lid",
        {
            "position.x": f"(tid / {group} % {columns} * {width} + lid % {width})",
            "position.y": f"(tid / {group} / {columns} * {height} + lid / {width})",
        },
    )


def choose(seed: int, threads: int, group: int) -> Grid:
    """A row for half of the seeds."""
    chance = random.Random(f"grid {seed}")
    widths = [width for width in (1, 2, 4, 8, 16, 32) if group % width == 0 and threads % width == 0]
    width = chance.choice(widths)
    columns = [n for n in (1, 2, 3, 4) if threads % (group * n) == 0]
    kind = chance.choice(("row", "row", "column", "column", "tiles"))
    if kind == "tiles" and columns:
        return tiles(threads, group, width, chance.choice(columns))
    if kind == "column":
        heights = [n for n in (2, 4) if group % (width * n) == 0 and threads % (width * n) == 0]
        return column(threads, group, width, chance.choice([0, 0, *heights]))
    return row(threads, group)
