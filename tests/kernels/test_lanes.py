"""Operations between the lanes of simdgroups and quads, for every type, whole and under a divergent branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

DTYPES: dict[str, Any] = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
    "half": np.float16,
    "bfloat": np.uint16,
    "float": np.float32,
}
FLOATS = ("half", "bfloat", "float")
# 80 threads: two whole simdgroups and a half one. Random lanes take the branch, and a whole quad does not.
THREADS = 80
TAKEN = np.random.default_rng(16).random(THREADS) < 0.6
TAKEN[4:8] = False
MASKS = {"all lanes": np.ones(THREADS, bool), "some lanes": TAKEN}


def encode(values: Array, kind: str) -> Array:
    if kind == "bfloat":
        return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return values.astype(DTYPES[kind])


def decode(stored: Array, kind: str) -> Array:
    return (stored.astype(np.uint32) << 16).view(np.float32) if kind == "bfloat" else stored


def run_calls(run: Run, kind: str, calls: list[str], taken: Array, values: Array, *, components: int = 1) -> Array:
    """What each call gives in each thread that takes the branch, and 99 in the others: (thread, call, component)."""
    of = f"vec<{kind}, {components}>" if components > 1 else kind
    value = f"{of}({', '.join(f'in[i] + {kind}({c})' for c in range(components))})" if components > 1 else "in[i]"
    stores = "\n".join(
        f"{{ {of} r = {call}; "
        + " ".join(
            f"out[(i * {len(calls)} + {j}) * {components} + {c}] = r{f'[{c}]' if components > 1 else ''};"
            for c in range(components)
        )
        + " }"
        for j, call in enumerate(calls)
    )
    source = f"""kernel void k(device const {kind} *in, device const uchar *taken, device {kind} *out,
                               uint i [[thread_position_in_grid]], ushort lane [[thread_index_in_simdgroup]]) {{
      {of} x = {value}, y = {of}({kind}(50));
      if (taken[i]) {{ {stores} }} }}"""
    out = np.broadcast_to(encode(np.full(1, 99), kind), (THREADS, len(calls), components)).copy()
    result = run(source, encode(values, kind), taken.astype(np.uint8), out, grid=(THREADS,), group=(THREADS,))[2]
    return decode(result, kind)


def groups(width: int, taken: Array) -> list[Array]:
    """The threads of each simdgroup or quad that take part."""
    return [
        np.array([i for i in range(start, min(start + width, THREADS)) if taken[i]])
        for start in range(0, THREADS, width)
    ]


REDUCTIONS: dict[str, Callable[[Array], Array]] = {
    "sum": lambda v: np.full(v.size, v.sum()),
    "product": lambda v: np.full(v.size, v.prod()),
    "min": lambda v: np.full(v.size, v.min()),
    "max": lambda v: np.full(v.size, v.max()),
    "prefix_inclusive_sum": np.cumsum,
    "prefix_exclusive_sum": lambda v: np.cumsum(v) - v,
    "prefix_inclusive_product": np.cumprod,
    "prefix_exclusive_product": lambda v: np.concatenate([[1], np.cumprod(v)[:-1]]),
    "and": lambda v: np.full(v.size, np.bitwise_and.reduce(v.astype(np.int64))),
    "or": lambda v: np.full(v.size, np.bitwise_or.reduce(v.astype(np.int64))),
    "xor": lambda v: np.full(v.size, np.bitwise_xor.reduce(v.astype(np.int64))),
}


@pytest.mark.parametrize("mask", sorted(MASKS))
@pytest.mark.parametrize("prefix", ["simd", "quad"])
@pytest.mark.parametrize("kind", sorted(DTYPES))
def test_reductions_and_scans(run: Run, kind: str, prefix: str, mask: str) -> None:
    """Small whole numbers, mostly ones, so that every type holds the results exactly."""
    names = [name for name in REDUCTIONS if kind not in FLOATS or name not in ("and", "or", "xor")]
    random = np.random.default_rng(17)
    values = np.where(random.random(THREADS) < 0.1, 2, 1) * (
        1 if kind[0] == "u" else random.choice([1, 1, -1], THREADS)
    )
    out = run_calls(run, kind, [f"{prefix}_{name}(x)" for name in names], MASKS[mask], values)
    for members in groups(32 if prefix == "simd" else 4, MASKS[mask]):
        if members.size == 0:
            continue
        for j, name in enumerate(names):
            expected = REDUCTIONS[name](values[members])
            np.testing.assert_array_equal(out[members, j, 0], expected.astype(out.dtype), err_msg=name)
    assert (out[~MASKS[mask]] == 99).all()


MOVES: dict[str, Callable[[Array, int], Array]] = {
    "shuffle(x, ushort(lane ^ 3))": lambda lane, width: lane ^ 3,
    "shuffle_xor(x, 1)": lambda lane, width: lane ^ 1,
    "shuffle_up(x, 2)": lambda lane, width: np.where(lane % width >= 2, lane - 2, lane),
    "shuffle_down(x, 1)": lambda lane, width: np.where(lane % width + 1 < width, lane + 1, lane),
    "shuffle_rotate_up(x, 1)": lambda lane, width: lane // width * width + (lane - 1) % width,
    "shuffle_rotate_down(x, 3)": lambda lane, width: lane // width * width + (lane + 3) % width,
    "broadcast(x, 1)": lambda lane, width: lane // width * width + 1,
}


@pytest.mark.parametrize("mask", sorted(MASKS))
@pytest.mark.parametrize("prefix", ["simd", "quad"])
@pytest.mark.parametrize(
    ("kind", "components"), [*((kind, 1) for kind in sorted(DTYPES)), ("half", 3), ("int", 3), ("ulong", 2)]
)
def test_moves(run: Run, kind: str, prefix: str, mask: str, components: int) -> None:
    """A lane that reads one outside the branch or the group keeps its own value, or what a quad wraps around to."""
    width = 32 if prefix == "simd" else 4
    taken = MASKS[mask]
    values = np.arange(THREADS)
    calls = [
        f"{prefix}_{call.replace('lane ^ 3', 'lane % 4 ^ 3') if prefix == 'quad' else f'{call}'}" for call in MOVES
    ]
    out = run_calls(run, kind, calls, taken, values, components=components)
    lanes = np.arange(THREADS)
    for j, (call, source) in enumerate(MOVES.items()):
        if prefix == "quad" and ("_up" in call or "_down" in call) and "rotate" not in call:
            continue  # beyond the quad's ends the value is not defined
        read = source(lanes, width)
        is_there = (read < THREADS) & taken[np.minimum(read, THREADS - 1)]
        expected = np.where(is_there, read, lanes)
        for c in range(components):
            np.testing.assert_array_equal(out[taken, j, c], (values + c)[expected][taken], err_msg=call)
    assert (out[~taken] == 99).all()


@pytest.mark.parametrize("prefix", ["simd", "quad"])
@pytest.mark.parametrize("kind", sorted(DTYPES))
def test_fills(run: Run, kind: str, prefix: str) -> None:
    """What shuffles in from beyond a row is the other end of the filling's row."""
    width = 32 if prefix == "simd" else 4
    modulos = [None, 2] if prefix == "quad" else [None, 8, 4]
    calls, sources = [], []
    lanes = np.arange(64)
    for modulo in modulos:
        row = modulo or width
        for delta in range(1, min(row, 4)):
            rest = f", {modulo}" if modulo else ""
            calls.append(f"{prefix}_shuffle_and_fill_up(x, y + x, {delta}{rest})")
            sources.append(np.where(lanes % row >= delta, lanes - delta, 50 + lanes - delta + row))
            calls.append(f"{prefix}_shuffle_and_fill_down(x, y + x, {delta}{rest})")
            sources.append(np.where(lanes % row + delta < row, lanes + delta, 50 + lanes + delta - row))
    out = run_calls(run, kind, calls, np.ones(THREADS, bool), np.arange(THREADS))
    for j, (call, expected) in enumerate(zip(calls, sources)):
        np.testing.assert_array_equal(out[:64, j, 0], expected, err_msg=call)


