"""MSL as programs write it: the kernels of language.metal, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import pytest

SOURCE = Path(__file__).parent / "language.metal"


@pytest.fixture(scope="module")
def library(device: pm.Device) -> pm.Library:
    return device.new_library_with_file(SOURCE)


def dispatch(
    library: pm.Library,
    name: str,
    arrays: list[np.ndarray[Any, Any]],
    threads: int,
    group: int,
    constants: pm.FunctionConstantValues | None = None,
    threadgroup_bytes: int = 0,
) -> list[np.ndarray[Any, Any]]:
    device = library.device
    function = library.new_function(name, constants) if constants else library.new_function(name)
    buffers = [device.new_buffer_with_data(array) for array in arrays]
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(function))
    for index, buffer in enumerate(buffers):
        encoder.set_buffer(buffer, 0, index)
    if threadgroup_bytes:
        encoder.set_threadgroup_memory_length(threadgroup_bytes, 0)
    encoder.dispatch_threads(threads, 1, 1, group, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None, commands.error
    return [np.frombuffer(b.contents(), a.dtype).reshape(a.shape) for b, a in zip(buffers, arrays)]


def test_function_names(library: pm.Library) -> None:
    assert sorted(library.function_names) == [
        "constants",
        "implicit_slots",
        "methods",
        "reverse_float",
        "reverse_half",
        "reverse_int",
        "vectors",
    ]
    assert library.warnings == []


@pytest.mark.parametrize(
    ("name", "dtype", "size"),
    [("reverse_float", np.float32, 32), ("reverse_int", np.int32, 64), ("reverse_half", np.float16, 16)],
)
def test_threadgroup_arrays_in_a_template(library: pm.Library, name: str, dtype: type, size: int) -> None:
    values = np.arange(4 * size).astype(dtype)
    result = dispatch(library, name, [values, np.zeros_like(values)], values.size, size)[1]
    # Three reversals are one; other[1] - other[0] is 0 in each round.
    np.testing.assert_array_equal(result, values.reshape(-1, size)[:, ::-1].reshape(-1))


def test_vectors(library: pm.Library) -> None:
    parameters = np.zeros(
        1,
        dtype=np.dtype({"names": ["scale", "bias", "count", "mode"], "formats": ["4f4", "3f4", "u4", "u1"],
                        "offsets": [0, 16, 28, 32], "itemsize": 48}),
    )  # fmt: skip
    parameters["scale"] = [1, 2, 3, 4]
    parameters["bias"] = [10, 20, 30]
    parameters["count"] = 2
    whole = np.array([1, -2, 3, 4], np.int32)
    packed = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    out = dispatch(library, "vectors", [np.zeros((17, 4), np.float32), parameters, whole, packed], 1, 1)[0]
    v = np.array([-2, 1, 3.5, 4.25], np.float32)
    expected = np.array(
        [
            [1, -2, 3, 4],
            v,
            v[[2, 1, 0, 3]],
            [-2, 1, 3.5, 1],
            [1, -2, 1, 3.5],
            [1, 2, 3, 4],
            [-1, -1, 1, 1],
            [4, 5, 6, 2],
            [12, 24, 36, 8],
            [3, 4, 5, 1],
            [2, 0, 0, 1],
            v,
            [8, 7, 6, 5],
            [-4, 2, 7, 4.25],
            [4, 4, 8, 8],
            [1, 1, float(v @ v), np.hypot(2, 1)],
            [-2, 250, 251, 252],
        ],
        np.float32,
    )
    np.testing.assert_allclose(out, expected, rtol=1e-6)


def test_methods(library: pm.Library) -> None:
    counters = np.array([7, 8], np.int32)
    values = np.array([2.5, 3.5, 4.5], np.float32)
    out = dispatch(library, "methods", [counters, np.array([6], np.int32), np.zeros(16, np.float32), values], 1, 1)[2]
    expected = [1007, 106, 15, 8, 14, 1, 302, 3.5, 107, 10 + 2.25 + 9, 3.5, 4.5, 8, 6, 1, 33]
    assert out.tolist() == expected


@pytest.mark.parametrize("scale", [None, 3.0])
@pytest.mark.parametrize("negate", [False, True])
def test_function_constants(library: pm.Library, negate: bool, scale: float | None) -> None:
    constants = pm.FunctionConstantValues()
    constants.set_constant_value(10, pm.DataType.Int, 0)
    constants.set_constant_value(negate, pm.DataType.Bool, "kNegate")
    if scale is not None:
        constants.set_constant_value(scale, pm.DataType.Float, 2)
    out = dispatch(library, "constants", [np.zeros(8, np.float32)], 8, 8, constants)[0]
    table = np.tile(np.array([1, 0.5, 0.25, 0.125], np.float32), 2)
    np.testing.assert_allclose(out, (table * (scale or 1) + 10) * (-1 if negate else 1))


def test_function_constants_are_checked(device: pm.Device, library: pm.Library) -> None:
    with pytest.raises(pm.PipelineError, match=r"'constants' needs a value for its function constant 'k\w+'"):
        device.new_compute_pipeline_state(library.new_function("constants"))
    constants = pm.FunctionConstantValues()
    with pytest.raises(pm.ValidationError, match="does not fit"):
        constants.set_constant_value(2**40, pm.DataType.Int, 0)
    with pytest.raises(pm.ValidationError, match="neither"):
        constants.set_constant_value(0, pm.DataType.Texture, 0)
    with pytest.raises(pm.ValidationError, match=r"2 components \(3\)"):
        constants.set_constant_value((1, 2, 3), pm.DataType.Float2, 0)
    constants.set_constant_values([1.5, 1.5], pm.DataType.Float, pm.Range(0, 2))
    function = library.new_function("constants", constants)
    with pytest.raises(pm.ValidationError, match="has data type"):
        library.device.new_compute_pipeline_state(function)


def test_reflection_of_function_constants(library: pm.Library) -> None:
    constants = pm.FunctionConstantValues()
    constants.set_constant_values([1], pm.DataType.Int, pm.Range(0, 1))
    constants.set_constant_value(False, pm.DataType.Bool, 1)
    found = library.new_function("constants", constants).function_constants_dictionary
    assert found["kOffset"].type == pm.DataType.Int
    assert found["kOffset"].required
    assert found["kNegate"].index == 1


def test_implicit_slots(library: pm.Library) -> None:
    values = np.arange(8, dtype=np.int32)
    out = dispatch(
        library, "implicit_slots", [values, np.array([3], np.int32), np.zeros(8, np.int32)], 8, 8, threadgroup_bytes=32
    )[2]
    np.testing.assert_array_equal(out, (values * 3)[np.arange(8) ^ 1])


def test_reflection_of_arguments(library: pm.Library) -> None:
    pipeline = library.device.new_compute_pipeline_state(library.new_function("vectors"))
    bindings = pipeline.reflection.bindings
    assert [(b.name, b.index, b.type_name, b.data_size, b.alignment) for b in bindings] == [
        ("out", 0, "float4", 16, 16),
        ("parameters", 1, "Parameters", 48, 16),
        ("whole", 2, "int4", 16, 16),
        ("packed", 3, "packed_float3", 12, 4),
    ]
    assert [b.access for b in bindings] == [pm.BindingAccess.ReadWrite] + [pm.BindingAccess.ReadOnly] * 3
    assert [b.is_reference for b in bindings] == [False, True, True, False]
    assert bindings[0].data_type == pm.DataType.Float4
    assert bindings[1].data_type == pm.DataType.Struct


def test_what_cannot_be_reached_ends_the_thread(run: Callable[..., list[Any]]) -> None:
    """Also where that is the whole kernel."""
    out = np.zeros(4, np.int32)
    run("kernel void k(device int *out) { __builtin_unreachable(); }", out, grid=(4,), group=(4,))
    source = """int f(int x) { switch (x) { case 0: return 5; case 1: return 6; } }
    kernel void k(device int *out, uint i [[thread_position_in_grid]]) { out[i] = 1; out[i] = f(i); }"""
    (out,) = run(source, out, grid=(4,), group=(4,))
    assert out[:2].tolist() == [5, 6]
