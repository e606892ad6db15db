"""Argument buffers: pointers inside structs, written by argument encoders and by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pymetal as pm
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
Dispatch = Callable[..., None]


def pipeline_of(device: pm.Device, source: str) -> tuple[pm.Function, pm.ComputePipelineState]:
    function = device.new_library_with_source(HEADER + source).new_function("k")
    return function, device.new_compute_pipeline_state(function)


def floats(device: pm.Device, values: Any) -> pm.Buffer:
    return device.new_buffer_with_data(np.asarray(values, np.float32))


def read(buffer: pm.Buffer, dtype: Any = np.float32) -> Any:
    return np.frombuffer(buffer.contents(), dtype)


def dispatch(
    queue: pm.CommandQueue,
    pipeline: pm.ComputePipelineState,
    buffers: Sequence[pm.Buffer],
    used: Sequence[pm.Buffer],
    threads: int = 4,
) -> None:
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    for index, buffer in enumerate(buffers):
        encoder.set_buffer(buffer, 0, index)
    encoder.use_resources(list(used), pm.ResourceUsage.Read | pm.ResourceUsage.Write)
    encoder.dispatch_threads(threads, 1, 1, threads, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None


@pytest.mark.parametrize("space", ["constant", "device"])
@pytest.mark.parametrize("form", ["reference", "pointer"])
def test_pointers_and_constants(device: pm.Device, queue: pm.CommandQueue, space: str, form: str) -> None:
    argument, access = ("&args", "args.") if form == "reference" else ("*args", "args->")
    source = f"""struct Args {{
      device float *out [[id(0)]];
      const device float *in [[id(1)]];
      constant float &scale [[id(2)]];
      float4 offsets [[id(3)]];
      int shift [[id(4)]];
    }};
    kernel void k({space} Args {argument} [[buffer(0)]], uint i [[thread_position_in_grid]]) {{
      {access}out[i] = {access}in[i + {access}shift] * {access}scale + {access}offsets[i];
    }}"""
    function, pipeline = pipeline_of(device, source)
    out, source_values, scale = floats(device, [0] * 4), floats(device, range(8)), floats(device, [0, 10])
    encoder = function.new_argument_encoder(0)
    assert (encoder.encoded_length, encoder.alignment) == (64, 16)
    arguments = device.new_buffer(encoder.encoded_length)
    encoder.set_argument_buffer(arguments, 0)
    encoder.set_buffer(out, 0, 0)
    encoder.set_buffer(source_values, 4, 1)
    encoder.set_buffer(scale, 4, 2)
    offsets = np.arange(4, dtype=np.float32)
    ctypes.memmove(encoder.constant_data(3), offsets.ctypes.data, 16)
    ctypes.memmove(encoder.constant_data(4), np.int32(2).tobytes(), 4)
    dispatch(queue, pipeline, [arguments], [out, source_values, scale])
    assert read(out).tolist() == [30, 41, 52, 63]


def test_arrays_of_buffers(device: pm.Device, queue: pm.CommandQueue) -> None:
    source = """struct Args {
      device float *out;
      device float *plain[8];
      array<device float *, 8> wrapped [[id(20)]];
      uint count;
    };
    kernel void k(constant Args &args [[buffer(0)]], uint i [[thread_position_in_grid]]) {
      float sum = 0;
      for (uint n = 0; n < args.count; ++n) sum += args.plain[n][i] * args.wrapped[n][i];
      args.out[i] = sum;
    }"""
    function, pipeline = pipeline_of(device, source)
    rng = np.random.default_rng(7)
    values = rng.integers(0, 100, (16, 4)).astype(np.float32)
    parts = [floats(device, row) for row in values]
    out = floats(device, [0] * 4)
    encoder = function.new_argument_encoder(0)
    arguments = device.new_buffer(encoder.encoded_length)
    encoder.set_argument_buffer(arguments, 0)
    encoder.set_buffer(out, 0, 0)
    encoder.set_buffers(parts[:8], [0] * 8, pm.Range(1, 8))
    for n in range(8):
        encoder.set_buffer(parts[8 + n], 0, 20 + n)
    ctypes.memmove(encoder.constant_data(28), np.uint32(8).tobytes(), 4)
    dispatch(queue, pipeline, [arguments], [out, *parts])
    np.testing.assert_array_equal(read(out), (values[:8] * values[8:]).sum(0))


def test_structs_in_structs_and_behind_pointers(device: pm.Device, queue: pm.CommandQueue) -> None:
    source = """struct Part { device float *data [[id(0)]]; float scale [[id(1)]]; };
    struct Node { Part parts[2]; constant Node *next; };
    struct Args { device float *out; Part own; constant Node *first; };
    kernel void k(constant Args &args [[buffer(0)]], uint i [[thread_position_in_grid]]) {
      float sum = args.own.data[i] * args.own.scale;
      for (constant Node *node = args.first; node; node = node->next)
        for (constant Part &part : node->parts) sum += part.data[i] * part.scale;
      args.out[i] = sum;
    }"""
    function, pipeline = pipeline_of(device, source)
    data = [floats(device, np.full(4, 10.0**n)) for n in range(5)]
    out = floats(device, [0] * 4)
    encoder = function.new_argument_encoder(0)
    node_encoder = encoder.new_argument_encoder(3)
    assert (encoder.encoded_length, node_encoder.encoded_length) == (32, 40)
    nodes = device.new_buffer(2 * node_encoder.encoded_length)
    for n in range(2):
        node_encoder.set_argument_buffer(nodes, 0, n)
        for part in range(2):
            node_encoder.set_buffer(data[2 * n + part], 0, 2 * part)
            ctypes.memmove(node_encoder.constant_data(2 * part + 1), np.float32(2 * n + part + 1).tobytes(), 4)
        node_encoder.set_buffer(nodes if n == 0 else None, 40 if n == 0 else 0, 4)
    arguments = device.new_buffer(encoder.encoded_length)
    encoder.set_argument_buffer(arguments, 0)
    encoder.set_buffer(out, 0, 0)
    encoder.set_buffer(data[4], 0, 1)
    ctypes.memmove(encoder.constant_data(2), np.float32(5).tobytes(), 4)
    encoder.set_buffer(nodes, 0, 3)
    dispatch(queue, pipeline, [arguments], [out, nodes, *data])
    assert read(out).tolist() == [54321] * 4


@pytest.mark.parametrize(
    "declaration",
    ["device float *const constant *rows", "device float *device *rows", "array<device float *, 4> constant &rows"],
)
def test_buffers_of_pointers(device: pm.Device, queue: pm.CommandQueue, declaration: str) -> None:
    source = (
        f"""kernel void k({declaration} [[buffer(0)]], uint i [[thread_position_in_grid]]) {{ rows[i][i] += 1; }}"""
    )
    _, pipeline = pipeline_of(device, source)
    rows = [floats(device, range(4)) for _ in range(4)]
    table = device.new_buffer_with_data(np.array([row.gpu_address for row in rows], np.uint64))
    dispatch(queue, pipeline, [table], rows)
    expected = np.tile(np.arange(4), (4, 1)) + np.eye(4)
    assert np.array_equal(np.stack([read(row) for row in rows]), expected)


def test_templates_of_argument_buffers(device: pm.Device, queue: pm.CommandQueue) -> None:
    source = """constant int kOut = 3;
    template <class T> struct Args { device T *in [[id(kOut - 1)]]; device T *out [[id(kOut)]]; };
    kernel void k(constant Args<int> &args, uint i [[thread_position_in_grid]]) { args.out[i] = args.in[i] * 2; }"""
    function, pipeline = pipeline_of(device, source)
    values = device.new_buffer_with_data(np.arange(4, dtype=np.int32))
    out = device.new_buffer(16)
    encoder = function.new_argument_encoder(0)
    arguments = device.new_buffer(encoder.encoded_length)
    encoder.set_argument_buffer(arguments, 0)
    encoder.set_buffer(values, 0, 2)
    encoder.set_buffer(out, 0, 3)
    dispatch(queue, pipeline, [arguments], [values, out])
    assert read(out, np.int32).tolist() == [0, 2, 4, 6]


def described(data_type: pm.DataType, index: int, array_length: int = 0) -> pm.ArgumentDescriptor:
    descriptor = pm.ArgumentDescriptor.argument_descriptor()
    descriptor.data_type = data_type
    descriptor.index = index
    descriptor.array_length = array_length
    return descriptor


def test_descriptors_lay_arguments_out_as_the_struct_does(device: pm.Device, queue: pm.CommandQueue) -> None:
    source = """struct Args {
      half small [[id(0)]];
      float3 direction [[id(1)]];
      device float *out [[id(2)]];
      float3x3 turn [[id(3)]];
      device float *more[3] [[id(4)]];
      half2x3 halves [[id(9)]];
      char last [[id(11)]];
    };
    kernel void k(constant Args &args [[buffer(0)]], uint i [[thread_position_in_grid]]) {
      args.out[i] = (args.turn * args.direction)[i % 3] + args.more[2][i] + float(args.small) + float(args.last);
    }"""
    function, pipeline = pipeline_of(device, source)
    kinds = pm.DataType
    members = [
        described(kinds.Half2x3, 9),
        described(kinds.Half, 0),
        described(kinds.Float3, 1),
        described(kinds.Pointer, 2),
        described(kinds.Float3x3, 3),
        described(kinds.Pointer, 4, 3),
        described(kinds.Char, 11),
    ]
    encoder = device.new_argument_encoder(members)
    reference = function.new_argument_encoder(0)
    assert (encoder.encoded_length, encoder.alignment) == (reference.encoded_length, reference.alignment)
    arguments = device.new_buffer(2 * encoder.encoded_length)
    for e in (encoder, reference):
        e.set_argument_buffer(arguments, e.encoded_length)
    assert [encoder.constant_data(i) for i in (0, 1, 3, 9, 11)] == [
        reference.constant_data(i) for i in (0, 1, 3, 9, 11)
    ]
    out, last = floats(device, [0] * 4), floats(device, [100, 200, 300, 400])
    encoder.set_buffer(out, 0, 2)
    encoder.set_buffer(last, 0, 6)
    ctypes.memmove(encoder.constant_data(0), np.float16(0.5).tobytes(), 2)
    ctypes.memmove(encoder.constant_data(1), np.float32([1, 2, 3]).tobytes(), 12)
    ctypes.memmove(encoder.constant_data(3), np.float32([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]).tobytes(), 48)
    ctypes.memmove(encoder.constant_data(11), b"\x07", 1)
    commands = queue.command_buffer()
    compute = commands.compute_command_encoder()
    compute.set_compute_pipeline_state(pipeline)
    compute.set_buffer(arguments, encoder.encoded_length, 0)
    compute.use_resource(out, pm.ResourceUsage.Write)
    compute.use_resource(last, pm.ResourceUsage.Read)
    compute.dispatch_threads(4, 1, 1, 4, 1, 1)
    compute.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert read(out).tolist() == [108.5, 209.5, 310.5, 408.5]


ENCODED = """struct Args { device float4 *out [[id(0)]]; float4 constant_ [[id(5)]]; device int *plain [[id(6)]]; };
kernel void k(constant Args &args [[buffer(0)]], device int *other [[buffer(1)]]) { other[0] = args.plain[0]; }"""


def test_encoders_check_their_arguments(device: pm.Device) -> None:
    function, _ = pipeline_of(device, ENCODED)
    encoder = function.new_argument_encoder(0)
    encoder.label = "args"
    buffer = device.new_buffer(64)
    arguments = device.new_buffer(100)

    def fails(call: Callable[..., Any], *values: Any, match: str) -> None:
        with pytest.raises(pm.ValidationError, match=match):
            call(*values)

    fails(encoder.set_buffer, buffer, 0, 0, match="Argument encoder 'args' has no argument buffer")
    fails(encoder.set_argument_buffer, arguments, 8, match=r"the offset \(8\) is no multiple of 16")
    fails(encoder.set_argument_buffer, arguments, 64, match="holds no 48 bytes for element 0 at the offset")
    fails(encoder.set_argument_buffer, arguments, 0, 2, match="holds no 48 bytes for element 2")
    private = device.new_buffer(64, pm.ResourceStorageModePrivate)
    fails(encoder.set_argument_buffer, private, 0, match="private")
    encoder.set_argument_buffer(arguments, 0, 1)
    before = bytes(arguments.contents())
    fails(encoder.set_buffer, buffer, 0, 1, match=r"has no argument at index \(1\); it has 7")
    fails(encoder.set_buffer, buffer, 0, 7, match=r"no argument at index \(7\)")
    fails(encoder.set_buffer, buffer, 0, 5, match=r"index \(5\) is no buffer, but a constant of type float4")
    fails(encoder.constant_data, 0, match=r"index \(0\) is a buffer, and no constant")
    fails(encoder.set_buffer, buffer, 64, 0, match=r"the offset \(64\) is not below the length")
    fails(encoder.set_buffer, buffer, 8, 0, match=r"the offset \(8\) for index 0 is no multiple of 16")
    fails(encoder.set_buffer, device.new_buffer(8), 0, 0, match="points to 16 bytes of type float4, and Buffer has 8")
    fails(encoder.set_buffers, [buffer], [0, 0], pm.Range(0, 1), match="1 arguments for 1 buffers and 2 offsets")
    fails(encoder.new_argument_encoder, 6, match="points to no struct, but to int")
    fails(function.new_argument_encoder, 7, match=r"'k' has no argument at buffer index \(7\)")
    fails(function.new_argument_encoder, 1, match="argument 'other' at buffer index .1. leads to no struct, but to int")
    assert bytes(arguments.contents()) == before
    encoder.set_argument_buffer(None, 0)
    fails(encoder.constant_data, 5, match="has no argument buffer")


def test_descriptors_are_checked(device: pm.Device) -> None:
    def fails(descriptors: list[pm.ArgumentDescriptor], match: str) -> None:
        with pytest.raises(pm.ValidationError, match=match):
            device.new_argument_encoder(descriptors)

    fails([], "needs an argument descriptor")
    fails([described(pm.DataType.Pointer, 1, 3), described(pm.DataType.Int, 2)], r"share the index \(2\)")
    fails([described(pm.DataType.Struct, 0)], "neither Pointer, scalar, vector nor matrix")
    fails([described(pm.DataType.Pointer, 0, 2**62)], "too much memory")
    odd = described(pm.DataType.Float, 0)
    odd.constant_block_alignment = 24
    fails([odd], r"\(24\) is no power of two")
    odd.constant_block_alignment = 256
    assert device.new_argument_encoder([odd]).alignment == 256


def test_resources_in_use_live_until_the_commands_have_run(device: pm.Device, queue: pm.CommandQueue) -> None:
    source = """struct Args { device uint *out; };
    kernel void k(constant Args &args [[buffer(0)]], uint i [[thread_position_in_grid]]) {
      uint x = i;
      for (uint n = 0; n < 100000; ++n) x = x * 1664525u + 1013904223u;
      args.out[i] = x;
    }"""
    function, pipeline = pipeline_of(device, source)
    encoder = function.new_argument_encoder(0)
    arguments = device.new_buffer(encoder.encoded_length)
    encoder.set_argument_buffer(arguments, 0)
    out = device.new_buffer(4096)
    encoder.set_buffer(out, 0, 0)
    allocated = device.current_allocated_size
    commands = queue.command_buffer()
    compute = commands.compute_command_encoder()
    compute.set_compute_pipeline_state(pipeline)
    compute.set_buffer(arguments, 0, 0)
    compute.use_resource(out, pm.ResourceUsage.Write)
    compute.dispatch_threads(64, 1, 1, 64, 1, 1)
    compute.end_encoding()
    del out
    assert device.current_allocated_size >= allocated
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None
