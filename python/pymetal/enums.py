"""Metal's enumerations, all `enum.IntEnum`, and the option constants."""

from __future__ import annotations

from enum import IntEnum

from pymetal._core import (
    BarrierScope,
    BindingAccess,
    BindingType,
    CommandBufferError,
    CommandBufferStatus,
    CPUCacheMode,
    DataType,
    DispatchType,
    FunctionType,
    HazardTrackingMode,
    LanguageVersion,
    LogLevel,
    MathMode,
    PipelineOption,
    ResourceUsage,
    StorageMode,
    TextureType,
)

ResourceCPUCacheModeDefaultCache = 0
ResourceCPUCacheModeWriteCombined = 1
ResourceStorageModeShared = 0
ResourceStorageModeManaged = 16
ResourceStorageModePrivate = 32
ResourceStorageModeMemoryless = 48
ResourceHazardTrackingModeDefault = 0
ResourceHazardTrackingModeUntracked = 256
ResourceHazardTrackingModeTracked = 512

_ENUMERATIONS: tuple[type[IntEnum], ...] = (
    BarrierScope,
    BindingAccess,
    BindingType,
    CommandBufferError,
    CommandBufferStatus,
    CPUCacheMode,
    DataType,
    DispatchType,
    FunctionType,
    HazardTrackingMode,
    LanguageVersion,
    LogLevel,
    MathMode,
    PipelineOption,
    ResourceUsage,
    StorageMode,
    TextureType,
)

# Metal's member is called None, which Python reserves: `getattr(DataType, "None")` finds it as well.
for _enumeration in _ENUMERATIONS:
    if "None_" in _enumeration.__members__:
        setattr(_enumeration, "None", _enumeration["None_"])

__all__ = [
    "BarrierScope",
    "BindingAccess",
    "BindingType",
    "CPUCacheMode",
    "CommandBufferError",
    "CommandBufferStatus",
    "DataType",
    "DispatchType",
    "FunctionType",
    "HazardTrackingMode",
    "LanguageVersion",
    "LogLevel",
    "MathMode",
    "PipelineOption",
    "ResourceCPUCacheModeDefaultCache",
    "ResourceCPUCacheModeWriteCombined",
    "ResourceHazardTrackingModeDefault",
    "ResourceHazardTrackingModeTracked",
    "ResourceHazardTrackingModeUntracked",
    "ResourceStorageModeManaged",
    "ResourceStorageModeMemoryless",
    "ResourceStorageModePrivate",
    "ResourceStorageModeShared",
    "ResourceUsage",
    "StorageMode",
    "TextureType",
]
