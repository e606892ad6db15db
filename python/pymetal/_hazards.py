"""What validation reports of a touch: where it happened, and the warning."""

from __future__ import annotations

import sys
import traceback
import warnings
from typing import NamedTuple

_STACK_DEPTH = 10


class Place(NamedTuple):
    """The Python code that touched a buffer."""

    text: str
    file_name: str
    line: int


def place_of_touch() -> Place:
    """The caller's place. It is called from C, so the caller's frame is the code that was interrupted."""
    frame = sys._getframe().f_back
    if frame is None:
        return Place("", "<no Python code>", 0)
    stack = "".join(traceback.format_stack(frame, _STACK_DEPTH))
    return Place(f"\nThe touch:\n{stack}", frame.f_code.co_filename, frame.f_lineno)


def warn(message: str, place: Place, category: type[Warning]) -> None:
    """Warns as the code at `place` would."""
    warnings.warn_explicit(message, category, place.file_name, place.line)
