"""Every misuse of the API ends in a clear exception, and leaves the objects usable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pymetal as pm
import pytest

COPY = """
struct Parameters { float4 scale; uint count; };
kernel void k(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
              constant Parameters &parameters [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  if (i < parameters.count) out[i] = in[i] * parameters.scale.x;
}
"""
TILE = """
kernel void k(device float *out [[buffer(0)]], threadgroup float *tile [[threadgroup(0)]],
              uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]]) {
  tile[l] = i;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = tile[l];
}
"""


@pytest.fixture
def copy_pipeline(make_pipeline: Callable[..., pm.ComputePipelineState]) -> pm.ComputePipelineState:
    return make_pipeline(COPY)


@pytest.fixture
def buffer(device: pm.Device) -> pm.Buffer:
    made = device.new_buffer(256)
    made.label = "data"
    return made


def bind_all(encoder: pm.ComputeCommandEncoder, pipeline: pm.ComputePipelineState, buffer: pm.Buffer) -> None:
    encoder.set_compute_pipeline_state(pipeline)
    for index in range(3):
        encoder.set_buffer(buffer, 0, index)


@pytest.mark.parametrize("index", [32, 33, 1000, 2**31])
def test_buffer_index_out_of_range(encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer, index: int) -> None:
    encoder.label = "blur"
    with pytest.raises(pm.ValidationError, match=rf"'blur'.*buffer index \({index}\)"):
        encoder.set_buffer(buffer, 0, index)
    with pytest.raises(pm.ValidationError, match=rf"buffer index \({index}\)"):
        encoder.set_bytes(b"1234", index)
    with pytest.raises(pm.ValidationError, match=rf"buffer index \({index}\)"):
        encoder.set_buffer_offset(0, index)


def test_negative_index_is_a_type_error(encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer) -> None:
    with pytest.raises(TypeError):
        encoder.set_buffer(buffer, 0, -1)


def test_last_slot_is_usable(encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer) -> None:
    encoder.set_buffer(buffer, 0, 31)


def test_set_buffers(encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer) -> None:
    encoder.set_buffers([buffer, buffer], [0, 16], pm.Range(30, 2))
    with pytest.raises(pm.ValidationError, match=r"buffer index \(32\)"):
        encoder.set_buffers([buffer, buffer], [0, 0], pm.Range(31, 2))
    with pytest.raises(pm.ValidationError, match="2 slots for 1 buffers"):
        encoder.set_buffers([buffer], [0], pm.Range(0, 2))


def test_threadgroup_memory(encoder: pm.ComputeCommandEncoder) -> None:
    with pytest.raises(pm.ValidationError, match=r"threadgroup memory index \(32\)"):
        encoder.set_threadgroup_memory_length(16, 32)
    with pytest.raises(pm.ValidationError, match=r"\(65536 bytes\) is above the device's limit"):
        encoder.set_threadgroup_memory_length(65536, 0)


def test_threadgroup_argument_without_length(
    encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    encoder.set_compute_pipeline_state(make_pipeline(TILE))
    encoder.set_buffer(buffer, 0, 0)
    with pytest.raises(pm.ValidationError, match=r"'tile'.*set_threadgroup_memory_length"):
        encoder.dispatch_threads(32, 1, 1, 32, 1, 1)


def test_too_much_threadgroup_memory(
    encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    source = """
