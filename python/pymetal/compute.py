"""Devices, resources, command buffers, and everything that runs kernels."""

from __future__ import annotations

from pymetal._core import (
    Binding,
    BlitCommandEncoder,
    Buffer,
    CommandBuffer,
    CommandBufferFailure,
    CommandEncoder,
    CommandQueue,
    CompileOptions,
    ComputeCommandEncoder,
    ComputePipelineReflection,
    ComputePipelineState,
    Device,
    Function,
    FunctionConstant,
    FunctionConstantValues,
    Library,
    copy_all_devices,
    create_system_default_device,
)

__all__ = [
    "Binding",
    "BlitCommandEncoder",
    "Buffer",
    "CommandBuffer",
    "CommandBufferFailure",
    "CommandEncoder",
    "CommandQueue",
    "CompileOptions",
    "ComputeCommandEncoder",
    "ComputePipelineReflection",
    "ComputePipelineState",
    "Device",
    "Function",
    "FunctionConstant",
    "FunctionConstantValues",
    "Library",
    "copy_all_devices",
    "create_system_default_device",
]