@pytest.mark.parametrize("mask", sorted(MASKS))
@pytest.mark.parametrize("prefix", ["simd", "quad"])
def test_votes(run: Run, prefix: str, mask: str) -> None:
    width = 32 if prefix == "simd" else 4
    taken = MASKS[mask]
    source = f"""kernel void k(device const uchar *taken, device ulong *out, uint i [[thread_position_in_grid]]) {{
      if (taken[i]) {{
        {prefix}_vote even = {prefix}_ballot(i % 2 == 0), active = {prefix}_active_threads_mask();
        out[i * 9] = ({prefix}_vote::vote_t)even; out[i * 9 + 1] = ({prefix}_vote::vote_t)active;
        out[i * 9 + 2] = {prefix}_all(i % 2 == 0); out[i * 9 + 3] = {prefix}_any(i % 2 == 0);
        out[i * 9 + 4] = {prefix}_is_first(); out[i * 9 + 5] = even.any(); out[i * 9 + 6] = active.all();
        out[i * 9 + 7] = {prefix}_is_helper_thread(); out[i * 9 + 8] = {prefix}_broadcast_first(i); }} }}"""
    out = run(source, taken.astype(np.uint8), np.full((THREADS, 9), 77, np.uint64), grid=(THREADS,), group=(THREADS,))[
        1
    ]
    for members in groups(width, taken):
        if members.size == 0:
            continue
        even = members % 2 == 0
        ballot = sum(1 << int(i) % width for i in members[even])
        active = sum(1 << int(i) % width for i in members)
        whole = active == 2**width - 1
        for i in members:
            first = i == members[0]
            expected = [ballot, active, even.all(), even.any(), first, even.any(), whole, 0, members[0]]
            assert out[i].tolist() == [int(e) for e in expected], i
    assert (out[~taken] == 77).all()