kernel void k(device float *out, threadgroup float *more [[threadgroup(0)]], uint i [[thread_position_in_grid]]) {
  threadgroup float own[7000];
  own[i] = more[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = own[i + 1];
}"""
    encoder.set_compute_pipeline_state(make_pipeline(source))
    encoder.set_buffer(buffer, 0, 0)
    encoder.set_threadgroup_memory_length(16384, 0)
    with pytest.raises(pm.ValidationError, match=r"more threadgroup memory \(44384 bytes\)"):
        encoder.dispatch_threads(32, 1, 1, 32, 1, 1)


@pytest.mark.parametrize("group", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_empty_threadgroup(
    encoder: pm.ComputeCommandEncoder,
    copy_pipeline: pm.ComputePipelineState,
    buffer: pm.Buffer,
    group: tuple[int, int, int],
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    with pytest.raises(pm.ValidationError, match="must have threads in each dimension"):
        encoder.dispatch_threads(8, 8, 8, *group)
    with pytest.raises(pm.ValidationError, match="must have threads in each dimension"):
        encoder.dispatch_threadgroups(8, 8, 8, *group)


@pytest.mark.parametrize("group", [(1025, 1, 1), (1, 1, 1025), (32, 32, 2), (2**40, 2**40, 1)])
def test_too_large_threadgroup(
    encoder: pm.ComputeCommandEncoder,
    copy_pipeline: pm.ComputePipelineState,
    buffer: pm.Buffer,
    group: tuple[int, int, int],
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    with pytest.raises(pm.ValidationError, match="threadgroup"):
        encoder.dispatch_threads(2048, 1, 1, *group)


def test_more_threads_than_the_pipeline_allows(
    encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    source = """
[[kernel, max_total_threads_per_threadgroup(64)]]
void k(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) { out[i] = i; }"""
    pipeline = make_pipeline(source)
    assert pipeline.max_total_threads_per_threadgroup == 64
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threads(64, 1, 1, 64, 1, 1)
    with pytest.raises(pm.ValidationError, match=r"\(65 x 1 x 1\) has more threads than function 'k' allows \(64\)"):
        encoder.dispatch_threads(65, 1, 1, 65, 1, 1)


def test_threadgroup_memory_of_any_length(
    commands: pm.CommandBuffer,
    encoder: pm.ComputeCommandEncoder,
    buffer: pm.Buffer,
    make_pipeline: Callable[..., pm.ComputePipelineState],
) -> None:
    """Without its validation layer Metal takes lengths that are no multiple of 16, and programs rely on it."""
    encoder.set_compute_pipeline_state(make_pipeline(TILE))
    encoder.set_buffer(buffer, 0, 0)
    encoder.set_threadgroup_memory_length(76, 0)
    encoder.dispatch_threads(19, 1, 1, 19, 1, 1)
    encoder.set_threadgroup_memory_length(32755, 0)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None
    np.testing.assert_array_equal(np.frombuffer(buffer.contents(), np.float32)[:20], [*range(19), 0])


@pytest.mark.parametrize("grid", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_empty_grid_runs_nothing(
    commands: pm.CommandBuffer,
    encoder: pm.ComputeCommandEncoder,
    copy_pipeline: pm.ComputePipelineState,
    grid: tuple[int, int, int],
) -> None:
    encoder.set_compute_pipeline_state(copy_pipeline)
    encoder.dispatch_threads(*grid, 1, 1, 1)
    encoder.dispatch_threadgroups(*grid, 32, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None


@pytest.mark.parametrize("grid", [(2**32, 1, 1), (1, 2**40, 1), (2**32, 0, 1)])
def test_grid_out_of_range(
    encoder: pm.ComputeCommandEncoder,
    copy_pipeline: pm.ComputePipelineState,
    buffer: pm.Buffer,
    grid: tuple[int, int, int],
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    with pytest.raises(pm.ValidationError, match="a grid has at most"):
        encoder.dispatch_threads(*grid, 1, 1, 1)


def test_dispatch_without_pipeline(encoder: pm.ComputeCommandEncoder) -> None:
    with pytest.raises(pm.ValidationError, match="has no pipeline"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


def test_missing_buffer(
    encoder: pm.ComputeCommandEncoder, copy_pipeline: pm.ComputePipelineState, buffer: pm.Buffer
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    encoder.set_buffer(None, 0, 1)
    with pytest.raises(pm.ValidationError, match=r"buffer index \(1\), which argument 'out' of function 'k' needs"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


def test_too_short_buffer_for_a_reference(
    encoder: pm.ComputeCommandEncoder, copy_pipeline: pm.ComputePipelineState, buffer: pm.Buffer
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    encoder.set_bytes(bytes(16), 2)
    with pytest.raises(pm.ValidationError, match=r"'parameters' of function 'k' needs 32 bytes.*has 16"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.set_buffer(buffer, 240, 2)
    with pytest.raises(pm.ValidationError, match=r"needs 32 bytes.*has 16"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize("offset", [256, 257, 2**63])
def test_offset_beyond_the_buffer(encoder: pm.ComputeCommandEncoder, buffer: pm.Buffer, offset: int) -> None:
    with pytest.raises(
        pm.ValidationError, match=rf"offset \({offset}\) is not below the length of buffer 'data' \(256"
    ):
        encoder.set_buffer(buffer, offset, 0)
    encoder.set_buffer(buffer, 0, 0)
    with pytest.raises(pm.ValidationError, match=rf"offset \({offset}\)"):
        encoder.set_buffer_offset(offset, 0)


def test_misaligned_offset(
    encoder: pm.ComputeCommandEncoder, copy_pipeline: pm.ComputePipelineState, buffer: pm.Buffer
) -> None:
    bind_all(encoder, copy_pipeline, buffer)
    encoder.set_buffer_offset(2, 0)
    with pytest.raises(pm.ValidationError, match=r"offset \(2\) at buffer index 0 is no multiple of 4"):
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)


def test_offset_of_an_empty_slot(encoder: pm.ComputeCommandEncoder) -> None:
    with pytest.raises(pm.ValidationError, match=r"no buffer is bound at buffer index \(5\)"):
        encoder.set_buffer_offset(0, 5)


def test_two_open_encoders(commands: pm.CommandBuffer) -> None:
    commands.label = "frame"
    first = commands.compute_command_encoder()
    with pytest.raises(pm.ValidationError, match="'frame' has an open encoder"):
        commands.blit_command_encoder()
    with pytest.raises(pm.ValidationError, match="'frame' has an open encoder"):
        commands.compute_command_encoder()
    first.end_encoding()
    commands.blit_command_encoder().end_encoding()


def test_encoder_takes_no_calls_after_its_end(commands: pm.CommandBuffer, buffer: pm.Buffer) -> None:
    encoder = commands.compute_command_encoder()
    encoder.end_encoding()
    for call in (
        lambda: encoder.set_buffer(buffer, 0, 0),
        lambda: encoder.set_bytes(b"1", 0),
        lambda: encoder.set_threadgroup_memory_length(16, 0),
        lambda: encoder.dispatch_threads(1, 1, 1, 1, 1, 1),
        lambda: encoder.push_debug_group("a"),
        encoder.end_encoding,
    ):
        with pytest.raises(pm.ValidationError, match=r"takes no calls after end_encoding"):
            call()
    blit = commands.blit_command_encoder()
    blit.end_encoding()
    with pytest.raises(pm.ValidationError, match="takes no calls"):
        blit.fill_buffer(buffer, pm.Range(0, 1), 0)


def test_encoding_after_commit(commands: pm.CommandBuffer) -> None:
    commands.commit()
    with pytest.raises(pm.ValidationError, match="is committed"):
        commands.compute_command_encoder()
    with pytest.raises(pm.ValidationError, match="is committed"):
        commands.blit_command_encoder()


def test_commit_twice(commands: pm.CommandBuffer) -> None:
    commands.commit()
    with pytest.raises(pm.ValidationError, match="already committed"):
        commands.commit()
    with pytest.raises(pm.ValidationError, match="place in the queue"):
        commands.enqueue()


def test_commit_with_an_open_encoder(commands: pm.CommandBuffer) -> None:
    encoder = commands.blit_command_encoder()
    with pytest.raises(pm.ValidationError, match="has an open encoder"):
        commands.commit()
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()


def test_waiting_before_commit(commands: pm.CommandBuffer) -> None:
    with pytest.raises(pm.ValidationError, match="is not committed"):
        commands.wait_until_completed()
    with pytest.raises(pm.ValidationError, match="is not committed"):
        commands.wait_until_scheduled()


@pytest.mark.parametrize("length", [4097, 100_000])
def test_set_bytes_above_4_kib(encoder: pm.ComputeCommandEncoder, length: int) -> None:
    encoder.set_bytes(bytes(4096), 0)
    with pytest.raises(pm.ValidationError, match=rf"1 to 4096 bytes \({length}\)"):
        encoder.set_bytes(bytes(length), 0)


def test_set_bytes_of_a_length(encoder: pm.ComputeCommandEncoder) -> None:
    encoder.set_bytes(bytes(16), 8, 0)
    with pytest.raises(pm.ValidationError, match=r"length \(17\) goes beyond the data \(16 bytes\)"):
        encoder.set_bytes(bytes(16), 17, 0)
    with pytest.raises(pm.ValidationError, match=r"1 to 4096 bytes \(0\)"):
        encoder.set_bytes(b"", 0)


def test_set_bytes_needs_contiguous_data(encoder: pm.ComputeCommandEncoder) -> None:
    with pytest.raises((BufferError, ValueError)):
        encoder.set_bytes(np.arange(8, dtype=np.float32)[::2], 0)
    with pytest.raises(TypeError):
        encoder.set_bytes(7, 0)  # type: ignore[arg-type]


def test_buffer_lengths(device: pm.Device) -> None:
    with pytest.raises(pm.ValidationError, match=r"at least one byte \(0\)"):
        device.new_buffer(0)
    too_long = device.max_buffer_length + 1
    with pytest.raises(pm.ValidationError, match=rf"at most {device.max_buffer_length} bytes.*\({too_long}\)"):
        device.new_buffer(too_long)
    with pytest.raises(pm.ValidationError, match=r"length \(5\) goes beyond the data \(4 bytes\)"):
        device.new_buffer_with_data(b"1234", 5)
    with pytest.raises(pm.ValidationError, match=r"at least one byte"):
        device.new_buffer_with_data(b"")


def test_storage_of_buffers(device: pm.Device) -> None:
    with pytest.raises(pm.ValidationError, match="memoryless"):
        device.new_buffer(16, pm.ResourceStorageModeMemoryless)
    with pytest.raises(pm.ValidationError, match=r"bits that mean nothing \(4096\)"):
        device.new_buffer(16, 4096)
    private = device.new_buffer(16, pm.ResourceStorageModePrivate)
    with pytest.raises(pm.ValidationError, match="private storage"):
        private.contents()
    with pytest.raises(BufferError, match="private storage"):
        memoryview(private)  # type: ignore[arg-type]


def test_blit_ranges(commands: pm.CommandBuffer, buffer: pm.Buffer, device: pm.Device) -> None:
    small = device.new_buffer(16)
    blit = commands.blit_command_encoder()
    with pytest.raises(pm.ValidationError, match="goes beyond the buffer 'data' of 256 bytes"):
        blit.fill_buffer(buffer, pm.Range(200, 57), 0)
    with pytest.raises(pm.ValidationError, match="goes beyond"):
        blit.fill_buffer(buffer, pm.Range(2**63, 2**63), 0)
    with pytest.raises(pm.ValidationError, match="goes beyond"):
        blit.copy_from_buffer(buffer, 0, small, 0, 17)
    with pytest.raises(pm.ValidationError, match="goes beyond"):
        blit.copy_from_buffer_to_buffer(buffer, 250, small, 0, 16)
    with pytest.raises(TypeError):
        blit.fill_buffer(buffer, pm.Range(0, 1), 256)
    blit.end_encoding()


def test_unknown_function(device: pm.Device) -> None:
    library = device.new_library_with_source(
        "kernel void reduce_sum(device int *x) {} kernel void scan(device int *x) {}"
    )
    library.label = "math"
    with pytest.raises(pm.ResourceError, match=r"'math' holds no function of that name \(reduce_sun\).*'reduce_sum'"):
        library.new_function("reduce_sun")


def test_debug_groups(commands: pm.CommandBuffer) -> None:
    with pytest.raises(pm.ValidationError, match="no debug group"):
        commands.pop_debug_group()
    commands.push_debug_group("a")
    commands.pop_debug_group()
    encoder = commands.compute_command_encoder()
    encoder.push_debug_group("inner")
    encoder.insert_debug_signpost("here")
    with pytest.raises(pm.ValidationError, match=r"not popped \(inner\)"):
        encoder.end_encoding()
    encoder.pop_debug_group()
    encoder.end_encoding()


def test_error_leaves_the_encoder_usable(
    encoder: pm.ComputeCommandEncoder,
    commands: pm.CommandBuffer,
    copy_pipeline: pm.ComputePipelineState,
    device: pm.Device,
) -> None:
    source = device.new_buffer_with_data(np.arange(4, dtype=np.float32))
    target = device.new_buffer(16)
    encoder.set_compute_pipeline_state(copy_pipeline)
    encoder.set_buffer(source, 0, 0)
    encoder.set_buffer(target, 0, 1)
    with pytest.raises(pm.ValidationError):
        encoder.dispatch_threads(4, 1, 1, 4, 1, 1)
    encoder.set_bytes(np.array([2, 0, 0, 0], np.float32).tobytes() + np.array([4, 0, 0, 0], np.uint32).tobytes(), 2)
    encoder.dispatch_threads(4, 1, 1, 4, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert np.frombuffer(target.contents(), np.float32).tolist() == [0, 2, 4, 6]
