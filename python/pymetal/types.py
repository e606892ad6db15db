"""Plain values and the exceptions."""

from __future__ import annotations

from pymetal._core import (
    CompileDiagnostic,
    CompileError,
    HazardWarning,
    MetalError,
    Origin,
    PipelineError,
    Range,
    ResourceError,
    Size,
    ThreadingError,
    ValidationError,
)

__all__ = [
    "CompileDiagnostic",
    "CompileError",
    "HazardWarning",
    "MetalError",
    "Origin",
    "PipelineError",
    "Range",
    "ResourceError",
    "Size",
    "ThreadingError",
    "ValidationError",
]
