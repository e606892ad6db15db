"""Plain values and the exceptions."""

from __future__ import annotations

from pymetal._core import (
    CompileDiagnostic,
    CompileError,
    FixIt,
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
    "FixIt",
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
