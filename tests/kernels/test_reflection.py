"""What pipelines tell about their arguments, and what validation makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Make = Callable[..., pm.ComputePipelineState]
T = pm.DataType


def shape(thing: Any) -> Any:
    """A type as nested tuples: what a test can write down."""
    if isinstance(thing, pm.StructType):
        return [(m.name, m.offset, shape_of_member(m)) for m in thing.members]
    if isinstance(thing, pm.ArrayType):
        nested = thing.element_struct_type or thing.element_array_type or thing.element_pointer_type
        return ("array", thing.array_length, thing.stride, shape(nested) if nested else thing.element_type)
    nested = thing.element_struct_type or thing.element_array_type or thing.element_pointer_type
    return ("pointer", thing.access, shape(nested) if nested else thing.element_type)


def shape_of_member(member: pm.StructMember) -> Any:
    nested = member.struct_type or member.array_type or member.pointer_type
    assert (nested is not None) == (member.data_type in (T.Struct, T.Array, T.Pointer))
    return shape(nested) if nested else member.data_type


STRUCTS = """
enum class Kind : ushort { A };
struct Base { char tag; float base; };
struct Inner { half3 a; bool b; packed_float3 c; };
union Either { float f; uint2 u; };
struct All : Base {
  Inner inner;
  Inner more[3];
  float rows[2][5];
  array<int, 4> list;
  float4x3 transform;
  Kind kind;
  atomic_uint counter;
  Either either;
  struct { long hidden; };
  bfloat2 brain;
  device float *pointer;
  const device Inner *inners;
  device float *pointers[2];
};
kernel void k(constant All &all [[buffer(0)]], device int *out [[buffer(1)]]) { out[0] = all.list[0]; }
"""


def test_members_of_structs(make_pipeline: Make) -> None:
    binding = make_pipeline(STRUCTS).reflection.bindings[0]
    inner = [("a", 0, T.Half3), ("b", 8, T.Bool), ("c", 12, T.Float3)]
    read_write, read_only = pm.BindingAccess.ReadWrite, pm.BindingAccess.ReadOnly
    assert binding.struct_type is not None
    assert shape(binding.struct_type) == [
        ("tag", 0, T.Char),
        ("base", 4, T.Float),
        ("inner", 8, inner),
        ("more", 32, ("array", 3, 24, inner)),
        ("rows", 104, ("array", 2, 20, ("array", 5, 4, T.Float))),
        ("list", 144, ("array", 4, 4, T.Int)),
        ("transform", 160, T.Float4x3),
        ("kind", 224, T.UShort),
        ("counter", 228, T.UInt),
        ("either", 232, [("f", 0, T.Float), ("u", 0, T.UInt2)]),
        ("hidden", 240, T.Long),
        ("brain", 248, T.BFloat2),
        ("pointer", 256, ("pointer", read_write, T.Float)),
        ("inners", 264, ("pointer", read_only, inner)),
        ("pointers", 272, ("array", 2, 8, ("pointer", read_write, T.Float))),
    ]
    assert binding.struct_type.name == "All"
    assert (binding.struct_type.size, binding.buffer_data_size, binding.buffer_alignment) == (288, 288, 16)
    member = binding.struct_type.member_by_name("inners")
    assert member is not None and member.pointer_type is not None
    assert (member.pointer_type.data_size, member.pointer_type.alignment) == (24, 8)
    assert not member.pointer_type.element_is_argument_buffer
    assert binding.struct_type.member_by_name("nothing") is None


def test_types_outlive_what_told_them(make_pipeline: Make) -> None:
    member = make_pipeline(STRUCTS).reflection.bindings[0].struct_type.members[-1]  # type: ignore[union-attr]
    assert member.array_type is not None and member.array_type.element_pointer_type is not None
    assert member.array_type.element_pointer_type.element_type == T.Float


def test_argument_indices(make_pipeline: Make) -> None:
    source = """struct Part { device int *p; float q; };
    struct Args { device int *a [[id(2)]]; float b; Part c[3]; device int *d; int e [[id(1)]]; device Args *next; };
    kernel void k(device Args &args) { args.a[0] = 1; }"""
    binding = make_pipeline(source).reflection.bindings[0]
    assert binding.struct_type is not None
    indices = {m.name: m.argument_index for m in binding.struct_type.members}
    assert indices == {"a": 2, "b": 3, "c": 4, "d": 10, "e": 1, "next": 11}
    parts = binding.struct_type.members[2].array_type
    assert parts is not None and parts.argument_index_stride == 2
    assert binding.pointer_type is not None and binding.pointer_type.element_is_argument_buffer
    # A struct that leads to itself.
    following = binding.struct_type.members[-1].pointer_type
    assert following is not None and following.element_struct_type is not None
    assert following.element_struct_type.members[-1].pointer_type is not None


def test_kinds_of_arguments(make_pipeline: Make) -> None:
    source = """struct Forward;
    kernel void k(device float4x4 *m, constant void *raw, device const Forward *unknown, threadgroup half4 *t,
                  device uchar (&table)[6][7] [[buffer(9)]], uint i [[thread_position_in_grid]]) {
      t[i] = half4(m[i][0]); m[i][1] = float4(t[i]) + float(table[1][i]) + float(*(constant int *)raw);
    }"""
    pipeline = make_pipeline(source)
    found = [
        (b.name, b.type, b.index, b.access, b.data_type, b.data_size, b.alignment, b.is_used)
        for b in pipeline.reflection.bindings
    ]
    kinds, access = pm.BindingType, pm.BindingAccess
    assert found == [
        ("m", kinds.Buffer, 0, access.ReadWrite, T.Float4x4, 64, 16, True),
        ("raw", kinds.Buffer, 1, access.ReadOnly, T.None_, 0, 1, True),
        ("unknown", kinds.Buffer, 2, access.ReadOnly, T.Struct, 0, 1, False),
        ("t", kinds.ThreadgroupMemory, 0, access.ReadWrite, T.Half4, 8, 8, True),
        ("table", kinds.Buffer, 9, access.ReadWrite, T.Array, 42, 1, True),
    ]
    table = pipeline.reflection.bindings[4].array_type
    assert table is not None and shape(table) == ("array", 6, 7, ("array", 7, 1, T.UChar))
    unknown = pipeline.reflection.bindings[2].struct_type
    assert unknown is not None and unknown.members == []
    assert pipeline.reflection.bindings[3].threadgroup_memory_data_size == 8
    assert pipeline.reflection.arguments[0].is_active and not pipeline.reflection.arguments[2].is_active


def test_pipelines_with_reflection(device: pm.Device) -> None:
    function = device.new_library_with_source("kernel void k(device int *x) { x[0] = 1; }").new_function("k")
    state, reflection = device.new_compute_pipeline_state(function, pm.PipelineOption.ArgumentInfo)
    assert isinstance(state, pm.ComputePipelineState)
    descriptor = pm.ComputePipelineDescriptor()
    descriptor.compute_function = function
    descriptor.label = "named"
    again, same = device.new_compute_pipeline_state(descriptor, pm.PipelineOption.BufferTypeInfo)
    assert again.label == "named"
    assert [b.name for b in reflection.bindings] == [b.name for b in same.bindings] == ["x"]


def test_pipelines_from_descriptors(device: pm.Device, queue: pm.CommandQueue) -> None:
    library = device.new_library_with_source("[[max_total_threads_per_threadgroup(100)]] kernel void k() {}")
    descriptor = pm.ComputePipelineDescriptor.compute_pipeline_descriptor()
    with pytest.raises(pm.ValidationError, match="needs a function"):
        device.new_compute_pipeline_state(descriptor)
    descriptor.compute_function = library.new_function("k")
    assert device.new_compute_pipeline_state(descriptor).max_total_threads_per_threadgroup == 100
    descriptor.max_total_threads_per_threadgroup = 64
    descriptor.thread_group_size_is_multiple_of_thread_execution_width = True
    pipeline = device.new_compute_pipeline_state(descriptor)
    assert pipeline.max_total_threads_per_threadgroup == 64
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.dispatch_threads(40, 1, 1, 8, 4, 2)
    with pytest.raises(pm.ValidationError, match=r"\(96 x 1 x 1\) has more threads than function 'k' allows \(64\)"):
        encoder.dispatch_threads(96, 1, 1, 96, 1, 1)
    with pytest.raises(pm.ValidationError, match=r"whole simdgroups \(8 x 5 x 1 threads are no multiple of 32\)"):
        encoder.dispatch_threads(40, 1, 1, 8, 5, 1)


def test_short_buffers_are_refused(encoder: pm.ComputeCommandEncoder, device: pm.Device, make_pipeline: Make) -> None:
    encoder.set_compute_pipeline_state(make_pipeline(STRUCTS))
    encoder.set_buffer(device.new_buffer(287), 0, 0)
    encoder.set_buffer(device.new_buffer(4), 0, 1)
    match = r"argument 'all' of function 'k' needs 288 bytes, and what is bound at buffer index \(0\) has 287"
    with pytest.raises(pm.ValidationError, match=match):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.set_buffer(device.new_buffer(320), 40, 0)
    with pytest.raises(pm.ValidationError, match=r"bound at buffer index \(0\) has 280"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.set_buffer_offset(32, 0)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


def test_what_a_kernel_does_not_use_need_not_be_bound(
    encoder: pm.ComputeCommandEncoder, device: pm.Device, make_pipeline: Make
) -> None:
    encoder.set_compute_pipeline_state(make_pipeline("kernel void k(device int *x, device int *y) { y[0] = 1; }"))
    encoder.set_buffer(device.new_buffer(4), 0, 1)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.set_buffer(None, 0, 1)
    with pytest.raises(pm.ValidationError, match=r"nothing is bound at buffer index \(1\), which argument 'y'"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


OPTIONAL = """constant bool has_floats [[function_constant(0)]];
constant int count [[function_constant(1)]];
constant bool has_count = is_function_constant_defined(count);
constant bool has_ints = !has_floats;
kernel void k(device float4 *floats [[buffer(0), function_constant(has_floats)]],
              device int *ints [[buffer(0), function_constant(has_ints)]],
              device int *counts [[buffer(1), function_constant(has_count)]]) {
  if (has_floats) floats[0] += 1; else ints[0] += 1;
  if (has_count) counts[0] = count;
}"""


@pytest.mark.parametrize("count", [None, 7])
@pytest.mark.parametrize("has_floats", [False, True])
def test_optional_arguments(
    device: pm.Device, queue: pm.CommandQueue, make_pipeline: Make, has_floats: bool, count: int | None
) -> None:
    constants = pm.FunctionConstantValues()
    constants.set_constant_value(has_floats, T.Bool, 0)
    if count is not None:
        constants.set_constant_value(count, T.Int, "count")
    pipeline = make_pipeline(OPTIONAL, "k", constants)
    used = {b.name: b.is_used for b in pipeline.reflection.bindings}
    assert used == {"floats": has_floats, "ints": not has_floats, "counts": count is not None}
    assert all(b.is_optional for b in pipeline.reflection.bindings)
    first = device.new_buffer(16 if has_floats else 4)
    second = device.new_buffer(4)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(first, 0, 0)
    if count is not None:
        encoder.set_buffer(second, 0, 1)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    value = np.frombuffer(first.contents(), np.float32 if has_floats else np.int32)
    assert value.tolist() == ([1, 1, 1, 1] if has_floats else [1])
    assert np.frombuffer(second.contents(), np.int32)[0] == (count or 0)


def test_conditions_of_arguments_are_bool_constants(device: pm.Device) -> None:
    for condition in ("1", "n", "true"):
        source = f"constant int n = 1;\nkernel void k(device int *x [[buffer(0), function_constant({condition})]]) {{}}"
        with pytest.raises(pm.CompileError, match="needs the name of a bool constant"):
            device.new_library_with_source(source)