def test_loops_that_lanes_leave_one_by_one(run: Run) -> None:
    """Lane l goes round l + 1 times; round n sums the lanes that are still there."""
    source = """kernel void k(device uint *out, uint l [[thread_index_in_simdgroup]]) {
      uint sums = 0, firsts = 0;
      for (uint n = 0; n <= l; ++n) { sums += simd_sum(l); firsts += simd_broadcast_first(l); }
      out[l * 3] = sums; out[l * 3 + 1] = firsts; out[l * 3 + 2] = simd_sum(1u); }"""
    (out,) = run(source, np.zeros((32, 3), np.uint32), grid=(32,), group=(32,))
    lanes = np.arange(32)
    present = np.array([lanes[n:].sum() for n in range(32)])
    np.testing.assert_array_equal(out[:, 0], np.cumsum(present))
    np.testing.assert_array_equal(out[:, 1], np.cumsum(lanes))
    assert (out[:, 2] == 32).all()


def test_nested_loops_bring_the_lanes_together_each_round(run: Run) -> None:
    """Lanes wait for each other behind an inner loop and before the next round of the outer one."""
    source = """kernel void k(device const uint *rounds, device uint *out, uint i [[thread_position_in_grid]]) {
      uint inside = 0, behind = 0, after = 0;
      for (uint turn = 0; turn < 3; ++turn) {
        if (turn > (rounds[i] & 3)) continue;
        uint n = 0;
        while (n < rounds[i] + turn) { inside = inside * 7 + simd_sum(n + 1); ++n; if (n == 5) break; }
        behind = behind * 31 + simd_sum(1u);
        if (rounds[i] == 6) break;
        after = after * 31 + simd_sum(1u);
      }
      out[i * 4] = inside; out[i * 4 + 1] = behind; out[i * 4 + 2] = after; out[i * 4 + 3] = simd_sum(1u); }"""
    rounds = np.random.default_rng(5).integers(0, 8, 32).astype(np.uint32)
    out = run(source, rounds, np.zeros((32, 4), np.uint32), grid=(32,), group=(32,))[1]
    expected = np.zeros((32, 4), np.uint32)
    left = np.zeros(32, bool)
    for turn in range(3):
        here = ~left & (turn <= (rounds & 3))
        for n in range(5):
            inner = here & (n < rounds + turn)
            expected[inner, 0] = expected[inner, 0] * 7 + (n + 1) * inner.sum()
        expected[here, 1] = expected[here, 1] * 31 + here.sum()
        left |= here & (rounds == 6)
        here &= ~left
        expected[here, 2] = expected[here, 2] * 31 + here.sum()
    expected[:, 3] = 32
    np.testing.assert_array_equal(out, expected)


def test_lanes_that_are_ahead_wait_for_the_round_to_end(run: Run) -> None:
    """Who goes on with the next round does so with all that stay in the loop."""
    source = """kernel void k(device const uint *rounds, device uint *out, uint i [[thread_position_in_grid]]) {
      uint odd = 0, all = 0;
      for (uint turn = 0; turn < rounds[i]; ++turn) {
        if (turn & 1) { odd = odd * 7 + simd_sum(1u); if (rounds[i] == 5) continue; }
        all = all * 3 + simd_sum(1u);
      }
      out[i * 2] = odd; out[i * 2 + 1] = all; }"""
    rounds = np.random.default_rng(5).integers(0, 8, 32).astype(np.uint32)
    out = run(source, rounds, np.zeros((32, 2), np.uint32), grid=(32,), group=(32,))[1]
    expected = np.zeros((32, 2), np.uint32)
    for turn in range(8):
        here = turn < rounds
        if turn % 2:
            expected[here, 0] = expected[here, 0] * 7 + here.sum()
            here &= rounds != 5
        expected[here, 1] = expected[here, 1] * 3 + here.sum()
    np.testing.assert_array_equal(out, expected)
