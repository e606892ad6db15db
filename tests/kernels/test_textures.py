"""Textures and samplers in kernels: they compile, their arguments are reflected, and no device runs them yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pymetal as pm
import pytest

SOURCE = Path(__file__).parent / "textures.metal"


@pytest.fixture(scope="module")
def library(device: pm.Device) -> pm.Library:
    return device.new_library_with_file(SOURCE)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sampled", "a, b, c, d, e, f, g, s"),
        ("depths", "a, b, c, d, e, f, s"),
        ("texels", "a, b, c, d, e, f, g, h, i, j, k"),
        ("atomics", "a, b, c, d"),
        ("nested", "from argument buffers"),
    ],
)
def test_no_device_runs_textures_yet(library: pm.Library, name: str, arguments: str) -> None:
    with pytest.raises(pm.PipelineError) as error:
        library.device.new_compute_pipeline_state(library.new_function(name))
    assert str(error.value) == (
        f"Function '{name}' uses textures ({arguments}), and this device cannot run kernels with textures yet."
    )


def test_reflection(library: pm.Library) -> None:
    pipeline = library.device.new_compute_pipeline_state(library.new_function("unused"))
    textures = [b for b in pipeline.reflection.bindings if b.type == pm.BindingType.Texture]
    assert [(b.name, b.index, b.array_length, b.texture_type, b.texture_data_type, b.access) for b in textures] == [
        ("named", 0, 1, pm.TextureType.Type2D, pm.DataType.Float, pm.BindingAccess.ReadOnly),
        ("several", 3, 3, pm.TextureType.Type2D, pm.DataType.Half, pm.BindingAccess.ReadOnly),
        ("written", 6, 1, pm.TextureType.Type3D, pm.DataType.Int, pm.BindingAccess.WriteOnly),
        ("placed", 2, 1, pm.TextureType.Type2D, pm.DataType.Float, pm.BindingAccess.ReadOnly),
        ("depth", 7, 1, pm.TextureType.TypeCubeArray, pm.DataType.Float, pm.BindingAccess.ReadOnly),
    ]
    assert [b.is_depth_texture for b in textures] == [False, False, False, False, True]
    assert {b.data_type for b in textures} == {pm.DataType.Texture}
    samplers = [b for b in pipeline.reflection.bindings if b.type == pm.BindingType.Sampler]
    assert [(b.name, b.index, b.array_length, b.data_type) for b in samplers] == [
        ("s", 0, 1, pm.DataType.Sampler),
        ("more", 1, 2, pm.DataType.Sampler),
    ]


def test_unused_textures_do_no_harm(library: pm.Library) -> None:
    device = library.device
    out = device.new_buffer(12)
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(library.new_function("unused")))
    encoder.set_buffer(out, 0, 0)
    encoder.set_bytes(np.array([7], np.uint32), 1)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    # The state of a sampler that the program wrote: lod_clamp(1, 2) as two halves, both filters linear, clamp_to_edge.
    edges = 1 << 1 | 1 << 4 | 1 << 7
    expected = [7, 1 << 31 | 1 << 12 | 1 << 14 | edges, 0x4000_3C00]
    assert np.frombuffer(out.contents(), np.uint32).tolist() == expected


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("t.write(float4(1), uint2(0));", "no matching member function for call to 'write'"),
        ("t.sample(sampler(filter::linear), float3(0.5));", "no matching member function for call to 'sample'"),
        ("w.read(uint2(0));", "no matching member function for call to 'read'"),
        ("w.sample(sampler(filter::linear), float2(0));", "no matching member function for call to 'sample'"),
        ("w.fence();", "no matching member function for call to 'fence'"),
        ("constexpr sampler s(filter::linear, 3);", "'with'"),
    ],
)
def test_wrong_uses(device: pm.Device, statement: str, message: str) -> None:
    source = (
        "#include <metal_stdlib>\nusing namespace metal;\n"
        "kernel void k(texture2d<float> t [[texture(0)]], texture2d<float, access::write> w [[texture(1)]]) {"
        f" {statement} }}"
    )
    with pytest.raises(pm.CompileError) as error:
        device.new_library_with_source(source)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("texture2d<float> a [[texture(1)]], texture3d<float> b [[texture(1)]]", "texture index 1 is taken"),
        ("array<sampler, 4> a [[sampler(13)]]", "the index of attribute 'sampler' must be below 13"),
        ("texture2d<float> a [[texture(128)]]", "the index of attribute 'texture' must be below 128"),
    ],
)
def test_wrong_indices(device: pm.Device, parameters: str, message: str) -> None:
    with pytest.raises(pm.CompileError, match=message):
        device.new_library_with_source(
            f"#include <metal_stdlib>\nusing namespace metal;\nkernel void k({parameters}) {{}}"
        )
